"""SafetyKorea's recalls: places and categories as paths, dashes for nothing, Guangdong's names in Korean."""

from __future__ import annotations

import re
from dataclasses import replace

from crawlers.declarations import declared_source
from crawlers.formats import Record
from crawlers.guangdong import CODE, with_guangdong
from crawlers.items import NoticeItem

LABELLED = "kr_safetykorea_recalls"
READ = frozenset({"makingCntryName", "makerCntryName", "categoryName", "certNum", "makerName"})
WIDE = {
    "전기",
    "전기용품",
    "생활용품",
    "어린이",
    "어린이제품",
}  # groups of the law; in a product's name mere adjectives
NOTHING = {"-", "없음", "해당없음", "회사정보없음", "정보없음"}
# Cities as Korean writes them: data/regions.csv has Chinese and English names only.
GUANGDONG = "광둥 광동 선전시 심천 광저우 둥관 동관 포산 중산시 산터우 주하이 후이저우 장먼".split()


def prepare(record: Record) -> Record:
    """The record with `origin`, `maker_country`, `kinds` and `certificates`, and without words for nothing."""
    said = {name: None if str(value).strip() in NOTHING else value for name, value in record.items()}
    steps = [
        *parts(said.get("categoryName")),
        *(one for one in parts(said.get("recallProductName")) if one not in WIDE),
    ]
    category = declared_source(LABELLED).category
    numbers = str(said.get("certNum") or "").split(",")
    return {
        **said,
        "origin": last_step(record.get("makingCntryName")),
        "maker_country": last_step(said.get("makerCntryName")),
        "kinds": list(dict.fromkeys(step for step in steps if category and step in category.labels)),
        "certificates": [f"KC {number.strip()}" for number in numbers if number.strip(" -")],
    }


def parts(text: object) -> list[str]:
    """'어린이>완구' and '봉제인형(곰)' as their words."""
    return [word for word in re.split(r"[>()\s,]+", str(text or "")) if word]


def last_step(path: object) -> str:
    """'국외>아시아지역>중국' as 중국."""
    return str(path or "").rsplit(">", 1)[-1].strip()


def finish(item: NoticeItem, record: Record) -> NoticeItem:
    """The recall's item, with Guangdong beside China where the maker or the words name a city there."""
    told = f"{record.get('makerName') or ''} {record.get('makingCntryName') or ''} {item.description}"
    origins = with_guangdong(item.origins, told)
    if "CHN" in origins and CODE not in origins and any(name in told for name in GUANGDONG):
        origins = (*origins, CODE)
    return replace(item, origins=origins)
