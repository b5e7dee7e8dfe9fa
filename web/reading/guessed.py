"""From what a firm makes, in its own words, to industries for a tick, each with the words that speak for it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from classifier.classify import suggest
from classifier.contract import Mapping, NoticeText
from store.industry import Industry
from web.reading.industries import sectors

MOST_GUESSED = 8
CROSSING = frozenset({"food-contact-materials", "radio-iot-security", "packaging"})  # they cut across: data/README.md
_SURE = 0.8  # the weight of a word that says enough when it is a firm's own
_BETWEEN = re.compile(r"[、，,；;/\n\r]+|\s{1,}|以及|还有|和|与|及")
_AROUND = re.compile(
    r"^(我们|本厂|我厂|公司|主要|专业|专门|做|生产|制造|加工|出口|销售|各种|各类|的)+|(等产品|等等|产品|等|的|类)+$"
)


@dataclass(frozen=True)
class Guessed:
    """An industry that may be meant: why (words of the firm or of our list), and whether it is ticked at first."""

    industry: Industry
    why: tuple[str, ...]
    ticked: bool


def guess(session: Session, mapping: Mapping, said: str) -> tuple[list[Guessed], list[str]]:
    """(industries for a tick, the likeliest first; pieces of what was said that met nothing: product words)."""
    industries = {one.slug: one for sector in sectors(session) for one in sector.industries}
    pieces = pieces_of(said)
    direct = _direct(mapping, list(industries.values()), said, pieces)
    scored = suggest([NoticeText(0, title="、".join(pieces), lang="zh")], mapping)[0] if pieces else []
    whole = {word for words, _ in direct.values() for word in words}
    found: dict[str, tuple[set[str], bool]] = {
        slug: (set(words), sure and (slug in CROSSING or not _only_within(words, whole)))
        for slug, (words, sure) in direct.items()
    }
    for one in scored:
        words, sure = found.get(one.industry, (set(), False))
        words |= {word for evidence in one.evidence for word in evidence.words if word in said}
        longest = one.industry in CROSSING or not words or not _only_within(words, whole)
        found[one.industry] = (words, sure or (one.state == "accepted" and longest))
    order = {one.industry: place for place, one in enumerate(scored)}
    ranked = sorted(found.items(), key=lambda each: (not each[1][1], order.get(each[0], 99), each[0]))
    rows = [
        Guessed(industries[slug], tuple(sorted(words, key=len, reverse=True))[:4], sure)
        for slug, (words, sure) in ranked
        if slug in industries
    ][:MOST_GUESSED]
    met = {word for row in rows for word in row.why}
    return rows, [piece for piece in pieces if not any(word in piece or piece in word for word in met)]


def pieces_of(said: str) -> list[str]:
    """积木、遥控车和毛绒玩具等 as its names."""
    parts = (_AROUND.sub("", part.strip(" 。.：:（）()")) for part in _BETWEEN.split(said))
    return list(dict.fromkeys(part for part in parts if 2 <= len(part) <= 40))


def _only_within(words: Collection[str], others: Collection[str]) -> bool:
    """Whether each of the words is a part of a longer one: 不锈钢 in 不锈钢保温杯 is no steel mill's."""
    return all(any(word != other and word in other for other in others) for word in words)


def _direct(
    mapping: Mapping, industries: Sequence[Industry], said: str, pieces: Sequence[str]
) -> dict[str, tuple[set[str], bool]]:
    """slug -> (words, whether they are enough): our list's Chinese words in what was said, and names of industries."""
    found: dict[str, tuple[set[str], bool]] = {}

    def add(slug: str, word: str, sure: bool) -> None:
        words, before = found.get(slug, (set(), False))
        found[slug] = (words | {word}, before or sure)

    for rule in mapping.rules:
        if rule.kind == "word" and rule.lang == "zh" and len(rule.value) > 1 and rule.value in said:
            add(rule.industry, rule.value, rule.weight >= _SURE)
    for one in industries:
        for piece in pieces:
            if piece in one.name_zh or one.name_zh in piece:
                add(one.slug, piece, True)
    return found
