"""Doubts about a whole notice: aimed at other origins only, or at all goods without naming any."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from classifier.text import FieldText, fold, matches_at

Kind = Literal["other_origin", "horizontal"]

_IMPORTING = re.compile(
    r"\b(?:import|transit|quarantine|introduc|entry|phytosanit|zoosanit|veterinar|suspen|prohibit|ban\b|restrict"
    r"|movement|consignment|shipment|detention|refus|certificat|outbreak|radioactiv|circumvent"
    r"|importaci|cuarenten|fitosanit|suspensi|sanitari|quarantaine|interdi[ct])|进口|检疫|输入|暂停|禁止"
)
_CAPITALISED = r"[A-ZÀ-Þ][\w'’.-]+"
_NAME = (
    rf"(?P<name>(?:la |el |los |le |les |l'|d')?{_CAPITALISED}"
    rf"(?:[ ,]+(?:of|and|the|de|del|du|des|y|et|la|{_CAPITALISED})){{0,7}})"
)
_SOME_OF = (
    r"(?:(?:\w+ ){0,3}(?:departments?|provinces?|regions?|prefectures?|states?|parts?|areas?|zones?|growers?|farms?"
)
_FROM_EN = re.compile(
    rf"\b(?:from|originating (?:in|from)|produced in|grown in|harvested in)\s+(?:the\s+)?{_SOME_OF}|establishments?)"
    r"\s+(?:of|in)\s+)?(?:the\s+)?" + _NAME
)
_SURE_EN = re.compile(r"^(?:originating|produced|grown|harvested)")
_OF_ORIGIN = re.compile(r"\b(?P<name>[A-Z][\w'’]+(?: [A-Z]\w+)?)[ -](?:origin|grown)\b")
_FROM_ROMANCE = re.compile(
    r"\b(?:(?:procedentes?|originari[oa]s?|provenientes?|importad[oa]s?) de|desde|aplicadas? sobre"
    r"|en provenance d[eu']|originaires? d[eu'])\s*" + _NAME
)
_FROM_ZH = re.compile(
    r"(?:来自|产自|原产于?|原产地为|从|对|进口|输入|禁止|暂停|限制|解除|恢复|准许|允许)(?=(?P<name>[\u4e00-\u9fff]{2,12}))"
)
_SURE_ZH = re.compile(r"^(?:来自|产自|原产)")
_NO_CLAIM = re.compile(r"^(?:来自|从)[^，。；;,]{0,12}(?:消息|报道|通报|网站)")
_LEAST_SHARED = 4  # letters that an adjective shares with its country: Russian, Thai, Brazilian
_STATE = re.compile(r"^(?:\w+ )?(?:republic|kingdom|state|states|federation|commonwealth) of (?:the )?")
_HERE = re.compile(r"\bchin(?:a|ese|e|os?|as?|ois|oise)\b(?![ -]taipei)|中国(?!台湾|台北)|国产|我国")
_ANYONE = re.compile(
    r"\b(?:(?:all|any|third|other|exporting) (?:exporting |trading |foreign )?(?:countr(?:y|ies)|origins?|partners)"
    r"|worldwide|terceros pa[íi]ses|todos los pa[íi]ses|cualquier (?:origen|pa[íi]s)|todo origen"
    r"|pays tiers|tous les pays|toute origine)\b"
    r"|所有国家|各国|第三国|任何国家|所有贸易伙伴"
)
_ALL_GOODS = re.compile(
    r"^\W*(?:all (?:products|goods|commodities|services|regulated products)"
    r"|(?:various|multiple|several) (?:products|goods|commodities)|none|n/?a|not applicable"
    r"|todos los productos|productos varios|tous (?:les )?produits|所有产品|全部产品|各类产品|不适用|无)(?![a-z])"
)
_OTHER_NAMES = {
    "russia": "RUS",
    "turkey": "TUR",
    "vietnam": "VNM",
    "britain": "GBR",
    "england": "GBR",
    "scotland": "GBR",
    "great britain": "GBR",
    "usa": "USA",
    "america": "USA",
    "south korea": "KOR",
    "chinese taipei": "TPKM",
    "czech": "CZE",
    "czech republic": "CZE",
    "holland": "NLD",
    "ivory coast": "CIV",
    "united states": "USA",
    "uae": "ARE",
}
_NEVER_PLACES = frozenset(
    """enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre janvier mars avril
    mai juin juillet septembre octobre decembre anexo articulo annexe article resolucion decreto union""".split()
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A doubt of one kind and the words that raised it, as [start, end) of a field."""

    kind: Kind
    field: str
    start: int
    end: int


