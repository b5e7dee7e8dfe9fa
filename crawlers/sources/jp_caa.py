"""Japan's recall site: the number in the address, the named parts of a page, an origin where the words tell it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from parsel import Selector

from crawlers.formats import Record
from crawlers.guangdong import with_guangdong
from crawlers.items import NoticeItem
from crawlers.markup import one_line, plain_text
from crawlers.paths import values

READ = frozenset({"href"})
FROM_CHINA = re.compile(
    r"中国産|中国製|中華人民共和国(?:産|製)|(?:原産国|原産地|生産国|製造国)(?:名)?\s*[:：]?\s*中(?:国|華人民共和国)"
)
_CONTENTS = re.compile(r"contentsText\s*=\s*'(.*?)'\s*;", re.DOTALL)
_MINISTRY = re.compile(r"[?&]p=(RCL\d+)")


def prepare(record: Record) -> Record:
    """The record with its number, the parts of its page by their Japanese names, and an origin that is told."""
    address = values(record, "href")[:1]
    number = "".join(parse_qs(urlsplit(address[0]).query).get("rcl", [])) if address else ""
    parts = parts_of(values(record, "detail.parts"))
    texts = [*values(record, "title"), *values(record, "detail.reason"), *parts.values()]
    ministry = _MINISTRY.search(" ".join(values(record, "detail.links")))
    return {
        **record,
        "number": number,
        "product": parts.get("商品名") or record.get("title"),
        "told": [*values(record, "detail.reason"), parts.get("備考", ""), parts.get("対象の特定情報", "")],
        "reason": one_line(" ".join(values(record, "detail.reason")[:1])),
        "what_to_do": parts.get("対応方法", ""),
        "origin": "China" if any(map(FROM_CHINA.search, texts)) else "",
        "ministry": f"MHLW {ministry[1]}" if ministry else "",
    }


def parts_of(markup: list[str]) -> dict[str, str]:
    """Name -> text of the parts of a page; whom to call is left out."""
    found: dict[str, str] = {}
    for one in markup:
        part: Any = Selector(text=one, type="html")
        name = one_line("".join(part.css(".detail_cap ::text").getall()))
        text = plain_text("".join(part.css(".detail_text ::text").getall()))
        contents = _CONTENTS.findall("".join(part.css("script::text").getall()))
        if name != "連絡先":
            found[name] = text or "".join(map(inserted, contents))
    return found


def inserted(contents: str) -> str:
    """The text of an editor's delta, JSON within a string of JavaScript; "" when it cannot be read."""
    whole = contents.replace("\\\\", "\0").replace('\\"', '"').replace("\\/", "/").replace("\0", "\\")
    try:
        pieces = [operation["insert"] for operation in json.loads(whole)["ops"]]
    except (ValueError, KeyError, TypeError):
        return ""
    return plain_text("".join(piece for piece in pieces if isinstance(piece, str)))  # a picture is no text


def finish(item: NoticeItem, record: Record) -> NoticeItem:
    """The recall's item under its number: the address that the list shows holds where one came from, too."""
    origins = with_guangdong(item.origins, item.description.replace("広東", "广东").replace("広州", "广州"))
    return replace(item, source_key=record["number"] or item.source_key, origins=origins)
