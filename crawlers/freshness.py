"""Whether a publication is what it was at the last visit: asking conditionally, and knowing the same bytes again.

Pure. What is remembered of a publication is a mapping of JSON values, kept by its address in SourceState.validators.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

NOT_MODIFIED = 304
_ASKED = {"If-None-Match": "etag", "If-Modified-Since": "last_modified"}


def conditions(known: Mapping[str, Any]) -> dict[str, str]:
    """The headers that ask for the publication only if it changed (RFC 9110, 13.1).

    `known` is what this very parser remembered: a publication that another one read must be read again.
    """
    return {header: str(known[name]) for header, name in _ASKED.items() if known.get(name)}


def is_unchanged(status: int, body: bytes, known: Mapping[str, Any], parser_version: str) -> bool:
    """Whether nothing needs to be read: the source says so, or the bytes are those that this parser has read before."""
    if status == NOT_MODIFIED:
        return True
    return known.get("parser") == parser_version and known.get("sha256") == _digest(body)


def remembered(status: int, headers: Mapping[str, str], body: bytes, parser_version: str) -> dict[str, Any]:
    """What to remember of a whole answer once all of it is stored; {} for a status that brought no publication.

    The names of `headers` may be written in any case.
    """
    if status != 200:
        return {}
    given = {name.lower(): value for name, value in headers.items()}
    return {
        "etag": given.get("etag"),
        "last_modified": given.get("last-modified"),
        "sha256": _digest(body),
        "parser": parser_version,
    }


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
