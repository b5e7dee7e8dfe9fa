"""The hash chain of the audit trail: what an entry's hash is taken over. Pure, and never to be changed.

Every entry holds the SHA-256 of its own fields and of the entry before it, so that nothing can be altered, put in or
left out afterwards without every later hash being wrong. Another way of hashing would break all trails that exist.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

BEGINNING = "0" * 64  # stands for the entry before the first


def entry_hash(
    previous_hash: str,
    *,
    number: int,
    public_id: str,
    at: datetime,
    officer_id: int | None,
    actor: str,
    action: str,
    object_kind: str,
    object_id: str,
    details: Mapping[str, object],
) -> str:
    """SHA-256 (64 hex characters) over the fields as JSON with sorted keys and no spaces, in UTF-8; `at` is in UTC.

    `details` as the store gives them back: PostgreSQL may write a number otherwise than it was given.
    """
    fields = {
        "previous": previous_hash,
        "number": number,
        "id": public_id,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "officer": officer_id,
        "actor": actor,
        "action": action,
        "object_kind": object_kind,
        "object_id": object_id,
        "details": details,
    }
    canonical = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
