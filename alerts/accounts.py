"""Officers' accounts: adding one, with its password hashed at once."""

from __future__ import annotations

import secrets
from datetime import datetime

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import Session, select

from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import Bureau, Officer, bureau_of
from store.jurisdiction import jurisdiction_by_code

SHORTEST = 10  # characters of a password
_hasher = PasswordHash((Argon2Hasher(),))


class UnknownBureau(TbtwatchError):
    """Raised when a code names no jurisdiction with a bureau."""


class SignInTaken(TbtwatchError):
    """Raised when an officer with this sign-in exists, also one who has left: names are not given out again."""


class WeakPassword(TbtwatchError):
    """Raised when a password is shorter than SHORTEST characters."""


class BadSignIn(TbtwatchError):
    """Raised when a sign-in is empty, longer than 60 characters or holds white space."""


def bureau_by_code(session: Session, code: str) -> Bureau:
    """The bureau of the jurisdiction with this code (an abolished one leads to its successor); raises UnknownBureau."""
    place = jurisdiction_by_code(session, code)
    bureau = bureau_of(session, place.id or 0) if place else None
    if bureau is None:
        raise UnknownBureau(f"no bureau at '{code}': data/regions.csv lists the codes, e.g. 440515")
    return bureau


def new_password() -> str:
    """A random password of 96 bits that can be read out on the telephone: hex in groups of four."""
    digits = secrets.token_hex(12)
    return "-".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def add_officer(
    session: Session,
    now: datetime,
    *,
    sign_in: str,
    name: str,
    email: str,
    bureau_code: str,
    password: str,
) -> Officer:
    """Add an officer, with an audit entry in the same transaction; only the Argon2id hash of the password is kept.

    Raises UnknownBureau, SignInTaken, BadSignIn, WeakPassword; then nothing is written.
    """
    bureau = bureau_by_code(session, bureau_code)
    if not sign_in or len(sign_in) > 60 or sign_in != "".join(sign_in.split()):
        raise BadSignIn(f"'{sign_in}' is no sign-in: use up to 60 characters without spaces")
    if session.exec(select(Officer).where(Officer.sign_in == sign_in)).first() is not None:
        raise SignInTaken(f"the sign-in '{sign_in}' exists: choose another")
    if len(password) < SHORTEST:
        raise WeakPassword(f"the password has fewer than {SHORTEST} characters: choose a longer one")
    officer = Officer(
        bureau_id=bureau.id or 0,
        sign_in=sign_in,
        name=name or sign_in,
        email=email,
        password_hash=_hasher.hash(password),
        created_at=now,
    )
    session.add(officer)
    session.flush()
    write_audit(
        session,
        now,
        action="officer.add",
        object_kind="officer",
        object_id=officer.public_id,
        actor="operator",
        details={"bureau": bureau_code},
    )
    return officer
