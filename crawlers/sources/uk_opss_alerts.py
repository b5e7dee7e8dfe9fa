"""OPSS alerts: the number in the title, and the body's table, in which the country of origin stands."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from parsel import Selector

from crawlers.formats import Record
from crawlers.guangdong import with_guangdong
from crawlers.items import NoticeItem
from crawlers.markup import one_line
from crawlers.paths import at

READ = frozenset({"description", "link"})
NUMBER = re.compile(r"\((\d{4}-\d{4})\)\s*$")
_KIND = re.compile(r"^(?:Product|Safety)[\w\s-]*?:\s*")
_NO_TEXT = re.compile(r"product report|image", re.IGNORECASE)  # rows that only hold a link


def prepare(record: Record) -> Record:
    """The record with the rows of its table by their names, the told parts of the body, and its number."""
    title = str(record.get("title") or "")
    text = str(at(record, "detail.details.body") or "")
    body = Selector(text=text or "<p></p>", type="html")
    rows = rows_of(body)
    number = NUMBER.search(title)
    return {
        **record,
        "psd": f"OPSS {number[1]}" if number else "",
        "product": _KIND.sub("", NUMBER.sub("", title)).strip(),
        "told": told(body) if text else record.get("description"),
        "product_type": rows.get("type", ""),
        "brand": rows.get("brand", ""),
        "maker": rows.get("manufacturer", ""),
        "origin": rows.get("country of origin", ""),
    }


def finish(item: NoticeItem, record: Record) -> NoticeItem:
    """The alert's item; the table names the maker, and with it at times the city."""
    return replace(item, origins=with_guangdong(item.origins, record["maker"], record["origin"], item.description))


def rows_of(body: Any) -> dict[str, str]:
    """Name in lower case -> value, of every table row with two cells."""
    rows = [[one_line(" ".join(cell.css("::text").getall())) for cell in row.css("th, td")] for row in body.css("tr")]
    return {row[0].lower().rstrip(":"): row[1] for row in rows if len(row) == 2}


def told(body: Any) -> str:
    """The body as HTML, without the rows that only link to pictures."""
    for row in body.css("tr"):
        if _NO_TEXT.search(" ".join(row.css("td:first-child ::text, th:first-child ::text").getall())):
            row.drop()
    return "".join(body.css("body > *").getall())
