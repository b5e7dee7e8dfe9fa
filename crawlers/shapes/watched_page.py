"""Pages without feed or list: compared passage by passage with the last visit; what is new is one notice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from parsel import Selector
from scrapy import Request
from scrapy.http import Response

from crawlers.blocks import Block, Change, Remembered, blocks_of, compare, joint_digest, refuse_shrunken, remembered
from crawlers.declaration_parts import Blocks
from crawlers.errors import WrongFormat
from crawlers.formats.html_records import whole_page
from crawlers.freshness import conditions
from crawlers.items import Link, NoticeItem
from crawlers.markup import LONGEST_FIELD, one_line
from crawlers.reading import Reading, distinct_links, language_of
from crawlers.shapes.base import SourceSpider
from crawlers.visits import Mark, Page

_DOCUMENTS = (".pdf", ".doc", ".docx", ".xls", ".xlsx", ".zip", ".odt", ".rtf", ".hwp")
_LONGEST_PAGE = 150  # characters of an address in a notice's key


class WatchedPageSpider(SourceSpider):
    """What was on a page is kept as digests in the cursor, under the page's address, once its notice is stored.

    The first sight of a page is history, whenever it is; a page that cannot be believed changes nothing.
    """

    @property
    def rules(self) -> Blocks:
        """Which passages are compared."""
        assert self.declaration.blocks
        return self.declaration.blocks

    def first_requests(self) -> Iterator[Request]:
        """Every page, each if it changed."""
        for url in self.declaration.urls:
            yield self.ask({}, conditions(self.known_answer(url)), url=url, page=url)

    def read(self, response: Response, **context: Any) -> Iterator[Page | Mark | Request]:
        """The notice of what is new, if anything is; then the page as it stands now, to be remembered."""
        url: str = context["page"]
        if self.is_unchanged(response, url):
            return
        page = whole_page(response.body, self.declaration.format.encoding)
        marker = self.declaration.expect.marker
        if marker and marker.encode() not in response.body:
            raise WrongFormat(f"the page lacks '{marker}', which it always has: see the source's YAML")
        now = blocks_of(page, self.rules, response.url)
        yield from self._told(url, page, now, response)
        yield Mark(cursor_parts={url: {"rules": self._rules_digest(), "blocks": remembered(now)}})
        mark = self.remember(response, url)
        yield Mark(validators={url: {**(mark.validators or {})[url], "notices": 1}})

    def _told(self, url: str, page: Selector, now: Sequence[Block], response: Response) -> Iterator[Page]:
        before = self.state.cursor.get(url)
        name = self._name_of(page)
        if not isinstance(before, dict):
            item = self._item(url, "first", f"{name}: as first seen, {_counted(now)}", now, [])
            yield Page(Reading(items=[item], rows=len(now)), self.answer(response), mode="first")
            return
        known: Remembered = before["blocks"]
        change = compare(known, now)
        if before.get("rules") == self._rules_digest():
            refuse_shrunken(known, now, page)
        else:  # the declaration reads the page otherwise now: what it no longer reads is not gone
            change = Change(change.new, ())
        if not change.new and not change.gone:
            self.report.counted_before = (self.report.counted_before or 0) + 1
            return
        yield Page(Reading(items=[self._changed(url, name, change)], rows=len(now)), self.answer(response))

    def _changed(self, url: str, name: str, change: Change) -> NoticeItem:
        if change.new:
            key = joint_digest(url, [block.digest for block in change.new])
            return self._item(url, key, f"{name}: {_counted(change.new, 'new ')}", change.new, change.gone)
        key = "gone-" + joint_digest(url, change.gone)
        return self._item(url, key, f"{name}: {_counted(change.gone)} removed", (), change.gone)

    def _item(self, url: str, key: str, title: str, told: Sequence[Block], gone: Sequence[str]) -> NoticeItem:
        text = "\n".join(block.text for block in told)[:LONGEST_FIELD]
        source = self.declaration
        lang = source.lang or language_of(text)
        return NoticeItem(
            source=source.id,
            source_key=f"{url.partition('//')[2][:_LONGEST_PAGE]}#{key}",
            kind=source.kind,
            issuer=source.country,
            members=(source.country,),
            title=title,
            description=text or "\n".join(gone),
            lang=lang,
            links=distinct_links([Link("original", "", url), *_links(told)]),
            attributes={"removed": list(gone)} if gone else {},
        )

    def _name_of(self, page: Selector) -> str:
        found = page.css(self.rules.name).css("::text").getall() if self.rules.name else []
        return one_line(" ".join(found)) or self.declaration.name_en

    def _rules_digest(self) -> str:
        return hashlib.sha256(self.rules.model_dump_json().encode()).hexdigest()[:12]


def _counted(passages: Sequence[object], what: str = "") -> str:
    return f"{len(passages)} {what}passage{'' if len(passages) == 1 else 's'}"


def _links(blocks: Sequence[Block]) -> Iterator[Link]:
    for address in dict.fromkeys(address for block in blocks for address in block.links):
        is_document = urlsplit(address).path.lower().endswith(_DOCUMENTS)
        yield Link("document" if is_document else "original", "", address)
