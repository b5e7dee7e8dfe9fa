"""The normal form that every source yields: one published item, clean, before it meets the store."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Link:
    """An address that belongs to a notice."""

    rel: str  # notification | document | original
    lang: str  # en | fr | es | "" unknown
    url: str


@dataclass(slots=True)
class NoticeItem:
    """One record of one source. Texts are plain text, codes are strings, dates are calendar dates with their words.

    Nobody changes an item: `replace` makes another. Python's way of forbidding it (frozen) takes 2 microseconds an
    item, as long as reading the rest of it.
    """

    source: str
    source_key: str
    kind: str  # notification | regulation | standard | recall | border
    issuer: str  # wto_symbol of the notifying member or of the issuing country or region
    members: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    domain: str | None = None  # TBT | SPS
    notification_type: str | None = None
    title: str = ""
    description: str = ""
    products: str = ""
    lang: str = ""
    hs: tuple[str, ...] = ()
    ics: tuple[str, ...] = ()
    objectives: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    regions_affected: str = ""
    published_on: date | None = None
    published_text: str = ""
    comment_deadline: date | None = None
    comment_deadline_text: str = ""
    adoption_on: date | None = None
    adoption_text: str = ""
    force_on: date | None = None
    force_text: str = ""
    links: tuple[Link, ...] = ()
    attributes: dict[str, object] = field(default_factory=dict)


# Who said it and which documents carry it are identity, not content: a member that joins changes neither.
IDENTITY = ("source", "source_key", "kind", "issuer", "members", "symbols", "domain")
CONTENT = tuple(f.name for f in fields(NoticeItem) if f.name not in IDENTITY)
_DATES = ("published_on", "comment_deadline", "adoption_on", "force_on")


def as_json(item: NoticeItem) -> dict[str, Any]:
    """`item` as plain JSON values: dates in ISO 8601, tuples as lists, links as objects."""
    plain: dict[str, Any] = {}
    for name in _NAMES:
        value = getattr(item, name)
        if type(value) is tuple:
            value = [_link_json(v) if type(v) is Link else v for v in value]
        elif type(value) is date:
            value = value.isoformat()
        plain[name] = value
    return plain


def from_json(plain: dict[str, Any]) -> NoticeItem:
    """The item that `as_json` wrote."""
    values: dict[str, Any] = {}
    for name, value in plain.items():
        if name == "links":
            value = tuple(Link(**link) for link in value)
        elif name in _DATES:
            value = date.fromisoformat(value) if value else None
        elif type(value) is list:
            value = tuple(value)
        values[name] = value
    return NoticeItem(**values)


def _link_json(link: Link) -> dict[str, str]:
    return {"rel": link.rel, "lang": link.lang, "url": link.url}


_NAMES = tuple(f.name for f in fields(NoticeItem))
