"""Feeds that are not well-formed, read by feedparser: slow, and right where lxml gives up."""

from __future__ import annotations

import io
import re
from typing import Any

import feedparser

from crawlers.errors import TruncatedAnswer, WrongFormat
from crawlers.feeds import Entry, Feed, FeedLink

_CDATA = re.compile(rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->", re.DOTALL)
_ENTRY = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_KNOWN = frozenset(
    """id guidislink title title_detail link links summary summary_detail content published published_parsed updated
    updated_parsed tags authors author_detail language""".split()
)


def read_broken(text: bytes) -> Feed:
    """The feed in `text` (UTF-8) as feedparser reads it. Raises WrongFormat when it is none, TruncatedAnswer when
    feedparser gave up before its end: fewer entries than there are must not look like a quiet day.

    Always through BytesIO: feedparser opens the file or the address that bytes or a string may name.
    """
    parsed: Any = feedparser.parse(io.BytesIO(text), sanitize_html=False, resolve_relative_uris=False)
    if not parsed.get("version"):
        raise WrongFormat("the answer is no feed: neither RSS nor Atom, and not well-formed XML")
    printed = len(_ENTRY.findall(_CDATA.sub(b"", text)))
    if len(parsed.entries) < printed:
        raise TruncatedAnswer(f"the feed is broken: {len(parsed.entries)} of its {printed} entries can be read")
    head = parsed.feed
    prefixes = sorted((prefix for prefix in parsed.namespaces if prefix), key=len, reverse=True)
    return Feed(
        version=parsed.version,
        title=_string(head, "title"),
        entries=[_entry(one, _string(head, "language"), prefixes) for one in parsed.entries],
        next_url=next((link["href"] for link in head.get("links", ()) if link.get("rel") == "next"), ""),
    )


def _string(values: Any, name: str) -> str:
    found = dict.get(values, name)  # feedparser's own get gives `published` where `updated` is asked for
    return found if isinstance(found, str) else ""


def _entry(one: Any, lang: str, prefixes: list[str]) -> Entry:
    content = one.get("content") or [{}]
    return Entry(
        id=_string(one, "id"),
        title=_string(one, "title"),
        link=_string(one, "link"),
        links=tuple(
            FeedLink(link.get("rel", ""), link["href"], link.get("type", ""))
            for link in one.get("links", ())
            if link.get("href")
        ),
        summary=_string(one, "summary") or content[0].get("value", ""),
        published=_string(one, "published"),
        updated=_string(one, "updated"),
        categories=tuple(dict.fromkeys(tag["term"] for tag in one.get("tags", ()) if tag.get("term"))),
        lang=_string(one, "language") or lang,
        extra={_named(k, prefixes): v for k, v in one.items() if k not in _KNOWN and isinstance(v, str) and v},
    )


def _named(key: str, prefixes: list[str]) -> str:
    """feedparser's dc_source as dc:source."""
    prefix = next((p for p in prefixes if key.startswith(f"{p}_")), None)
    return f"{prefix}:{key[len(prefix) + 1 :]}" if prefix else key
