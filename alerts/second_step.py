"""The second step of signing in: one-time codes set up, confirmed, taken once, and given up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col

from alerts.one_time_codes import (
    lock_away,
    new_recovery_codes,
    new_totp_secret,
    recovery_hash,
    step_of_code,
    unlock_secret,
)
from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import Officer, RecoveryCode


class WrongCode(TbtwatchError):
    """Raised when a one-time code is wrong or was used."""


def begin_codes(session: Session, officer: Officer, key: bytes) -> str:
    """Make a secret that counts once a code confirms it; returns it. `key` is the service's."""
    secret = new_totp_secret()
    officer.totp_secret, officer.totp_confirmed_at, officer.totp_last_step = lock_away(key, secret), None, None
    session.add(officer)
    return secret


def pending_secret(officer: Officer, key: bytes) -> str:
    """The secret that waits for its first code; "" when none does. Raises LostSecret."""
    return unlock_secret(key, officer.totp_secret) if officer.totp_secret and officer.totp_confirmed_at is None else ""


def confirm_codes(session: Session, officer: Officer, code: str, now: datetime, key: bytes) -> list[str]:
    """Turn the second step on; returns the ten recovery codes, which are shown once. Raises WrongCode."""
    secret = pending_secret(officer, key)
    step = step_of_code(secret, code, now, None) if secret else None
    if step is None:
        raise WrongCode("the one-time code is wrong: check the clock of the telephone, and type the next one")
    officer.totp_confirmed_at, officer.totp_last_step = now, step
    session.add(officer)
    codes = new_recovery_codes()
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.officer_id) == officer.id))
    session.add_all(
        RecoveryCode(officer_id=officer.id or 0, code_hash=recovery_hash(key, officer.public_id, made))
        for made in codes
    )
    _note(session, officer, now, "officer.codes_on")
    return codes


def drop_codes(session: Session, officer: Officer, now: datetime | None = None) -> None:
    """Forget the secret and the recovery codes; with `now` as a deed of the officer's own, in the audit trail."""
    officer.totp_secret, officer.totp_confirmed_at, officer.totp_last_step = "", None, None
    session.add(officer)
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.officer_id) == officer.id))
    if now is not None:
        _note(session, officer, now, "officer.codes_off")


def asks_code(officer: Officer) -> bool:
    """Whether the password alone does not sign this officer in."""
    return bool(officer.totp_secret) and officer.totp_confirmed_at is not None


def take_code(session: Session, officer: Officer, code: str, now: datetime, key: bytes) -> bool:
    """Whether `code` is right: a one-time code or a recovery code, each taken once.

    The officer's row must be held by this transaction. Raises LostSecret.
    """
    step = step_of_code(unlock_secret(key, officer.totp_secret), code, now, officer.totp_last_step)
    if step is not None:
        officer.totp_last_step = step
        session.add(officer)
        return True
    used = session.execute(
        update(RecoveryCode)
        .where(
            col(RecoveryCode.officer_id) == officer.id,
            col(RecoveryCode.code_hash) == recovery_hash(key, officer.public_id, code),
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        return False
    _note(session, officer, now, "officer.recovery_code")
    return True


def _note(session: Session, officer: Officer, now: datetime, action: str) -> None:
    write_audit(session, now, action=action, object_kind="officer", object_id=officer.public_id, officer_id=officer.id)
