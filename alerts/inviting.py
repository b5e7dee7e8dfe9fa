"""Inviting officers, and recovering accounts: a link that sets a password once, within seven days."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from alerts.accounts import end_sessions, new_officer, set_password
from alerts.enrolling import checked_address
from alerts.officer_mails import tell_officers
from alerts.reviewing import NotAllowed, bureau_line
from alerts.second_step import drop_codes
from alerts.standing import INVITE, RECOVER, Standing, check_may_manage, may_manage, standing_of
from alerts.welcome_links import is_welcome_token, welcome_path
from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import OFFICER, Bureau, Invitation, Officer, bureau_of
from store.jurisdiction import Jurisdiction

LASTS = timedelta(days=7)
INVITED, RECOVERED = "invite", "recover"  # kinds of Invitation
ONCE = "链接七天内有效，只能用一次；请勿转发。"


class BadInvitation(TbtwatchError):
    """Raised for a link that this service did not make, or that was used, replaced, or is too old."""


class NoAddress(TbtwatchError):
    """Raised when a link cannot be mailed because the officer has no address."""


def invite(
    session: Session,
    now: datetime,
    *,
    by: Officer | None,
    bureau: Bureau,
    sign_in: str,
    name: str,
    email: str,
    kind: str = OFFICER,
    role: str = "A",
) -> Invitation:
    """Make an account without a password and mail its link; `by` None is the command line.

    Raises NotAllowed, NoAddress, BadEnrolment (the address), and what `new_officer` raises; nothing is written then.
    """
    if by is not None and not may_invite(session, by, bureau, kind=kind, role=role):
        raise NotAllowed(f"officer {by.public_id} may not invite role {role} of bureau {bureau.public_id}")
    if by is not None and not email:
        raise NoAddress("an invitation needs a mail address: the link is sent there")
    address = checked_address(email)[0] if email else ""
    officer = new_officer(session, now, bureau, sign_in=sign_in, name=name, email=address, kind=kind, role=role)
    session.add(officer)
    session.flush()
    details: dict[str, object] = {"bureau": bureau.public_id, "kind": kind, "role": role}
    return _send_link(session, officer, now, INVITED, by, "officer.invite", details)


def may_invite(session: Session, by: Officer, bureau: Bureau, *, kind: str, role: str) -> bool:
    """Whether `by` may invite a person of this kind and role to `bureau`."""
    about = Standing(0, tuple(bureau_line(session, bureau.id or 0)), kind, role)
    return may_manage(INVITE, standing_of(session, by), about, city_has_desk=_has_desk_above(session, bureau))


def recover(session: Session, officer: Officer, now: datetime, *, by: Officer | None) -> Invitation:
    """Take password, one-time codes, lock and sessions from an account, and mail a link that sets a new password.

    Raises NotAllowed, NoAddress.
    """
    check_may_manage(session, RECOVER, by, officer)
    if by is not None and not officer.email:
        raise NoAddress(f"officer {officer.public_id} has no mail address: `tbtwatch officers recover` prints the link")
    officer.password_hash, officer.locked_at, officer.unlocked_at = "", None, now
    drop_codes(session, officer)
    ended = end_sessions(session, officer, now)
    return _send_link(session, officer, now, RECOVERED, by, "officer.recover", {"sessions_ended": ended})


def invitation_of_link(
    session: Session, public_id: str, token: str, now: datetime, secret: bytes
) -> tuple[Invitation, Officer]:
    """Whom a link speaks for; changes nothing, but holds the row. Raises BadInvitation."""
    row = session.exec(
        select(Invitation, Officer)
        .join(Officer, col(Invitation.officer_id) == Officer.id)
        .where(Invitation.public_id == public_id)
        .with_for_update(of=Invitation)
    ).first()
    if row is None or not is_welcome_token(secret, public_id, token):
        raise BadInvitation("this link to set a password is not complete: copy it whole out of the mail")
    invitation, officer = row
    is_over = invitation.used_at or invitation.revoked_at or officer.ended_at or invitation.expires_at <= now
    if is_over:
        raise BadInvitation("this link to set a password was used or is too old: ask the tier above for another")
    return invitation, officer


def take_invitation(
    session: Session, public_id: str, token: str, password_hash: str, now: datetime, secret: bytes
) -> Officer:
    """Set the password of a link's officer: once. Raises BadInvitation."""
    invitation, officer = invitation_of_link(session, public_id, token, now, secret)
    invitation.used_at = now
    session.add(invitation)
    set_password(session, officer, password_hash, now, action="officer.welcome")
    return officer


def revoke_links(session: Session, officer: Officer, now: datetime) -> None:
    """Let every open link of an officer be worth nothing."""
    still_open = (col(Invitation.officer_id) == officer.id) & col(Invitation.used_at).is_(None)
    session.execute(
        update(Invitation)
        .where(still_open, col(Invitation.revoked_at).is_(None))
        .values(revoked_at=now)
        .execution_options(synchronize_session="fetch")
    )


def _send_link(
    session: Session,
    officer: Officer,
    now: datetime,
    kind: str,
    by: Officer | None,
    action: str,
    details: dict[str, object],
) -> Invitation:
    revoke_links(session, officer, now)
    made = Invitation(
        officer_id=officer.id or 0,
        invited_by_id=by.id if by else None,
        kind=kind,
        created_at=now,
        expires_at=now + LASTS,
    )
    session.add(made)
    session.flush()
    title, first = _words(kind)
    told = [first, f"您的账号是 {officer.sign_in}。请点开下面的链接，自己设定密码。", ONCE]
    path = welcome_path(made.public_id)
    tell_officers(session, now, [officer], kind="invitation", key=made.public_id, title=title, lines=told, path=path)
    write_audit(
        session,
        now,
        action=action,
        object_kind="officer",
        object_id=officer.public_id,
        officer_id=by.id if by else None,
        actor="" if by else "operator",
        details=details,
    )
    return made


def _words(kind: str) -> tuple[str, str]:
    if kind == INVITED:
        return "请开通您的工作账号", "主管部门为您开通了广东技术性贸易措施预警的工作账号。"
    return "请重新设定您的密码", "主管部门重设了您的工作账号，原来的密码和动态码不再有效。"


def _has_desk_above(session: Session, bureau: Bureau) -> bool:
    """Whether the tier directly above a bureau has an officer in office."""
    place = session.get_one(Jurisdiction, bureau.jurisdiction_id)
    above = bureau_of(session, place.parent_id) if place.parent_id else None
    if above is None:
        return False
    working = select(Officer.id).where(
        Officer.bureau_id == above.id, Officer.kind == OFFICER, col(Officer.ended_at).is_(None)
    )
    return session.exec(working).first() is not None
