"""The stage red_proof: fifteen minutes after a red version went out, each recipient's mail is accepted or it is called.

Whoever's mail no server has taken by then stands on the call list of its own bureau, with the reason; the bureau's
officers are told at once. A mail that is accepted later stays on the list: a call too many does no harm.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, Select
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from alerts import calling
from alerts.inserting import insert_ignoring
from alerts.officer_mails import tell_officers
from alerts.replies import UNKNOWN
from settings import Settings
from store.bureau import called_now
from store.email import ACCEPTED, CAPTURED, DeliveryAttempt, Email
from store.engine import reading, writing
from store.mail_care import RedProof
from store.subscription import Exporter, Match, Subscriber
from store.warning import ISSUED, WarningVersion

log = logging.getLogger(__name__)

AFTER = timedelta(minutes=15)
BACK = timedelta(days=7)  # what went out before is not looked at: when the service comes back after long, or is new
KIND = "calls"
_REASONS = {
    UNKNOWN: calling.ADDRESS_UNKNOWN,
    **{kind: kind for kind in (calling.FULL, calling.THROTTLED, calling.REFUSED, calling.BLOCKED, calling.FAILED)},
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """A matched subscriber still in force, its bureau, the state of its mail ("": not written) and the last answer."""

    subscriber_id: int
    bureau_id: int
    state: str
    answer: str


def reason_to_call(recipient: Recipient, *, is_demo: bool) -> str:
    """Why its bureau must call a firm; "" when a server has its mail. In the demo a captured mail will do. Pure."""
    if recipient.state == ACCEPTED or (is_demo and recipient.state == CAPTURED):
        return ""
    if not recipient.state:
        return calling.UNWRITTEN
    waits = calling.FAILED if recipient.state != "pending" else calling.WAITING
    return reason_of_answer(recipient.answer) or waits


def reason_of_answer(kind: str) -> str:
    """The reason on the list for a class of answer (alerts/replies.py); "" for one that says nothing of its own."""
    return _REASONS.get(kind, "")


def prove_red(engine: Engine, now: datetime, settings: Settings, *, limit: int = 20) -> int:
    """Account for the red versions that are due; returns how many. One transaction each."""
    with reading(engine) as session:
        ids = [key or 0 for key in session.execute(_due(now).limit(limit)).scalars()]
    return sum(_prove(engine, version_id, now, settings) for version_id in ids)


def _due(now: datetime) -> Select[int | None]:
    proved = core_select(col(RedProof.version_id))
    return (
        core_select(col(WarningVersion.id))
        .where(
            col(WarningVersion.severity) == "red",
            col(WarningVersion.state) == ISSUED,
            col(WarningVersion.issued_at) <= now - AFTER,
            col(WarningVersion.issued_at) > now - BACK,
            col(WarningVersion.matched_at).is_not(None),
            col(WarningVersion.id).not_in(proved),
        )
        .order_by(col(WarningVersion.id))
    )


def _prove(engine: Engine, version_id: int, now: datetime, settings: Settings) -> bool:
    try:
        with writing(engine) as session:
            return prove_version(session, version_id, now, is_demo=settings.is_demo)
    except Exception:  # the others must not wait for one broken row; the next tick tries it again
        log.exception("accounting for the red warning version %s failed", version_id)
        return False


def prove_version(session: Session, version_id: int, now: datetime, *, is_demo: bool) -> bool:
    """Account for one version in the present transaction; False when another process did."""
    version = session.exec(select(WarningVersion).where(WarningVersion.id == version_id).with_for_update()).one()
    if session.exec(select(RedProof.id).where(RedProof.version_id == version_id)).first() is not None:
        return False
    recipients = _recipients(session, version_id)
    calls = [(r.subscriber_id, r.bureau_id, why) for r in recipients if (why := reason_to_call(r, is_demo=is_demo))]
    calling.list_calls(session, now, calls, version_id)
    counts = {"recipients": len(recipients), "accepted": len(recipients) - len(calls), "listed": len(calls)}
    insert_ignoring(session, RedProof, [{"version_id": version_id, "proved_at": now, **counts}])
    _tell(session, version, calls, now)
    if calls:
        log.warning("red version %s: %s of %s recipients must be called", version_id, len(calls), len(recipients))
    return True


def _recipients(session: Session, version_id: int) -> list[Recipient]:
    rows = session.execute(
        core_select(col(Match.subscriber_id), col(Exporter.bureau_id), col(Email.id), col(Email.state))
        .join(Subscriber, col(Subscriber.id) == Match.subscriber_id)
        .join(Exporter, col(Exporter.id) == Subscriber.exporter_id)
        .outerjoin(Email, (col(Email.subscriber_id) == Match.subscriber_id) & (col(Email.version_id) == version_id))
        .where(col(Match.version_id) == version_id, _must_know())
        .order_by(col(Match.id))
    ).all()
    answers = _last_answers(session, version_id)
    return [Recipient(who, bureau, state or "", answers.get(mail, "")) for who, bureau, mail, state in rows]


def _must_know() -> ColumnElement[bool]:
    """Who left of his own will is not called; who was ended since his address is no more, is."""
    return col(Subscriber.ended_at).is_(None) | (col(Subscriber.ended_reason) == calling.ADDRESS_UNKNOWN)


def _last_answers(session: Session, version_id: int) -> dict[int, str]:
    """mail -> the class of its last answer."""
    rows = session.execute(
        core_select(col(DeliveryAttempt.email_id), col(DeliveryAttempt.reply_class))
        .join(Email, col(Email.id) == DeliveryAttempt.email_id)
        .where(col(Email.version_id) == version_id, col(Email.state) != ACCEPTED)
        .order_by(col(DeliveryAttempt.id))
    )
    return {mail: kind for mail, kind in rows}  # noqa: C416 - rows, not pairs


def _tell(session: Session, version: WarningVersion, calls: Sequence[tuple[int, int, str]], now: datetime) -> None:
    by_bureau: dict[int, list[str]] = defaultdict(list)
    for _, bureau_id, reason in calls:
        by_bureau[bureau_id].append(reason)
    for bureau_id, reasons in by_bureau.items():
        tell_officers(
            session,
            now,
            called_now(session, bureau_id, now),
            kind=KIND,
            key=version.public_id,
            title=f"红色预警有{len(reasons)}家企业尚未收到，请电话通知",
            lines=[
                "这条红色预警发出已满15分钟，下列企业的邮件还没有被对方服务器接收：" + _counted(reasons),
                "企业名称、电话和原因见“待致电企业”页面。打过电话后请在页面上点“已致电”。",
            ],
            path="/desk/calls",
        )


def _counted(reasons: Iterable[str]) -> str:
    return "；".join(f"{calling.REASONS_ZH[why]}{count}家" for why, count in Counter(reasons).most_common()) + "。"
