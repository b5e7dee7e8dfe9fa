"""What is remembered of the details of a listing: which were read, which wait, and in which mode. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from crawlers.declarations import Declaration
from crawlers.formats import Record
from crawlers.jobs import Mode
from crawlers.markup import one_line
from crawlers.paths import filled, gathered

KEPT = 5000  # keys remembered beside those of the visit: a forgotten one costs one more request, no more
IN_CURSOR = "details"
NO_NOTICE = "~"  # before the digest of a record that was read and is none of ours


@dataclass(frozen=True)
class Waiting:
    """A listed record whose detail was not read yet; `mode` is that of the visit that listed it."""

    url: str
    record: Record
    mode: Mode


@dataclass
class Details:
    """The details of one source: digests of the list records whose detail was read, and what still waits for it."""

    done: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)

    def knows(self, key: str, digest: str) -> bool:
        """Whether the detail of this list record was read, as the record stands."""
        return self.done.get(key, "").removeprefix(NO_NOTICE) == digest

    def settle(self, key: str, digest: str, *, notice: bool) -> None:
        """The record was read; it made a notice, or is none of ours."""
        self.waiting.pop(key, None)
        self.done[key] = digest if notice else NO_NOTICE + digest

    def without_notice(self, keys: Iterable[str]) -> int:
        """How many of `keys` were read and made no notice."""
        return sum(self.done.get(key, "").startswith(NO_NOTICE) for key in keys)

    @classmethod
    def of_cursor(cls, cursor: dict[str, Any]) -> Details:
        """As `in_cursor` wrote it; nothing when it is not there."""
        kept = cursor.get(IN_CURSOR) or {}
        waiting = {key: Waiting(*one) for key, one in kept.get("waiting", {}).items()}
        return cls(dict(kept.get("done", {})), waiting)

    def in_cursor(self, listed: Iterable[str] = ()) -> dict[str, Any]:
        """For SourceState.cursor: the digests of `listed` and of KEPT others, and everything that waits."""
        kept = {key: self.done[key] for key in listed if key in self.done}
        for key, digest in self.done.items():
            if len(kept) >= KEPT:
                break
            kept.setdefault(key, digest)
        waiting = {key: [one.url, one.record, one.mode] for key, one in self.waiting.items()}
        return {IN_CURSOR: {"done": kept, "waiting": waiting}}


def key_of(record: Record, source: Declaration) -> str:
    """The key that the notice of this list record will have."""
    return one_line(" ".join(gathered(source.fields.get("key", ()), record)))[:200]


def digest_of(record: Record, source: Declaration) -> str:
    """What tells whether a list record says something else than before, or would be read otherwise: 16 characters."""
    left_out = {"page", *source.ignore}  # counts and scores that differ at each visit
    told = {name: value for name, value in record.items() if name not in left_out}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(f"{source.parser_version}\n{text}".encode()).hexdigest()[:16]


def address_of(record: Record, source: Declaration, listing: str) -> tuple[str, str]:
    """(address of the record's detail, "") or ("", the host where none is asked for); relative to `listing`."""
    assert source.detail
    found = filled(source.detail.url, record)
    if not found:
        return "", ""
    url = urljoin(listing, found)
    host = urlsplit(url).netloc
    return (url, "") if host in source.hosts and url.startswith(("http://", "https://")) else ("", host)
