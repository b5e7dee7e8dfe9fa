"""The throttle of the sign-in: it holds over all processes because it counts rows."""

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


def keyed(secret: bytes, kind: str, value: str) -> str:
    """What is kept of a name or an address: HMAC-SHA256 under the service's key."""
    return hmac.new(secret, f"sign-in:{kind}:{value}".encode(), hashlib.sha256).hexdigest()


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
