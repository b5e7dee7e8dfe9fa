"""openFDA enforcement reports: a title out of the description, damaged marks, and where the goods say they are from."""

from __future__ import annotations

import re
from dataclasses import replace

from crawlers.formats import Record
from crawlers.guangdong import with_guangdong
from crawlers.items import NoticeItem
from crawlers.made_in import origins_named
from crawlers.markup import one_line

READ = frozenset({"product_description", "recalling_firm", "country", "city", "state"})
LONGEST = 200  # characters of a title; descriptions run to thousands
_DAMAGED = re.compile("[\u00bf\ufffd]+(?=\\s|[A-Z\\d]|$)")  # what is left of ® and ™ in these files


def prepare(record: Record) -> Record:
    """The record with `title` and `origin`, and without damaged marks."""
    texts = {
        name: _DAMAGED.sub("", value).strip() if isinstance(value, str) else value for name, value in record.items()
    }
    product = one_line(str(texts.get("product_description") or ""))
    said = [name for name, value in texts.items() if value == "N/A"]
    return {**texts, **dict.fromkeys(said, ""), "title": shortened(product), "origin": origins_in(product, texts)}


def finish(item: NoticeItem, record: Record) -> NoticeItem:
    """The recall's item; the firm's city and the description may name Guangdong."""
    firm = f"{record['recalling_firm']}, {record.get('city')}, {record.get('state')}"
    return replace(item, origins=with_guangdong(item.origins, firm, item.description))


def shortened(text: str) -> str:
    """At most LONGEST characters, cut between words."""
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def origins_in(product: str, record: Record) -> list[str]:
    """What the description says; China when the recalling firm sits there."""
    return list(dict.fromkeys([*origins_named(product), *(["CHN"] if record.get("country") == "China" else [])]))
