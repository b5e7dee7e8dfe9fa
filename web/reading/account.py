"""What officers see of their own account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from alerts.second_step import asks_code
from store.bureau import Bureau, Officer, OfficerSession, RecoveryCode, SignInRecord
from store.clock import shanghai_day
from web.access import Who
from web.sign_in_record import sign_ins_of


@dataclass(frozen=True)
class Account:
    """An officer with the open sessions (the newest first), the last sign-ins and what is left of recovery codes."""

    officer: Officer
    bureau: Bureau
    sessions: list[OfficerSession]
    sign_ins: list[SignInRecord]
    asks_code: bool
    codes_left: int
    absent_from: str  # ISO days for the form; "" for none
    absent_to: str  # the last day away


def account_of(session: Session, who: Who, now: datetime) -> Account:
    """The account of the person before the page."""
    officer = session.get_one(Officer, who.officer_id)
    still_open = select(OfficerSession).where(
        OfficerSession.officer_id == officer.id,
        col(OfficerSession.revoked_at).is_(None),
        OfficerSession.expires_at > now,
        col(OfficerSession.awaits_code).is_(False),
    )
    left = select(func.count()).where(col(RecoveryCode.officer_id) == officer.id, col(RecoveryCode.used_at).is_(None))
    is_away = officer.absent_until is not None and officer.absent_until > now
    until = officer.absent_until if is_away else None
    begins = officer.absent_from if is_away else None
    return Account(
        officer=officer,
        bureau=session.get_one(Bureau, officer.bureau_id),
        sessions=list(session.exec(still_open.order_by(col(OfficerSession.id).desc()))),
        sign_ins=sign_ins_of(session, who.officer_id),
        asks_code=asks_code(officer),
        codes_left=int(session.exec(left).one()),
        absent_from=shanghai_day(begins).isoformat() if begins else "",
        absent_to=shanghai_day(until - timedelta(seconds=1)).isoformat() if until else "",
    )
