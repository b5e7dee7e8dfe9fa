"""FDA import refusals: a row's key of five columns, its charges in words, and whether its maker is in Guangdong."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from crawlers.declaration_parts import Format
from crawlers.formats import Record, each_record
from crawlers.guangdong import CODE, names_guangdong
from crawlers.items import NoticeItem
from crawlers.markup import one_line

KEY = ("ENTRY_NUM", "RFRNC_DOC_ID", "LINE_NUM", "LINE_SFX_ID", "REFUSAL_DATE")
READ = frozenset({*KEY, "PRODUCT_CODE", "REFUSAL_CHARGES", "CITY_NAME", "PROVINCE_STATE", "PRDCT_CODE_DESC_TEXT"})
CHARGES = Format(type="csv", root="*CHARGES*.csv", encoding="cp1252", lenient=True)
SITE = "https://www.accessdata.fda.gov/scripts/importrefusals/"
GUANGDONG_CODE = re.compile(r"(?:CN[- ]?)?(?:GD|44)", re.IGNORECASE)  # CN-44, Cn-Gd
NO_PROVINCE = re.compile(r"\W*(?:CN|CHN|P\.?R\.?C\.?|(?:P\.?R\.? ?)?China|N/?A|None|Unknown|-)?\W*", re.IGNORECASE)


def read_file(body: bytes) -> dict[str, Any]:
    """The charges that lie in the zip beside the refusals: number -> text."""
    rows = each_record(body, CHARGES)
    return {"charges": {row.get("ASC_ID", "").strip(): one_line(row.get("CHRG_STMNT_TEXT", "")) for row in rows}}


def prepare(record: Record) -> Record:
    """The row with its key, its charges in words, the industry of its product code, and a title."""
    told: dict[str, str] = record["file"]["charges"]
    numbers = [number.strip() for number in _said(record, "REFUSAL_CHARGES").split(",") if number.strip()]
    product = one_line(_said(record, "PRDCT_CODE_DESC_TEXT")) or _said(record, "PRODUCT_CODE")
    whole = all(_said(record, name) for name in KEY if name != "LINE_SFX_ID")  # most rows have no suffix
    return {
        **record,
        "key": "|".join(_said(record, name) for name in KEY) if whole else "",
        "title": f"Import refusal: {product}" if product else "",
        "product": product,
        "industry": _said(record, "PRODUCT_CODE")[:2],
        "charges": [told.get(number, f"FDA charge {number}") for number in numbers],
        "site": SITE,
    }


def finish(item: NoticeItem, record: Record) -> NoticeItem:
    """The refusal's item; province and city are free text."""
    local = is_guangdong(_said(record, "PROVINCE_STATE"), _said(record, "CITY_NAME"))
    return replace(item, origins=(*item.origins, CODE)) if local else item


def is_guangdong(province: str, city: str) -> bool:
    """By the province, however written; by the city only where no province is named: Dalian has a Zhongshan, too."""
    if GUANGDONG_CODE.fullmatch(province) or names_guangdong(province):
        return True
    return bool(NO_PROVINCE.fullmatch(province)) and names_guangdong(city)


def _said(record: Record, name: str) -> str:
    return str(record.get(name) or "").strip()
