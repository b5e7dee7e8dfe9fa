"""Markets in everyday words: groups (中东, 东盟), shops (亚马逊美国站) and how firms write them. Pure.

A group is expanded to the wto_symbols of its members when somebody signs up, so that matching stays by symbol. What
belongs together by law (the EU and its members) is `alerts.markets.related_markets`.
"""

from __future__ import annotations

import csv
import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from settings import DATA

_BETWEEN = re.compile(r"[、，,；;/／|\n\r\t]+|\s+and\s+|\s*&\s*", re.IGNORECASE)
_JOINING = ("以及", "还有", "和", "与", "及", "跟", "或")
_AROUND = re.compile(
    r"^(主要|出口到|出口|销往|卖到|卖往|卖给|我们|面向|在|到|等)+|(等地区|等国家|等国|等地|市场|各国|国家|地区|等)+$"
)
ALL = frozenset(
    {"全球", "全世界", "世界各国", "世界各地", "所有国家", "所有市场", "全部", "不限", "各国", "都有", "all"}
)


@dataclass(frozen=True, slots=True)
class Understood:
    """What was said of one market: the words, what they are called here, the wto_symbols they stand for."""

    said: str
    name: str
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Markets:
    """A whole answer to 卖到哪里: what was understood, and the words that were not, each with near names to ask with.

    No market at all means all of them; with `unknown` words nothing may be saved.
    """

    understood: tuple[Understood, ...] = ()
    unknown: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def symbols(self) -> tuple[str, ...]:
        """The wto_symbols, sorted, each once."""
        return tuple(sorted({symbol for each in self.understood for symbol in each.symbols}))


Vocabulary = Mapping[str, tuple[str, tuple[str, ...]]]  # folded word -> (its name, wto_symbols)


def vocabulary(rows: Iterable[tuple[str, str, Iterable[str], Iterable[str]]]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """All words for markets, from (wto_symbol, name_zh, its other names, marks of its groups) of each country.

    A country's own names go before those of data/market_groups.csv.
    """
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    marked: dict[str, list[str]] = {}
    for symbol, name, others, marks in rows:
        for word in (name, name.removeprefix("中国"), symbol, *others):  # firms write it shorter than we do
            found.setdefault(_folded(word), (name, (symbol,)))
        for mark in marks:
            marked.setdefault(mark, []).append(symbol)
    known = {symbol for _, symbols in found.values() for symbol in symbols}
    for group in group_rows():
        members = [each for part in group["members"].split(";") for each in _members(part, marked)]
        held = tuple(dict.fromkeys(symbol for symbol in members if symbol in known))
        for word in (group["name_zh"], *group["also"].split(";")):
            found.setdefault(_folded(word), (group["name_zh"], held))
    found.pop("", None)
    return found


def understand(text: str, words: Vocabulary) -> Markets:
    """The markets in what a firm wrote: 德国、美国和中东. Raises nothing: what is not known is asked about."""
    understood: dict[str, Understood] = {}
    unknown: dict[str, tuple[str, ...]] = {}
    for piece in _pieces(text, words):
        if _folded(piece) in ALL or not piece:
            continue
        found = words.get(_folded(piece))
        if found:
            understood.setdefault(found[0], Understood(piece, *found))
        else:
            unknown.setdefault(piece, near_names(piece, words))
    return Markets(tuple(understood.values()), tuple(unknown.items()))


def near_names(word: str, words: Vocabulary, most: int = 3) -> tuple[str, ...]:
    """Names of markets that look like an unknown word, the nearest first."""
    near = difflib.get_close_matches(_folded(word), words, n=2 * most, cutoff=0.5)
    return tuple(dict.fromkeys(words[each][0] for each in near))[:most]


@cache
def group_rows() -> tuple[dict[str, str], ...]:
    """The lines of data/market_groups.csv."""
    with (DATA / "market_groups.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def _members(part: str, marked: Mapping[str, Sequence[str]]) -> Sequence[str]:
    return marked.get(part[1:], ()) if part.startswith("@") else (part,)


def _pieces(text: str, words: Vocabulary) -> list[str]:
    return [piece for part in _BETWEEN.split(text) for piece in _named(part.strip(), words)]


def _named(part: str, words: Vocabulary) -> list[str]:
    """A part as the names in it: as it stands, without what stands around a name, cut at 和, or names in a row."""
    bare = _AROUND.sub("", part.strip(" 。.：:（）()")).strip()
    for form in (part, bare):
        if not form or _folded(form) in words or _folded(form) in ALL:
            return [form]
    if row := _in_a_row(bare, words):
        return row
    for joint in _JOINING:
        left, found, right = bare.partition(joint)
        if found and left and right:
            return [*_named(left, words), *_named(right, words)]
    return _spaced(bare, words) if " " in bare else [bare]


def _spaced(part: str, words: Vocabulary) -> list[str]:
    return [name for each in part.split() for name in _named(each, words)]


def _in_a_row(part: str, words: Vocabulary) -> list[str]:
    """德国美国和日本 as three names, the longest first; [] unless names, and words that join them, fill the part.

    Names may hold such a word themselves: 安提瓜和巴布达.
    """
    names: list[str] = []
    at = 0
    while at < len(part):
        if names and (joint := next((each for each in _JOINING if part.startswith(each, at)), "")):
            at += len(joint)
            continue
        size = next((n for n in range(min(12, len(part) - at), 1, -1) if _folded(part[at : at + n]) in words), 0)
        if not size or part[at : at + size].isascii():  # DEUSA is no list of codes
            return []
        names.append(part[at : at + size].strip())
        at += size
    return names


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
