"""The record of sign-ins, which officers may look up; too many failures in a row lock the account."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from alerts.managing import lock
from store.bureau import Officer, SignInRecord

MOST_IN_A_ROW = 20  # failures before the account is locked
WITHIN = timedelta(days=1)
SHOWN = 20


def held_officer(session: Session, officer_id: int) -> Officer:
    """The officer's row, afresh and held until the end of the transaction: attempts at the same moment take turns."""
    return session.get_one(Officer, officer_id, with_for_update=True, populate_existing=True)


def note_failure(session: Session, officer: Officer, now: datetime, address_hash: str) -> None:
    """Write a failure down; the one that makes too many in a row locks the account. The row must be held."""
    session.add(SignInRecord(officer_id=officer.id or 0, at=now, succeeded=False, address_hash=address_hash))
    session.flush()
    if officer.locked_at is None and failures_in_a_row(session, officer, now) >= MOST_IN_A_ROW:
        lock(session, officer, now)


def note_success(session: Session, officer: Officer, now: datetime, address_hash: str) -> None:
    """Write a whole sign-in down."""
    session.add(SignInRecord(officer_id=officer.id or 0, at=now, succeeded=True, address_hash=address_hash))


def failures_in_a_row(session: Session, officer: Officer, now: datetime) -> int:
    """Failures within a day, since the last success and since the account was last unlocked."""
    mine = col(SignInRecord.officer_id) == officer.id
    last = select(func.max(SignInRecord.id)).where(mine, col(SignInRecord.succeeded).is_(True))
    begins = now - WITHIN if officer.unlocked_at is None else max(now - WITHIN, officer.unlocked_at)
    count = select(func.count()).where(
        mine,
        SignInRecord.at > begins,
        col(SignInRecord.succeeded).is_(False),
        col(SignInRecord.id) > func.coalesce(last.scalar_subquery(), 0),
    )
    return int(session.exec(count).one())


def sign_ins_of(session: Session, officer_id: int) -> list[SignInRecord]:
    """The last sign-ins of an officer, the newest first."""
    rows = select(SignInRecord).where(SignInRecord.officer_id == officer_id).order_by(col(SignInRecord.id).desc())
    return list(session.exec(rows.limit(SHOWN)))
