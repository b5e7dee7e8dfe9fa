"""Rows of the TFDA's border failures: none has a number, so its content is its key; tariff numbers as digits."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace

from crawlers.formats import Record
from crawlers.guangdong import with_guangdong
from crawlers.items import NoticeItem

READ = frozenset("主旨 貨品分類號列 產地 製造廠或出口商名稱".split())
SITE = "https://www.fda.gov.tw/UnsafeFood/UnsafeFood.aspx?idx=0"
PICTURE = "附圖"  # its address may change without anything else
NEEDED = ("主旨", "產地", "發布日期")
# The names of the province and its cities are in data/regions.csv in simplified characters.
SIMPLIFIED = str.maketrans("廣東韶關頭門慶陽遠雲揭", "广东韶关头门庆阳远云揭")


def prepare(record: Record) -> Record:
    """The row with its key, its tariff number as digits, and the page on which rows are searched."""
    row = {name: str(value or "").strip() for name, value in record.items()}
    return {
        **row,
        "key": canonical_hash(row) if all(row.get(name) for name in NEEDED) else "",
        "tariff": re.sub(r"\D", "", row.get("貨品分類號列", "").partition("-")[0]),
        "site": SITE,
    }


def canonical_hash(row: dict[str, str]) -> str:
    """SHA-256 of the row without its picture: a row that is corrected is another one, and the old one vanishes."""
    told = {name: value for name, value in row.items() if name != PICTURE}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def finish(item: NoticeItem, record: Record) -> NoticeItem:
    """The row's item; the maker's or exporter's name may hold its city."""
    texts = (record.get(name, "").translate(SIMPLIFIED) for name in ("產地", "製造廠或出口商名稱"))
    return replace(item, origins=with_guangdong(item.origins, *texts))