def doubts_of(fields: Sequence[FieldText], places: Mapping[str, str]) -> tuple[Doubt, ...]:
    """The doubts that the texts raise, at most one a kind. `places`: folded names of countries and regions."""
    found = (_other_origin(fields, places), _all_goods(fields))
    return tuple(doubt for doubt in found if doubt is not None)


def _other_origin(fields: Sequence[FieldText], places: Mapping[str, str]) -> Doubt | None:
    """The first named origin, when imports are meant and neither China nor everyone is.

    Words such as "originating in" need no word of importing.
    """
    found = [(part, pattern, each) for part in fields for pattern, each in _claims_in(part)]
    if not found:
        return None
    lowered = " ".join([part.lowered for part in fields])
    importing = _IMPORTING.search(lowered) is not None
    for part, pattern, each in found:
        if (importing or _needs_no_cue(each, pattern)) and _is_origin(each, pattern, places):
            if _HERE.search(lowered) or _ANYONE.search(lowered):
                return None
            return Doubt("other_origin", part.name, each.start(), each.end())
    return None


# A pattern is asked only where a word of it stands: looking words up is many times quicker.
_FROM_WORDS = frozenset("from originating produced grown harvested".split())
_ORIGIN_WORDS = frozenset("origin grown".split())
_ROMANCE_WORDS = frozenset(
    """procedente procedentes originario originaria originarios originarias proveniente provenientes importado importada
    importados importadas desde aplicada aplicadas provenance originaire originaires""".split()
)
_ANY_WORD = _FROM_WORDS | _ORIGIN_WORDS | _ROMANCE_WORDS


def _claims_in(part: FieldText) -> list[tuple[re.Pattern[str], re.Match[str]]]:
    """What may name an origin: (pattern, what it found), pattern by pattern."""
    found: list[tuple[re.Pattern[str], re.Match[str]]] = []
    if met := _ANY_WORD.intersection(part.words):
        if met & _FROM_WORDS:
            found += [(_FROM_EN, each) for each in matches_at(_FROM_EN, part.text, part, _FROM_WORDS)]
        for pattern, words in ((_OF_ORIGIN, _ORIGIN_WORDS), (_FROM_ROMANCE, _ROMANCE_WORDS)):
            if met & words:
                found += [(pattern, each) for each in pattern.finditer(part.text)]
    if part.runs:
        found += [(_FROM_ZH, each) for each in _FROM_ZH.finditer(part.text)]
    return found


def _needs_no_cue(found: re.Match[str], pattern: re.Pattern[str]) -> bool:
    if pattern in (_OF_ORIGIN, _FROM_ROMANCE):
        return True
    if pattern is _FROM_ZH:
        return _SURE_ZH.match(found.group()) is not None
    return _SURE_EN.match(found.group()) is not None


def _is_origin(found: re.Match[str], pattern: re.Pattern[str], places: Mapping[str, str]) -> bool:
    """Whether the name found is a country's, or ("Thai-origin") an adjective made of one."""
    if pattern is _FROM_ZH:
        return _begins_with_chinese(found["name"], places) and not _NO_CLAIM.match(found.group())
    if _is_place(found["name"], places, sure=pattern is _FROM_ROMANCE):
        return True
    word = fold(found["name"])
    return pattern is _OF_ORIGIN and any(
        place.isascii() and place[:_LEAST_SHARED] == word[:_LEAST_SHARED]
        for place in places
        if len(word) >= _LEAST_SHARED
    )


def _is_place(name: str, places: Mapping[str, str], *, sure: bool) -> bool:
    """Whether a name is a country's. After "procedentes de" any capitalised name is: ours are English and Chinese."""
    plain = _STATE.sub("", re.sub(r"^(?:l'|d')", "", fold(name)).strip())
    words = re.findall(r"[\w'-]+", plain)
    if sure:
        return bool(words) and words[0] not in _NEVER_PLACES
    if not name.isascii() and _begins_with_chinese(name, places):
        return True
    starts = {" ".join(words[:size]) for size in range(1, 6)}
    return any(start in places or start in _OTHER_NAMES for start in starts)


def _begins_with_chinese(name: str, places: Mapping[str, str]) -> bool:
    starts = [name[:size] for size in range(1, len(name) + 1)]
    return any(start in places and not start.isascii() for start in starts)


def _all_goods(fields: Sequence[FieldText]) -> Doubt | None:
    for part in fields:
        if part.name == "products" and (found := _ALL_GOODS.search(part.lowered)):
            return Doubt("horizontal", part.name, found.start(), found.end())
    return None
