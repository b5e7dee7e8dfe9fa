"""What the learned voice learns from: the seed corpus, the names of codes and industries, the words of the rules."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.codes import CodeIndex, Scheme
from classifier.contract import Mapping, NoticeText, Rule
from classifier.voices import code_index
from settings import DATA

# What one text of each origin weighs in fitting: a heading or a word is no notice, an officer's decision is the truth.
WEIGHTS = {"decision": 3.0, "seed": 1.0, "codes": 0.5, "category": 0.5, "name": 1.0, "heading": 0.2, "word": 0.3}
LITTLE = ("name", "heading", "word")
WORDS_TOGETHER = 5  # words of one little text: a fifth of the texts, and as much learned
MOST_INDUSTRIES_OF_A_HEADING = 3  # a heading that means more means none of them


@dataclass(frozen=True, slots=True)
class Example:
    """A text with the industries it is about (none is an answer, too), and what it weighs."""

    notice: NoticeText
    industries: frozenset[str]
    origin: str  # a key of WEIGHTS
    weight: float = 1.0
    family: str = ""  # examples of one family stay together when a part is held out
    date: str = ""  # ISO, "" unknown

    @property
    def is_notice(self) -> bool:
        """Whether it is a whole notice, rather than a word or a heading."""
        return self.origin not in LITTLE


def rule_examples(mapping: Mapping) -> list[Example]:
    """The words of the mapping's rules as little texts: an umbrella by itself, words of one industry a few together."""
    groups: dict[tuple[str, str], list[Rule]] = {}
    umbrellas: dict[tuple[str, str], set[str]] = {}
    for rule in mapping.rules:
        if rule.kind == "word":
            groups.setdefault((rule.industry, rule.lang), []).append(rule)
        elif rule.kind == "umbrella":
            umbrellas.setdefault((rule.value, rule.lang), set()).add(rule.industry)
    words = [
        _little(
            "; ".join(rule.value for rule in few), lang, {industry}, "word", sum(rule.weight for rule in few) ** 0.5
        )
        for (industry, lang), rules in sorted(groups.items())
        for few in batched(sorted(rules, key=lambda rule: rule.value), WORDS_TOGETHER)
    ]
    together = [
        _little(value, lang, industries, "word", len(industries))
        for (value, lang), industries in sorted(umbrellas.items())
    ]
    return words + together


def heading_examples(mapping: Mapping, folder: Path = DATA) -> list[Example]:
    """The names of HS, ICS and GB/T 4754 codes that lie under an industry's own, and of the industries."""
    index = code_index(mapping)
    found = [
        *_under(index, "hs", _rows(folder / "nomenclature/hs2022_en.csv", "hscode", "description"), "en"),
        *_under(index, "ics", _rows(folder / "nomenclature/ics7_en.csv", "code", "title"), "en"),
    ]
    for lang in ("zh", "es", "fr"):
        found += _under(index, "hs", _rows(folder / f"hs_names_{lang}.csv", "code", f"name_{lang}"), lang)
        found += _under(index, "ics", _rows(folder / "ics_names.csv", "code", f"name_{lang}"), lang)
    industries = _table(folder / "industries.csv")
    found += _under_gbt(industries, _rows(folder / "nomenclature/gbt4754_2017_zh.csv", "code", "name_zh"))
    known = set(mapping.industries)
    for row in industries:
        if row["id"] in known:
            found += [_little(row[f"name_{lang}"], lang, {row["id"]}, "name") for lang in ("zh", "en")]
    return found


def fingerprint_of(examples: Iterable[Example]) -> str:
    """sha256 over what is learned from, in any order."""
    lines = sorted(
        json.dumps([*_texts(each.notice), sorted(each.industries), each.weight], ensure_ascii=False)
        for each in examples
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _texts(notice: NoticeText) -> tuple[str, str, str]:
    return notice.title, notice.products, notice.description


def _little(text: str, lang: str, industries: set[str], origin: str, weight: float = 1.0) -> Example:
    return Example(
        NoticeText("", title=text, lang=lang), frozenset(industries), origin, WEIGHTS[origin] * weight / len(industries)
    )


def _under(index: CodeIndex, scheme: Scheme, names: Sequence[tuple[str, str]], lang: str) -> list[Example]:
    found = []
    for code, name in names:
        industries = {hit.industry for hit in index.hits(scheme, [code]) if hit.covered}
        if 0 < len(industries) <= MOST_INDUSTRIES_OF_A_HEADING and (scheme != "hs" or len(code) >= 4):
            found.append(_little(name, lang, industries, "heading"))
    return found


def _under_gbt(industries: Sequence[dict[str, str]], names: Sequence[tuple[str, str]]) -> list[Example]:
    """GB/T 4754 classes by their longest prefix; what they make, without the word for making."""
    prefixes = [(prefix, row["id"]) for row in industries for prefix in row["gb4754"].split(";") if prefix]
    found = []
    for code, name in names:
        longest = max((len(prefix) for prefix, _ in prefixes if code.startswith(prefix)), default=0)
        met = {slug for prefix, slug in prefixes if longest and len(prefix) == longest and code.startswith(prefix)}
        if 0 < len(met) <= MOST_INDUSTRIES_OF_A_HEADING:
            found.append(_little(name.replace("制造", "").replace("加工", ""), "zh", met, "heading"))
    return found


def _rows(path: Path, code: str, name: str) -> list[tuple[str, str]]:
    return [(row[code], row[name]) for row in _table(path)]


def batched(rules: Sequence[Rule], size: int) -> list[Sequence[Rule]]:
    """The rules, so many at a time."""
    return [rules[start : start + size] for start in range(0, len(rules), size)]


def _table(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
