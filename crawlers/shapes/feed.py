"""RSS and Atom feeds, read newest first; a plain one needs no fields in its declaration."""

from __future__ import annotations

from crawlers.shapes.paged import PagedSpider


class FeedSpider(PagedSpider):
    """Asks only if the feed changed, and goes on to the next page while something on it is new."""
