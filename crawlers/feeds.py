"""RSS and Atom: bytes into entries of plain strings."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import feedparser

from crawlers.errors import TruncatedAnswer, WrongFormat
from crawlers.formats.texts import refuse_empty, refuse_html


@dataclass(slots=True)
class Entry:
    """One entry; dates as printed, `summary` as the source's HTML."""

    id: str
    title: str
    link: str
    links: tuple[tuple[str, str, str], ...]  # rel, href, type
    summary: str
    published: str
    updated: str
    categories: tuple[str, ...]
    lang: str
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Feed:
    """What one answer holds."""

    version: str
    title: str
    entries: list[Entry]
    next_url: str = ""


_OWN = frozenset(
    "id guidislink title title_detail link links summary summary_detail content published published_parsed updated "
    "updated_parsed tags language authors author author_detail".split()
)


def read_feed(body: bytes) -> Feed:
    """The feed; raises EmptyAnswer, HtmlInstead, TruncatedAnswer, WrongFormat."""
    refuse_empty(body)
    refuse_html(body, "a feed")
    parsed = feedparser.parse(io.BytesIO(body))  # never bytes: a body that is a path would be opened
    if not parsed.version:
        raise WrongFormat("the answer is no feed")
    if parsed.bozo and not body.rstrip().endswith(b">"):
        raise TruncatedAnswer(f"the feed ends in the middle, after {len(body)} bytes")
    following = [link.get("href", "") for link in parsed.feed.get("links", []) if link.get("rel") == "next"]
    return Feed(parsed.version, parsed.feed.get("title", ""), [_entry(e) for e in parsed.entries], *following[:1])


def _entry(found: feedparser.FeedParserDict) -> Entry:
    content = found.get("content") or [{}]
    return Entry(
        id=found.get("id", "") or found.get("link", ""),
        title=found.get("title", ""),
        link=found.get("link", ""),
        links=tuple((e.get("rel", ""), e.get("href", ""), e.get("type", "")) for e in found.get("links", [])),
        summary=found.get("summary", "") or content[0].get("value", ""),
        published=found.get("published", "") or found.get("updated", ""),
        updated=found.get("updated", ""),
        categories=tuple(tag.get("term") or "" for tag in found.get("tags", [])),
        lang=found.get("language", ""),
        extra={name: str(value) for name, value in found.items() if name not in _OWN and isinstance(value, str)},
    )
