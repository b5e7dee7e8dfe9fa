"""From an entry of a feed to a notice item: as much work as a source's mapping does, for `ingest.parse`."""

from __future__ import annotations

from crawlers.dates import read_date
from crawlers.feeds import Entry, read_feed
from crawlers.items import Link, NoticeItem
from crawlers.markup import one_line, plain_text
from crawlers.reading import language_of

SOURCE = "bench_feed"


def items_of(body: bytes) -> list[NoticeItem]:
    """Every entry of the feed as a clean item."""
    return [_item(entry) for entry in read_feed(body).entries]


def _item(entry: Entry) -> NoticeItem:
    title, description = one_line(plain_text(entry.title)), plain_text(entry.summary)
    printed = entry.published or entry.updated
    return NoticeItem(
        source=SOURCE,
        source_key=entry.id,
        kind="regulation",
        issuer="EU",
        members=("EU",),
        title=title,
        description=description,
        lang=entry.lang or language_of(f"{title}\n{description}"),
        keywords=entry.categories,
        published_on=read_date(printed),
        published_text=printed,
        links=(Link("original", entry.lang, entry.link),),
    )
