"""The commonest words that stand where a date should: in Chinese, always beside the original. Pure."""

from __future__ import annotations

import re

_FIXED = {
    "to be determined": "待定",
    "to be decided": "待定",
    "to be advised": "待定",
    "to be confirmed": "待定",
    "to be announced": "待定",
    "tbd": "待定",
    "not determined": "待定",
    "not yet determined": "待定",
    "por determinar": "待定",
    "por definir": "待定",
    "à déterminer": "待定",
    "not stated": "原文未说明",
    "not specified": "原文未说明",
    "not applicable": "不适用",
}
_EVENTS = {"publication": "公布", "adoption": "通过", "entry into force": "生效", "notification": "通报"}
_UNITS = {"day": "天", "week": "周", "month": "个月", "year": "年"}
_EVENT = rf"(?:the )?(?:date of )?(?:its |the )?(?:official )?({'|'.join(_EVENTS)})"
_ON = re.compile(rf"(?:on|upon|from) {_EVENT}")
_AFTER = re.compile(rf"(?:\w+ \()?(\d+)\)? ({'|'.join(_UNITS)})s? (?:after|from|following) {_EVENT}(?P<rest>.*)")


def date_words_zh(words: str) -> str:
    """`6 months after publication` -> 公布后6个月; "" for words that are not among the common ones."""
    said = " ".join(words.casefold().split()).strip(" .")
    if said in _FIXED:
        return _FIXED[said]
    if found := _ON.fullmatch(said):
        return f"{_EVENTS[found[1]]}之日"
    if (found := _AFTER.fullmatch(said)) and len(found["rest"]) < 40:
        return f"{_EVENTS[found[3]]}后{found[1]}{_UNITS[found[2]]}"
    return ""
