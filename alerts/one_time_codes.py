"""One-time codes (RFC 6238: SHA-1, six digits, 30 seconds) and the recovery codes that stand in for them. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

import pyotp
from cryptography.fernet import Fernet, InvalidToken

from settings import TbtwatchError

STEP_S = 30
RECOVERY_CODES = 10
_PURPOSE = b"one-time-codes"
ISSUER = "广东技术性贸易措施预警"


class LostSecret(TbtwatchError):
    """Raised when a secret was encrypted under another key than the service has now."""


def new_totp_secret() -> str:
    """160 random bits in base32."""
    return pyotp.random_base32(32)


def in_groups(secret: str) -> str:
    """The secret as people type it: groups of four."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def otpauth_address(secret: str, sign_in: str) -> str:
    """The address that programs for one-time codes take."""
    return pyotp.TOTP(secret).provisioning_uri(name=sign_in, issuer_name=ISSUER)


def step_of_code(secret: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """The step (of 30 s) that `code` belongs to: the present one or its neighbours, and later than `last_step`.

    None when the code is wrong, or of a step that was used: a code is taken once.
    """
    given = "".join(code.split())
    present = int(now.timestamp()) // STEP_S
    maker = pyotp.TOTP(secret)
    for step in (present, present - 1, present + 1):
        is_right = hmac.compare_digest(maker.generate_otp(step).encode(), given.encode())
        if is_right and (last_step is None or step > last_step):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Ten codes of 48 bits, as people write them down: twelve hex digits in groups of four."""
    made = (secrets.token_hex(6) for _ in range(RECOVERY_CODES))
    return ["-".join((digits[:4], digits[4:8], digits[8:])) for digits in made]


def recovery_hash(key: bytes, officer_id: str, code: str) -> str:
    """What is kept of a recovery code: HMAC-SHA256 under the service's key; dashes, spaces and case do not matter."""
    digits = "".join(char for char in code.lower() if char.isalnum())
    return hmac.new(key, f"recovery-code:{officer_id}:{digits}".encode(), hashlib.sha256).hexdigest()


def lock_away(key: bytes, secret: str) -> str:
    """`secret` encrypted under the service's key, for the store (at most 200 characters)."""
    return box_for(key, _PURPOSE).encrypt(secret.encode()).decode()


def unlock_secret(key: bytes, kept: str) -> str:
    """The secret that `lock_away` put there; raises LostSecret when the service's key has changed since."""
    try:
        return box_for(key, _PURPOSE).decrypt(kept.encode()).decode()
    except InvalidToken:
        raise LostSecret(
            "a secret of one-time codes was encrypted under another TBTWATCH_SECRET: "
            "put the old one back, or let the tier above recover the account"
        ) from None


def box_for(key: bytes, purpose: bytes) -> Fernet:
    """What encrypts under the service's key, for one purpose: what was locked for another does not open."""
    derived = hmac.new(key, purpose, hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(derived))
