"""Signed-in browsers: a random token in a cookie, its SHA-256 in the store, and the form token that belongs to it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from store.bureau import Bureau, Officer, OfficerSession
from store.jurisdiction import Jurisdiction
from web.access import Who

COOKIE = "tbtwatch_session"
GUEST_COOKIE = "tbtwatch_guest"  # ties the sign-in form to one browser, so that nobody is signed in by a foreign page
LIFETIME = timedelta(hours=12)
CODE_LIFETIME = timedelta(minutes=10)  # between the password and the one-time code


def new_token() -> str:
    """A random token of 256 bit for a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What the store keeps of a token: the row opens no door."""
    return hashlib.sha256(token.encode()).hexdigest()


def form_token(token: str) -> str:
    """The token that every form of this browser carries; it cannot be turned back into the cookie's."""
    return hashlib.sha256(b"form:" + token.encode()).hexdigest()


def is_form_token(given: object, cookie: str | None) -> bool:
    """Whether a form came from a page that was made for this browser."""
    if not cookie or not isinstance(given, str):
        return False
    return hmac.compare_digest(given.encode(), form_token(cookie).encode())


def begin_session(session: Session, officer: Officer, now: datetime, *, awaits_code: bool = False) -> str:
    """Write a session for `officer`; returns the cookie's token, which is kept nowhere else.

    `awaits_code`: it opens the page of the second step and nothing else, for ten minutes.
    """
    token = new_token()
    session.add(
        OfficerSession(
            officer_id=officer.id or 0,
            token_hash=token_hash(token),
            form_token_hash=token_hash(form_token(token)),
            began_at=now,
            expires_at=now + (CODE_LIFETIME if awaits_code else LIFETIME),
            awaits_code=awaits_code,
        )
    )
    return token


def end_session(session: Session, session_id: int, now: datetime) -> None:
    """Sign out: the token in the cookie is worth nothing from now on."""
    row = session.get(OfficerSession, session_id)
    if row is not None and row.revoked_at is None:
        row.revoked_at = now
        session.add(row)


def halfway(session: Session, token: str | None, now: datetime) -> tuple[OfficerSession, Officer] | None:
    """The session of this cookie whose one-time code is still to come, with its officer."""
    if not token:
        return None
    found = session.exec(
        select(OfficerSession, Officer)
        .join(Officer, col(OfficerSession.officer_id) == Officer.id)
        .where(
            OfficerSession.token_hash == token_hash(token),
            col(OfficerSession.revoked_at).is_(None),
            col(OfficerSession.awaits_code).is_(True),
            OfficerSession.expires_at > now,
            col(Officer.ended_at).is_(None),
        )
    ).first()
    return (found[0], found[1]) if found else None


def who_of(session: Session, token: str | None, now: datetime) -> Who | None:
    """The officer whose browser sent this cookie; None when it is unknown, revoked or expired, or the officer left.

    Nobody either while the one-time code is still to come.
    """
    if not token:
        return None
    row = session.exec(
        select(OfficerSession, Officer, Bureau, Jurisdiction)
        .join(Officer, OfficerSession.officer_id == Officer.id)  # type: ignore[arg-type]
        .join(Bureau, Officer.bureau_id == Bureau.id)  # type: ignore[arg-type]
        .join(Jurisdiction, Bureau.jurisdiction_id == Jurisdiction.id)  # type: ignore[arg-type]
        .where(OfficerSession.token_hash == token_hash(token), OfficerSession.revoked_at.is_(None))  # type: ignore[union-attr]
    ).first()
    if row is None:
        return None
    signed_in, officer, bureau, place = row
    if signed_in.expires_at <= now or signed_in.awaits_code or officer.ended_at is not None:
        return None
    return Who(
        officer_id=officer.id or 0,
        name=officer.name,
        bureau_id=bureau.id or 0,
        bureau_name=bureau.called_zh,
        jurisdiction_id=place.id or 0,
        place=place.code,
        tier=place.tier,
        session_id=signed_in.id or 0,
        kind=officer.kind,
        must_change=officer.must_change,
    )
