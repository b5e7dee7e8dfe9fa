"""Variable envelope return paths: each mail has a sender address of its own, so that a bounce names its mail.

`bounce+<public id>=<signature>@host`: 32 hex characters each, so a local part of 72 would exceed RFC 5321's 64; the
signature is cut to 24 (96 bits), which nobody guesses.
"""

from __future__ import annotations

import hmac
import re

from alerts.unsubscribing import token_for

_PURPOSE = "bounce:"
_SIGNATURE_CHARS = 24  # "bounce+" and "=" with the public id make exactly 64
_VERP = re.compile(r"bounce\+([0-9a-f]{32})=([0-9a-f]{24})@", re.IGNORECASE)


def verp_address(secret: bytes, email_public_id: str, host: str) -> str:
    """The envelope sender of one mail at `host`."""
    return f"bounce+{email_public_id}={_signature(secret, email_public_id)}@{host}"


def email_of_verp(secret: bytes, address: str) -> str | None:
    """The public id of the mail whose envelope sender this was; None when the address is not one of ours.

    Anything around the address (a display name, angle brackets) does not matter. Compared in constant time.
    """
    found = _VERP.search(address)
    if found is None:
        return None
    public_id, signature = found.group(1).lower(), found.group(2).lower()
    return public_id if hmac.compare_digest(signature, _signature(secret, public_id)) else None


def _signature(secret: bytes, email_public_id: str) -> str:
    return token_for(secret, email_public_id, _PURPOSE)[:_SIGNATURE_CHARS]
