"""New Zealand's product recalls: the blocks of a recall's page by their headings, and a country of origin if told."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from parsel import Selector

from crawlers.formats import Record
from crawlers.guangdong import with_guangdong
from crawlers.items import NoticeItem
from crawlers.markup import one_line, plain_text
from crawlers.members import member_code
from crawlers.paths import values

_MADE_IN = re.compile(r"\b(?i:made|manufactured|produced)\s+in\s+((?:[A-Z][\w'-]*(?:,\s*|\s+)?)+)")
_LEAD = re.compile(r"^The hazard!?\s*", re.IGNORECASE)


def prepare(record: Record) -> Record:
    """The record with the hazard, what to do, and the blocks of its page: product, supplier, agency."""
    blocks = blocks_of(values(record, "detail.blocks"))
    product = next((text for name, text in blocks.items() if name.startswith("product")), "")
    hazard = _LEAD.sub("", plain_text(" ".join(values(record, "detail.hazard"))))
    return {
        **record,
        "hazard": hazard,
        "what_to_do": plain_text(" ".join(values(record, "detail.what_to_do"))),
        "identifiers": product,
        "agency": next((one_line(text) for name, text in blocks.items() if "agency" in name), ""),
        "sold": next((one_line(text) for name, text in blocks.items() if "sold" in name), ""),
        "origin": origins_in("\n".join([hazard, *blocks.values()])),
    }


def origins_in(text: str) -> list[str]:
    """The countries in which the words say that a product was made: China of "made in Shenzhen, China"."""
    names = [name.strip() for place in _MADE_IN.findall(text) for name in re.split(r",|\n", place)]
    return [name for name in names if member_code(name)]


def blocks_of(markup: list[str]) -> dict[str, str]:
    """Heading in lower case -> the block's text; blocks stand twice, for wide and for small screens."""
    found: dict[str, str] = {}
    for block in markup:
        part: Any = Selector(text=block, type="html")
        heading = one_line(" ".join(part.css("h2 ::text, h3 ::text, h4 ::text").getall())).rstrip(":").lower()
        for title in part.css("h2, h3, h4"):
            title.drop()
        found.setdefault(heading, plain_text("".join(part.css("body > *").getall())))
    return found


def finish(item: NoticeItem, record: Record) -> NoticeItem:
    """The recall's item; the text that names China may name the city, too."""
    return replace(item, origins=with_guangdong(item.origins, item.description, item.products))
