"""Scrapy's item pipeline: the pages and marks of a spider into the store, in the order in which they came."""

from __future__ import annotations

from typing import Any

from scrapy.crawler import Crawler
from sqlalchemy.exc import DBAPIError

from crawlers.visits import Mark, Page
from settings import TbtwatchError


class StorePipeline:
    """Writes through the one write path; a store that cannot be written ends the crawl."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        """As Scrapy makes it."""
        return cls(crawler)

    def process_item(self, item: Page | Mark) -> Page | Mark:
        """Write it, unless an earlier one could not be written: a mark must never pass records that are not stored."""
        spider: Any = self._crawler.spider
        if spider.broken is None:
            try:
                spider.writer.store(item, spider.report)
            except (DBAPIError, TbtwatchError) as error:
                spider.broken = error
        return item
