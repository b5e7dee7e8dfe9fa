"""From the bytes of a feed to notice items as a crawl makes them, for `ingest.parse`."""

from __future__ import annotations

from crawlers.declarations import declared_source
from crawlers.items import NoticeItem
from crawlers.mapping import found_in, read_records

SOURCE = "w3c_news"  # a plain feed: no reader of its own


def items_of(body: bytes) -> list[NoticeItem]:
    """Every entry of the feed as a clean, checked item."""
    source = declared_source(SOURCE)
    return read_records(found_in(body, source), source).items
