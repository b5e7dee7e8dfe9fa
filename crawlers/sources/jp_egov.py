"""Entries of Japan's e-Gov: dates, category and authority stand as labelled lines in the description."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from crawlers.errors import BadRecord
from crawlers.formats import Record
from crawlers.items import NoticeItem
from crawlers.markup import plain_text

READ = frozenset({"summary"})
LINE = re.compile(r"^\s*([^：:\n]{2,30})[：:]\s*(.*?)\s*$", re.MULTILINE)
AUTHORITY = re.compile(r"^.{1,12}?(?:内閣官房|内閣府|復興庁|[省庁院]|委員会)")
MIDNIGHT = re.compile(r"\b0?0:00\b")


def prepare(record: Record) -> Record:
    """The entry with its labelled lines by name. Raises BadRecord when the link has no number."""
    link = str(record.get("link", ""))
    number = "".join(parse_qs(urlsplit(link).query).get("id", [])[:1])
    if not number:
        raise BadRecord(link or str(record.get("title", "?")), "the link has no id=: the source has changed")
    said = dict(LINE.findall(plain_text(str(record.get("summary", "")))))
    office = said.get("問合せ先（所管省庁・部局名等）", "")
    authority = AUTHORITY.match(office)
    return {
        **record,
        "number": number,
        "opened": said.get("案の公示日", ""),
        "closes": said.get("受付締切日時", ""),
        "category": re.split(r"[、,]", said.get("カテゴリー", "")),
        "office": office,
        "authority": authority[0] if authority else "",
        "summary": "",
    }


def finish(item: NoticeItem, record: Record) -> NoticeItem:
    """The item with the last day on which comments can be sent: "2026/06/26 00:00" is the end of the 25th."""
    if item.comment_deadline and MIDNIGHT.search(item.comment_deadline_text):
        return replace(item, comment_deadline=item.comment_deadline - timedelta(days=1))
    return item
