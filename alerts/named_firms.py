"""Local firms that a foreign recall or refusal names: kept from the public, shown to the firm's own bureau alone. Pure.

The name stands in `attributes`, which no public page, mail, CAP message or search reads. What a source prints in its
title or description is published as the source printed it: there a name cannot be told from other words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alerts.incidents import KINDS

GUANGDONG = "CN-GD"
PROVINCE = "440000"
_NAMES = ("firm", "maker", "foreign_maker", "supplier", "manufacturer", "business")
_WHERE = ("city", "firm_city", "maker_city", "address", "province")
_TIER_WORDS = re.compile(r"\s+(city|district|county|town|province|autonomous county).*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NamedFirm:
    """The name as the source writes it, and the code of the place whose bureau may see it."""

    name: str
    place: str


def named_firm(
    kind: str, origins: Sequence[str], attributes: Mapping[str, object], places: Iterable[tuple[str, str, str]]
) -> NamedFirm | None:
    """The Guangdong firm that a recall or border notice names; None when it names none.

    `places`: (code, English name, Chinese name) of Guangdong's divisions. The place is the narrowest that the source's
    own city or address names, else the province.
    """
    if kind not in KINDS or GUANGDONG not in origins:
        return None
    name = _first(attributes, _NAMES)
    if not name:
        return None
    text = " ".join(_said(attributes, field) for field in _WHERE).casefold()
    found = [code for code, english, chinese in places if _stands_in(english, chinese, text)]
    return NamedFirm(name, max((code for code in found if code != PROVINCE), key=_narrowness, default=PROVINCE))


def _narrowness(code: str) -> tuple[int, bool]:
    return len(code), not code.endswith("00")


def _stands_in(english: str, chinese: str, text: str) -> bool:
    short = _TIER_WORDS.sub("", english).casefold()
    return bool(short and re.search(rf"\b{re.escape(short)}\b", text)) or bool(chinese and chinese in text)


def _first(attributes: Mapping[str, object], fields: Sequence[str]) -> str:
    return next((said for field in fields if (said := _said(attributes, field))), "")


def _said(attributes: Mapping[str, object], field: str) -> str:
    value = attributes.get(field)
    return "、".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value or "").strip()
