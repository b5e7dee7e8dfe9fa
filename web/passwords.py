"""Checking the passwords that alerts/accounts.py hashes: Argon2id, never more than two at a time (64 MiB each)."""

from __future__ import annotations

import threading
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

from settings import TbtwatchError

AT_ONCE = 2
WAIT_S = 10

_turns = threading.BoundedSemaphore(AT_ONCE)
_hasher = PasswordHash((Argon2Hasher(),))


class TooBusy(TbtwatchError):
    """Raised when too many people sign in at the same moment."""


def check_password(password: str, stored: str) -> tuple[bool, str | None]:
    """Whether the password is right, and a newer hash to store when the parameters have grown since.

    Without a stored hash the same work is done for nothing, so that the answer's time tells no names apart.
    Raises TooBusy when no turn comes within ten seconds.
    """
    if not _turns.acquire(timeout=WAIT_S):
        raise TooBusy("too many sign-ins at this moment: try again in a minute")
    try:
        right, newer = _hasher.verify_and_update(password, stored or _nobody())
    except PwdlibError:  # a hash of another kind: nobody signs in with it
        return False, None
    finally:
        _turns.release()
    return right and bool(stored), newer if stored else None


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")
