"""Managing accounts: lock and unlock, end, role, duty, absence, and erasing the names of those who have left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from alerts.accounts import BadRole, end_sessions
from alerts.inviting import revoke_links
from alerts.officer_mails import tell_officers
from alerts.second_step import drop_codes
from alerts.standing import DUTY, END, ROLE, UNLOCK, check_may_manage
from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import Officer, OfficerSession, SignInRecord
from store.officer_mail import OfficerMail

ERASED_NAME = "已离职人员"


class StillInOffice(TbtwatchError):
    """Raised when the names of an officer who has not left are to be erased."""


class BadAbsence(TbtwatchError):
    """Raised when an absence ends before it begins, or has ended already."""


def lock(session: Session, officer: Officer, now: datetime) -> None:
    """Lock an account after too many failures, and tell its officer by mail."""
    officer.locked_at = now
    session.add(officer)
    tell_officers(
        session,
        now,
        [officer],
        kind="locked",
        key=now.isoformat(),
        title="您的账号已被锁定",
        lines=[
            "一天之内连续多次输错密码或动态码，账号已锁定，任何人都不能登录。",
            "请联系上级主管部门解锁；如果不是您本人操作，也请告知。",
        ],
    )
    _note(session, officer, now, "officer.lock", None, actor="machine")


def unlock(session: Session, officer: Officer, now: datetime, *, by: Officer | None) -> None:
    """Let a locked account sign in again; earlier failures count no more. Raises NotAllowed."""
    check_may_manage(session, UNLOCK, by, officer)
    officer.locked_at, officer.unlocked_at = None, now
    session.add(officer)
    _note(session, officer, now, "officer.unlock", by)


def end(session: Session, officer: Officer, now: datetime, *, by: Officer | None) -> None:
    """End an account: no sign-in, no session, no open link. What its officer decided stays. Raises NotAllowed."""
    check_may_manage(session, END, by, officer)
    if officer.ended_at is not None:
        return
    officer.ended_at, officer.password_hash, officer.on_duty = now, "", False
    drop_codes(session, officer)
    revoke_links(session, officer, now)
    ended = end_sessions(session, officer, now)
    _note(session, officer, now, "officer.end", by, {"sessions_ended": ended})


def set_role(session: Session, officer: Officer, now: datetime, role: str, *, by: Officer | None) -> None:
    """Make an officer the one who answers (A) or who stands in (B). Raises NotAllowed, BadRole."""
    check_may_manage(session, ROLE, by, officer)
    if role not in ("A", "B"):
        raise BadRole(f"role '{role}': the role is A or B")
    before, officer.role = officer.role, role
    session.add(officer)
    _note(session, officer, now, "officer.role", by, {"before": before, "after": role})


def set_duty(session: Session, officer: Officer, now: datetime, on_duty: bool, *, by: Officer | None) -> None:
    """Put an officer on duty (called at once for red), or take them off. Raises NotAllowed."""
    check_may_manage(session, DUTY, by, officer)
    officer.on_duty = on_duty
    session.add(officer)
    _note(session, officer, now, "officer.duty", by, {"on_duty": on_duty})


def set_absence(
    session: Session, officer: Officer, now: datetime, begins: datetime | None, until: datetime | None
) -> None:
    """Say when an officer is away: from `begins` (None: at once) to before `until`; both None take it back.

    Raises BadAbsence.
    """
    if until is not None and (until <= now or (begins is not None and until <= begins)):
        raise BadAbsence("an absence ends after it begins, and in the future")
    if until is None and begins is not None:
        raise BadAbsence("an absence needs an end")
    officer.absent_from, officer.absent_until = begins, until
    session.add(officer)
    _note(session, officer, now, "officer.absence", officer, {"away": until is not None})


def erase(session: Session, officer: Officer, now: datetime) -> None:
    """Blank name, address and sign-in of an officer who has left; decisions and audit trail keep the number.

    Mails to the officer and the record of sign-ins go too. Raises StillInOffice.
    """
    if officer.ended_at is None:
        raise StillInOffice(f"officer {officer.public_id} is in office: `tbtwatch officers end` comes first")
    officer.name, officer.email = ERASED_NAME, ""
    officer.sign_in = f"erased-{officer.public_id}"
    session.add(officer)
    for table in (OfficerMail, OfficerSession, SignInRecord):
        session.execute(delete(table).where(col(table.officer_id) == officer.id))
    _note(session, officer, now, "officer.erase", None)


def _note(
    session: Session,
    officer: Officer,
    now: datetime,
    action: str,
    by: Officer | None,
    details: dict[str, object] | None = None,
    *,
    actor: str = "",
) -> None:
    write_audit(
        session,
        now,
        action=action,
        object_kind="officer",
        object_id=officer.public_id,
        officer_id=by.id if by else None,
        actor=actor or ("officer" if by else "operator"),
        details=details,
    )
