"""Recovery: work that a dead process held is taken up again at once instead of when its lease ends."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Engine
from sqlmodel import Session, col, select

from store.columns import Claimable
from store.digest import Digest
from store.email import PENDING
from store.engine import reading, writing
from store.join import HeldBack
from store.notice import Notice
from store.officer_mail import OfficerMail
from store.operator_mail import OperatorMail
from store.robot import RobotMessage
from store.warning import WarningVersion
from store.webhook_call import WebhookCall
from store.work import release_dead

# Mails to subscribers are the sender's own: their journals come first (alerts/sending_recovery.py).
# Only rows with work left are ever claimed; asking for those alone lets the store answer from its partial indexes.
WORK: tuple[tuple[type[Claimable], ColumnElement[bool]], ...] = (
    (Notice, col(Notice.classified_at).is_(None)),
    (Notice, col(Notice.raised_at).is_(None)),
    (Notice, col(Notice.joined_number).is_(None) | (col(Notice.joined_number) < col(Notice.number))),
    (WarningVersion, col(WarningVersion.composed_at).is_(None)),
    (WarningVersion, col(WarningVersion.informed_at).is_(None)),
    (Digest, col(Digest.written_at).is_(None)),
    (HeldBack, col(HeldBack.told_at).is_(None) & col(HeldBack.released_at).is_(None)),
    (OfficerMail, col(OfficerMail.state) == PENDING),
    (OperatorMail, col(OperatorMail.state) == PENDING),
    (WebhookCall, col(WebhookCall.state) == PENDING),
    (RobotMessage, col(RobotMessage.state) == PENDING),
)


def release_claims(engine: Engine) -> int:
    """Free what dead processes of this machine still hold; returns how many rows. Takes the write lock only if any."""
    with reading(engine) as session:
        held = {table: None for table, pending in WORK if _is_held(session, table, pending)}
    if not held:
        return 0
    with writing(engine) as session:
        return sum(release_dead(session, table) for table in held)


def _is_held(session: Session, table: Any, pending: ColumnElement[bool]) -> bool:
    claimed = select(table.id).where(pending, table.claimed_by.is_not(None)).limit(1)
    return session.exec(claimed).first() is not None
