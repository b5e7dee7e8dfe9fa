"""RSS and Atom into records: one dict an entry."""

from __future__ import annotations

from crawlers.declaration_parts import Format
from crawlers.errors import WrongFormat
from crawlers.feeds import read_feed
from crawlers.formats import Found


def read(body: bytes, form: Format) -> Found:
    """The entries as id, title, link, summary, published, updated, categories, lang, links, and extensions by name."""
    feed = read_feed(body)
    if not feed.version:
        raise WrongFormat("the answer is whole XML but no feed: look where the feed has moved")
    records = [
        {
            **entry.extra,
            "id": entry.id,
            "title": entry.title,
            "link": entry.link,
            "links": [{"rel": rel, "href": href, "type": kind} for rel, href, kind in entry.links],
            "summary": entry.summary,
            "published": entry.published or entry.updated,  # RSS 1.0 has dc:date alone
            "updated": entry.updated,
            "categories": list(entry.categories),
            "lang": entry.lang,
        }
        for entry in feed.entries
    ]
    return Found(records, next_url=feed.next_url)
