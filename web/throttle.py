"""The throttle of the sign-in and of the sign-up: it holds over all processes because it counts rows."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, update
from sqlmodel import Session, col, select

from store.bureau import SignInAttempt
from store.engine import writing

WINDOW = timedelta(minutes=15)
MOST_PER_NAME = 8  # failures within the window
MOST_PER_ADDRESS = 40  # a whole office may stand behind one address
SIGN_UP_WINDOW = timedelta(days=1)
MOST_SIGN_UPS = 60  # kept in a day from one network address: a bureau may help a whole market hall to sign up


def begin_attempt(engine: Engine, now: datetime, name_key: str, address_key: str) -> list[int] | None:
    """Count a try as a failure until `count_as_success` says otherwise; its rows, or None: too many, do not try."""
    limits = [(name_key, MOST_PER_NAME), (address_key, MOST_PER_ADDRESS)]
    with writing(engine) as session:
        if any(_failures(session, key, now) >= most for key, most in limits):
            return None
        rows = [SignInAttempt(at=now, sign_in_hash=key) for key, _ in limits]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows if row.id is not None]


def count_as_success(session: Session, attempts: Sequence[int]) -> None:
    """Take a try out of the count."""
    session.execute(update(SignInAttempt).where(col(SignInAttempt.id).in_(attempts)).values(succeeded=True))


def may_sign_up(engine: Engine, now: datetime, address_key: str) -> bool:
    """Count one sign-up from a network address, and whether it is one of the few of a day that are allowed."""
    with writing(engine) as session:
        if _failures(session, address_key, now, SIGN_UP_WINDOW) >= MOST_SIGN_UPS:
            return False
        session.add(SignInAttempt(at=now, sign_in_hash=address_key))
        return True


def keyed(secret: bytes, kind: str, value: str) -> str:
    """What is kept of a name or an address: HMAC-SHA256 under the service's key."""
    return hmac.new(secret, f"sign-in:{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def _failures(session: Session, key: str, now: datetime, window: timedelta = WINDOW) -> int:
    recent = (
        select(func.count())
        .select_from(SignInAttempt)
        .where(
            SignInAttempt.sign_in_hash == key,
            col(SignInAttempt.succeeded).is_(False),
            SignInAttempt.at > now - window,
        )
    )
    return int(session.exec(recent).one())
