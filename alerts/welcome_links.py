"""The link by which an officer sets a password: signed by the service, so that nothing in the store opens it. Pure."""

from __future__ import annotations

import hashlib
import hmac

PAGE = "/welcome/"
_PURPOSE = "welcome:"


def welcome_token(secret: bytes, invitation_id: str) -> str:
    """The signature in the link: 64 hex characters of HMAC-SHA256 over purpose and the invitation's public id."""
    return hmac.new(secret, (_PURPOSE + invitation_id).encode(), hashlib.sha256).hexdigest()


def is_welcome_token(secret: bytes, invitation_id: str, given: str) -> bool:
    """Whether this service made the link; compared in constant time."""
    return hmac.compare_digest(given.encode(), welcome_token(secret, invitation_id).encode())


def welcome_path(invitation_id: str) -> str:
    """The page of an invitation, without its token: as it stands in the row of a mail."""
    return PAGE + invitation_id


def signed_path(path: str, secret: bytes) -> str:
    """`path` as a mail shows it: that of an invitation with its token, any other as it is."""
    return f"{path}?token={welcome_token(secret, path.removeprefix(PAGE))}" if path.startswith(PAGE) else path
