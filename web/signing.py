"""Signing in: the password, then the one-time code where the officer wants one; each try counts over all processes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from alerts.second_step import asks_code, take_code
from store.audit import write_audit
from store.bureau import Officer, officer_by_sign_in
from store.engine import reading, writing
from web.passwords import check_password
from web.sessions import begin_session, end_session, halfway
from web.sign_in_record import held_officer, note_failure, note_success
from web.throttle import begin_attempt, count_as_success, keyed


@dataclass(frozen=True)
class SignedIn:
    """The answer to a try: the cookie's token, or none; `throttled` when it was not even tried.

    `awaits_code`: the token opens the page for the one-time code alone. `locked`: all was right, but the account is
    locked; whoever does not know the password is not told so.
    """

    token: str | None = None
    throttled: bool = False
    awaits_code: bool = False
    locked: bool = False


def sign_in(engine: Engine, now: datetime, *, name: str, password: str, address: str, secret: bytes) -> SignedIn:
    """Try the password. The attempt is counted before it is looked at, so that many at once count too.

    Names and addresses are counted under a keyed hash: the name may be a mistyped password.
    """
    from_where = keyed(secret, "address", address)
    attempts = begin_attempt(engine, now, keyed(secret, "name", name.strip()), from_where)
    if attempts is None:
        return SignedIn(throttled=True)
    with reading(engine) as session:
        officer = officer_by_sign_in(session, name.strip())
        stored = officer.password_hash if officer else ""
    right, newer_hash = check_password(password, stored)
    if officer is None:
        return SignedIn()
    with writing(engine) as session:
        officer = held_officer(session, officer.id or 0)
        if not right or officer.password_hash != stored or officer.ended_at is not None:  # changed within this second
            note_failure(session, officer, now, from_where)
            return SignedIn()
        if officer.locked_at is not None:
            return SignedIn(locked=True)
        if newer_hash:
            officer.password_hash = newer_hash
            session.add(officer)
        count_as_success(session, attempts)
        if asks_code(officer):
            return SignedIn(token=begin_session(session, officer, now, awaits_code=True), awaits_code=True)
        return _let_in(session, officer, now, from_where)


def give_code(
    engine: Engine, now: datetime, *, token: str | None, code: str, address: str, secret: bytes
) -> SignedIn | None:
    """Try the one-time code, or a recovery code, on a session that awaits it; None when there is no such session."""
    with reading(engine) as session:
        found = halfway(session, token, now)
        officer_id = found[1].id or 0 if found else 0
    if found is None:
        return None
    from_where = keyed(secret, "address", address)
    attempts = begin_attempt(engine, now, keyed(secret, "code", found[1].public_id), from_where)
    if attempts is None:
        return SignedIn(throttled=True)
    with writing(engine) as session:
        officer = held_officer(session, officer_id)
        found = halfway(session, token, now)  # again, now that the row is held: a code opens one session
        if found is None:
            return None
        if officer.locked_at is not None:
            return SignedIn(locked=True)
        if not take_code(session, officer, code, now, secret):
            note_failure(session, officer, now, from_where)
            return SignedIn()
        count_as_success(session, attempts)
        end_session(session, found[0].id or 0, now)
        return _let_in(session, officer, now, from_where)


def _let_in(session: Session, officer: Officer, now: datetime, from_where: str) -> SignedIn:
    note_success(session, officer, now, from_where)
    write_audit(
        session, now, action="sign_in", object_kind="officer", object_id=officer.public_id, officer_id=officer.id
    )
    return SignedIn(token=begin_session(session, officer, now))
