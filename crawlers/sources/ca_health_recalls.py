"""Rows of Canada's file of recalls: addresses made whole, the categories of one cell parted, lost spaces put back."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urljoin

from crawlers.formats import Record
from crawlers.markup import one_line, plain_text

SITE = "https://recalls-rappels.canada.ca/"
READ = frozenset({"Title", "URL", "Organization", "Category", "Issue", "Product", "Recall class", "Archived"})
BETWEEN = " - "  # categories, and issues, of one row
TRANSPORT = re.compile(r"Transport Canada Recall - (\d{7})\b")
_GLUED_SENTENCE = re.compile(r"(?<=[a-z\d)])([.!?])(?=[A-Z][a-z])")
_GLUED_LINE = re.compile(  # the points of a list, run together where the file was made
    r"(?<=[a-z]{3})(?=(?:Check|Consumers|Contact|Do|For|Food|Health|If|Joint|Learn|Please|Recalled|Report|Sign|Stop|"
    r"The|This|To|View|You)\b)"
)


def prepare(record: Record) -> Record:
    """The row with what the declaration reads under names of our own."""
    number = TRANSPORT.search(_said(record, "Title"))
    return {
        **record,
        "title": _said(record, "Title").rstrip(" -"),
        "product": _said(record, "Product"),
        "page": urljoin(SITE, str(record.get("URL") or "").strip()) if record.get("URL") else "",
        "issue": "; ".join(_said(record, "Issue").split(BETWEEN)),
        "labels": [_said(record, "Organization"), *_said(record, "Category").split(BETWEEN)],
        "class": _said(record, "Recall class").strip("- "),
        "archived": "yes" if _said(record, "Archived") == "1" else "",
        "what_to_do": parted(str(record.get("What you should do") or "")),
        "transport": f"TC {number[1]}" if number else "",
    }


def parted(text: str) -> str:
    """Text whose sentences and points ran together, parted again."""
    return _GLUED_LINE.sub("\n", _GLUED_SENTENCE.sub(r"\1 ", plain_text(text)))


def _said(record: Record, name: str) -> str:
    value: Any = record.get(name)
    return one_line(plain_text(html.unescape(str(value)))) if value else ""
