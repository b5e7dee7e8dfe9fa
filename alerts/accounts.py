"""Officers' accounts: adding one, with its password hashed at once; setting a password; ending sessions."""

from __future__ import annotations

import secrets
from datetime import datetime

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import update
from sqlmodel import Session, col, select

from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import ASSOCIATION, OFFICER, Bureau, Officer, OfficerSession, bureau_of
from store.jurisdiction import jurisdiction_by_code

SHORTEST = 10  # characters of a password
_hasher = PasswordHash((Argon2Hasher(),))


class UnknownBureau(TbtwatchError):
    """Raised when a code names no jurisdiction with a bureau."""


class SignInTaken(TbtwatchError):
    """Raised when an officer with this sign-in exists, also one who has left: names are not given out again."""


class WeakPassword(TbtwatchError):
    """Raised when a password is shorter than SHORTEST characters."""


class BadRole(TbtwatchError):
    """Raised when a kind is not officer or association, or a role not A or B."""


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
    must_change: bool = False,
    kind: str = OFFICER,
    role: str = "A",
) -> Officer:
    """Add an officer, with an audit entry in the same transaction; only the Argon2id hash of the password is kept.

    `must_change`: the password is known to somebody else, and every page asks for another one first.
    Raises UnknownBureau, SignInTaken, BadSignIn, BadRole, WeakPassword; then nothing is written.
    """
    bureau = bureau_by_code(session, bureau_code)
    officer = new_officer(session, now, bureau, sign_in=sign_in, name=name, email=email, kind=kind, role=role)
    officer.password_hash, officer.must_change = hash_password(password), must_change
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


def new_officer(
    session: Session, now: datetime, bureau: Bureau, *, sign_in: str, name: str, email: str, kind: str, role: str
) -> Officer:
    """The row of an officer who cannot sign in yet, not added to the session.

    Raises SignInTaken, BadSignIn, BadRole.
    """
    if not sign_in or len(sign_in) > 60 or sign_in != "".join(sign_in.split()):
        raise BadSignIn(f"'{sign_in}' is no sign-in: use up to 60 characters without spaces")
    if kind not in (OFFICER, ASSOCIATION) or role not in ("A", "B"):
        raise BadRole(f"kind '{kind}', role '{role}': the kind is {OFFICER} or {ASSOCIATION}, the role A or B")
    if session.exec(select(Officer).where(Officer.sign_in == sign_in)).first() is not None:
        raise SignInTaken(f"the sign-in '{sign_in}' exists: choose another")
    return Officer(
        bureau_id=bureau.id or 0,
        sign_in=sign_in,
        name=name or sign_in,
        email=email,
        kind=kind,
        role=role,
        created_at=now,
    )


def hash_password(password: str) -> str:
    """The Argon2id hash (0.2 s of work: done before a transaction begins); raises WeakPassword."""
    if len(password) < SHORTEST:
        raise WeakPassword(f"the password has fewer than {SHORTEST} characters: choose a longer one")
    return _hasher.hash(password)


def set_password(
    session: Session, officer: Officer, password_hash: str, now: datetime, *, action: str, keep_session: int = 0
) -> None:
    """Give an officer a new password; every session but `keep_session` ends. `action` stands in the audit trail."""
    officer.password_hash, officer.must_change = password_hash, False
    session.add(officer)
    ended = end_sessions(session, officer, now, keep=keep_session)
    write_audit(
        session,
        now,
        action=action,
        object_kind="officer",
        object_id=officer.public_id,
        officer_id=officer.id,
        details={"sessions_ended": ended},
    )


def end_sessions(session: Session, officer: Officer, now: datetime, *, keep: int = 0) -> int:
    """End every open session of an officer but the one with the id `keep`; returns how many."""
    ended = session.execute(
        update(OfficerSession)
        .where(
            col(OfficerSession.officer_id) == officer.id,
            col(OfficerSession.revoked_at).is_(None),
            col(OfficerSession.id) != keep,
        )
        .values(revoked_at=now)
        .execution_options(synchronize_session="fetch")
    )
    return int(ended.rowcount)  # type: ignore[attr-defined]
