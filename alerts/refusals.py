"""Refusals for content or reputation: after twenty of one body the rest of it is held, and the operators are called."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from alerts.admitting import HELD_FOR
from alerts.inserting import insert_ignoring
from alerts.rendering import render_note
from alerts.replies import REFUSED
from alerts.setting_aside import set_aside
from settings import TbtwatchError
from store.audit import write_audit
from store.deployment import Deployment
from store.email import FAILED, PENDING, DeliveryAttempt, Email, MailBody
from store.mail_care import RefusedBatch
from store.operator_mail import OperatorMail

log = logging.getLogger(__name__)

MOST = 20
KIND = "batch_held"


class NothingHeld(TbtwatchError):
    """Raised when a batch to be released is not held."""


def note_refused(session: Session, body_id: int, now: datetime, why: str) -> bool:
    """Count a refusal of a body; True when it is the one that holds the rest back. No address is touched."""
    insert_ignoring(session, RefusedBatch, [{"body_id": body_id, "refused": 0, "why": ""}])
    batch = session.exec(select(RefusedBatch).where(RefusedBatch.body_id == body_id).with_for_update()).one()
    batch.refused, batch.why = batch.refused + 1, why[:500]
    session.add(batch)
    if batch.refused < MOST or is_held(batch):
        return False
    batch.held_at, batch.released_at = now, None
    session.flush()
    set_aside(session, col(Email.body_id) == body_id, HELD_FOR)
    _tell_operators(session, body_id, batch, now)
    log.error("batch %s is held after %s refusals: see `tbtwatch outbox held`", body_id, batch.refused)
    return True


def is_held(batch: RefusedBatch) -> bool:
    """Whether the rest of the batch waits for an operator."""
    return batch.held_at is not None and batch.released_at is None


def held_batches(session: Session) -> list[tuple[RefusedBatch, MailBody, int]]:
    """The held batches with their body and the number of mails that wait."""
    waiting = (
        select(func.count())
        .where(col(Email.body_id) == RefusedBatch.body_id, col(Email.state) == PENDING)
        .correlate(RefusedBatch)
        .scalar_subquery()
    )
    rows = session.exec(
        select(RefusedBatch, MailBody, waiting)
        .join(MailBody, col(MailBody.id) == RefusedBatch.body_id)
        .where(col(RefusedBatch.held_at).is_not(None), col(RefusedBatch.released_at).is_(None))
        .order_by(col(RefusedBatch.id))
    )
    return [(batch, body, int(count)) for batch, body, count in rows]


def release_batch(session: Session, body_id: int, now: datetime, *, again: bool = False) -> int:
    """Let the rest of a held batch go on, with an audit entry; returns how many mails wait no more.

    The count begins anew: twenty more refusals hold it again. `again`: also what was refused is sent once more, which
    may be right after the cause (a missing DKIM record, a listed address of the server) is mended. Raises NothingHeld.
    """
    batch = session.exec(select(RefusedBatch).where(RefusedBatch.body_id == body_id).with_for_update()).first()
    if batch is None or not is_held(batch):
        raise NothingHeld(f"batch {body_id} is not held: `tbtwatch outbox held` lists those that are")
    batch.released_at, batch.refused = now, 0
    session.add(batch)
    mine = col(Email.body_id) == body_id
    refused = select(DeliveryAttempt.email_id).where(DeliveryAttempt.reply_class == REFUSED)
    if again:
        back = update(Email).where(mine, col(Email.state) == FAILED, col(Email.id).in_(refused))
        session.execute(
            back.values(state=PENDING, settled_at=None, last_error=None, attempts=0).execution_options(
                synchronize_session=False
            )
        )
    freed = session.execute(
        update(Email)
        .where(mine, col(Email.state) == PENDING, col(Email.claimed_by).is_(None))
        .values(claimed_until=None)
        .execution_options(synchronize_session=False)
    )
    write_audit(
        session, now, action="batch.released", object_kind="mailbody", object_id=str(body_id), details={"again": again}
    )
    return int(freed.rowcount)  # type: ignore[attr-defined]


def _tell_operators(session: Session, body_id: int, batch: RefusedBatch, now: datetime) -> None:
    body = session.get_one(MailBody, body_id)
    waiting = session.exec(select(func.count()).where(col(Email.body_id) == body_id, col(Email.state) == PENDING)).one()
    mark = session.get(Deployment, 1)
    lines = [
        f"邮件：{body.subject}",
        f"已有{batch.refused}个收件服务器以内容或信誉为由拒收，系统已停发其余{waiting}封。收件地址不受影响，没有停止任何订阅。",
        f"对方服务器最后的答复：{batch.why}",
        "请先运行 tbtwatch mail check 检查发信域名的SPF、DKIM、DMARC和反向解析，并查看发信服务器是否被列入黑名单。",
        f"处理后运行 tbtwatch outbox release {body_id} 继续发送；加 --again 会把被拒收的也重发一次。",
    ]
    rendered = render_note(
        "一批邮件被拒收，已停发，请处理",
        lines,
        page_url="",
        now=now,
        is_demo=mark is not None and mark.profile == "demo",
        to_officer=True,
    )
    session.add(
        OperatorMail(kind=KIND, subject=rendered.subject, text=rendered.text, html=rendered.html, created_at=now)
    )
