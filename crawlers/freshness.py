"""Whether an answer is the one of the last visit: validators to ask with, a hash where there are none. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

NOT_MODIFIED = 304


def conditions(known: Mapping[str, Any]) -> dict[str, str]:
    """The request headers that ask for the answer only if it changed (RFC 9110, 13.1)."""
    asked = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("last_modified")}
    return {name: str(value) for name, value in asked.items() if value}


def is_unchanged(status: int, body: bytes, known: Mapping[str, Any], parser_version: str) -> bool:
    """True for a 304, and for the same bytes that the same parser has read; never without an earlier visit."""
    if status == NOT_MODIFIED:
        return True
    return bool(known) and known.get("parser") == parser_version and known.get("sha256") == _digest(body)


def remembered(headers: Mapping[str, str], body: bytes, parser_version: str) -> dict[str, Any]:
    """What to keep of an answer that was read to its end."""
    low = {name.lower(): value for name, value in headers.items()}
    return {
        "etag": low.get("etag"),
        "last_modified": low.get("last-modified"),
        "sha256": _digest(body),
        "parser": parser_version,
    }


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
