"""What is forgotten after a while: only rows that serve the machine; notices, decisions and mails stay."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col

from store.bureau import OfficerSession, SignInAttempt
from store.clock import shanghai_day
from store.join import NoticeMark
from store.slot import PlannedSlot

SIGN_IN_ATTEMPTS = timedelta(days=7)  # the throttle looks back a quarter of an hour
OFFICER_SESSIONS = timedelta(days=30)  # after they have expired
NOTICE_MARKS = timedelta(days=200)  # twins are looked for within 45 days, among what is at most 120 days old
PLANNED_SLOTS = timedelta(days=90)  # done ones; the last of each job must stay, and 90 days are more than any period


def forget_old(session: Session, now: datetime) -> dict[str, int]:
    """Delete what is past its time; returns rows deleted per kind."""
    return {
        "sign_in_attempts": _delete(session, SignInAttempt, col(SignInAttempt.at) < now - SIGN_IN_ATTEMPTS),
        "officer_sessions": _delete(session, OfficerSession, col(OfficerSession.expires_at) < now - OFFICER_SESSIONS),
        "notice_marks": _delete(session, NoticeMark, col(NoticeMark.published_on) < shanghai_day(now) - NOTICE_MARKS),
        "planned_slots": _delete(session, PlannedSlot, col(PlannedSlot.done_at) < now - PLANNED_SLOTS),
    }


def _delete(session: Session, table: type[Any], is_past: Any) -> int:
    done = session.execute(delete(table).where(is_past).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]
