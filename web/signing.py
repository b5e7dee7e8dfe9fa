"""Signing in: the password, and the throttle that holds over all processes because it counts rows."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, update
from sqlmodel import Session, col, select

from store.audit import write_audit
from store.bureau import SignInAttempt, officer_by_sign_in
from store.engine import writing
from web.passwords import check_password
from web.sessions import begin_session

WINDOW = timedelta(minutes=15)
MOST_PER_NAME = 8  # failures within the window
MOST_PER_ADDRESS = 40  # a whole office may stand behind one address


@dataclass(frozen=True)
class SignedIn:
    """The answer to a sign-in: the cookie's token, or none; `throttled` when it was not even tried."""

    token: str | None = None
    throttled: bool = False


def sign_in(engine: Engine, now: datetime, *, name: str, password: str, address: str, secret: bytes) -> SignedIn:
    """Try to sign in. The attempt is counted before the password is looked at, so that many at once count too.

    Names and addresses are counted under a keyed hash: the name may be a mistyped password.
    """
    keys = [(_key(secret, "name", name.strip()), MOST_PER_NAME), (_key(secret, "address", address), MOST_PER_ADDRESS)]
    with writing(engine) as session:
        if any(_failures(session, key, now) >= most for key, most in keys):
            return SignedIn(throttled=True)
        attempts = _count_attempt(session, [key for key, _ in keys], now)
        officer = officer_by_sign_in(session, name.strip())
        stored = officer.password_hash if officer else ""
    right, newer_hash = check_password(password, stored)
    if not right or officer is None:
        return SignedIn()
    with writing(engine) as session:
        officer = officer_by_sign_in(session, name.strip())
        if officer is None:  # left within this second
            return SignedIn()
        if newer_hash:
            officer.password_hash = newer_hash
            session.add(officer)
        session.execute(update(SignInAttempt).where(SignInAttempt.id.in_(attempts)).values(succeeded=True))  # type: ignore[union-attr]
        write_audit(
            session, now, action="sign_in", object_kind="officer", object_id=officer.public_id, officer_id=officer.id
        )
        return SignedIn(token=begin_session(session, officer, now))


def _count_attempt(session: Session, keys: Sequence[str], now: datetime) -> list[int]:
    rows = [SignInAttempt(at=now, sign_in_hash=key) for key in keys]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows if row.id is not None]


def _failures(session: Session, key: str, now: datetime) -> int:
    recent = (
        select(func.count())
        .select_from(SignInAttempt)
        .where(
            SignInAttempt.sign_in_hash == key,
            col(SignInAttempt.succeeded).is_(False),
            SignInAttempt.at > now - WINDOW,
        )
    )
    return int(session.exec(recent).one())


def _key(secret: bytes, kind: str, value: str) -> str:
    return hmac.new(secret, f"sign-in:{kind}:{value}".encode(), hashlib.sha256).hexdigest()
