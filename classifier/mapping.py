"""Building a Mapping: from the rows of a mapping version, or from the reference files."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.contract import Kind, Mapping, Rule, Threshold
from classifier.text import fold
from settings import DATA, TbtwatchError

if TYPE_CHECKING:
    from sqlmodel import Session

    from store.mapping import MappingVersion

KINDS: dict[str, Kind] = {"hs": "hs", "ics": "ics", "word": "word", "exclusion": "exclusion"}


class BadMappingFile(TbtwatchError):
    """Raised when a reference file is missing, lacks a column or holds an unknown kind of rule."""


class NoMapping(TbtwatchError):
    """Raised when the store has no published mapping version yet."""


class MappingCache:
    """The published mapping of one store, built again when another version is in force; each owner has its own."""

    def __init__(self) -> None:
        self._mapping: Mapping | None = None

    def current(self, session: Session) -> Mapping:
        """The mapping in force; raises NoMapping."""
        from store.mapping import published_mapping

        version = published_mapping(session)
        if version is None:
            raise NoMapping("no mapping is published: run `tbtwatch data load`")
        if self._mapping is None or self._mapping.number != version.number:
            self._mapping = mapping_from_version(session, version)
        return self._mapping


def mapping_from_version(session: Session, version: MappingVersion) -> Mapping:
    """The rules, thresholds and industries of `version`; headings and places from the files and the store."""
    from sqlalchemy import select

    from store.country import Country
    from store.industry import Industry
    from store.mapping import IndustryThreshold, MappingRule

    countries, industries, limits, rows = (_table(each) for each in (Country, Industry, IndustryThreshold, MappingRule))
    slugs: dict[int, str] = dict(session.execute(select(industries.id, industries.slug)).tuples().all())
    found = session.execute(
        select(rows.kind, rows.lang, rows.value, rows.industry_id, rows.weight, rows.author)
        .where(rows.version_id == version.id).order_by(rows.kind, rows.lang, rows.value, rows.industry_id)
    )
    rules = tuple(
        Rule(rule_id(kind, lang, value, slugs[key]), KINDS[kind], value, slugs[key], lang, weight, author)
        for kind, lang, value, key, weight, author in found
    )
    bounds = session.execute(
        select(limits.industry_id, limits.accepted, limits.flagged).where(limits.version_id == version.id)
    )
    thresholds = {slugs[key]: Threshold(accepted, flagged) for key, accepted, flagged in bounds}
    names = session.execute(select(countries.name_en, countries.name_zh, countries.wto_symbol)).all()
    places = places_of((name, symbol) for english, chinese, symbol in names for name in (english, chinese))
    mark = fingerprint_of(rules, thresholds)
    return Mapping(version.number, mark, tuple(sorted(slugs.values())), rules, thresholds, read_headings(), places)


def _table(rows: type[Any]) -> Any:
    """A table class without its instance types: columns of selects are not the values of rows."""
    return rows


def mapping_from_files(folder: Path = DATA) -> Mapping:
    """The mapping that industries.csv, industry_words.csv and thresholds.csv of `folder` describe, as version 0.

    Raises BadMappingFile naming the file and line.
    """
    industries = _rows(folder / "industries.csv")
    rules = (*_code_rules(industries), *_word_rules(folder / "industry_words.csv"))
    thresholds = {
        row["industry_id"]: Threshold(float(row["accepted"]), float(row["flagged"]))
        for row in _rows(folder / "thresholds.csv")
    }
    rows = _rows(folder / "countries.csv")
    places = places_of((row[column], row["wto_symbol"]) for row in rows for column in ("name_en", "name_zh"))
    slugs = tuple(sorted(row["id"] for row in industries))
    return Mapping(0, fingerprint_of(rules, thresholds), slugs, rules, thresholds, read_headings(folder), places)


def rule_id(kind: str, lang: str, value: str, industry: str) -> str:
    """What a rule is called in evidence: the same words for the same rule in every version."""
    return f"{kind}:{lang}:{value}>{industry}" if lang else f"{kind}:{value}>{industry}"


def fingerprint_of(rules: Iterable[Rule], thresholds: dict[str, Threshold]) -> str:
    """sha256 over everything that decides, in an order of its own: the same rules give the same fingerprint."""
    content = [
        sorted([rule.kind, rule.lang, rule.value, rule.industry, rule.weight] for rule in rules),
        sorted([name, limit.accepted, limit.flagged] for name, limit in thresholds.items()),
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def read_headings(folder: Path = DATA) -> dict[str, str]:
    """`hs:950300` and `ics:97.200.50` -> what the nomenclature calls them."""
    codes = folder / "nomenclature"
    hs = {f"hs:{row['hscode']}": row["description"] for row in _rows(codes / "hs2022_en.csv")}
    return hs | {f"ics:{row['code']}": row["title"] for row in _rows(codes / "ics7_en.csv")}


def places_of(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Folded names, whole and up to a comma ("Korea, Republic of"), without China itself -> WTO symbol."""
    pairs = [(fold(name), symbol) for name, symbol in names if name and symbol != "CHN"]
    return {short: symbol for name, symbol in pairs for short in (name.partition(",")[0], name)}


def _code_rules(industries: Iterable[dict[str, str]]) -> list[Rule]:
    kinds: Sequence[Kind] = ("hs", "ics")
    return [
        Rule(rule_id(kind, "", code, row["id"]), kind, code, row["id"])
        for row in industries
        for kind in kinds
        for code in filter(None, row[kind].split(";"))
    ]


def _word_rules(path: Path) -> list[Rule]:
    rules = []
    for line, row in enumerate(_rows(path), start=2):
        kind = KINDS.get(row["kind"])
        if kind not in ("word", "exclusion"):
            raise BadMappingFile(f"{path.name}:{line}: kind '{row['kind']}' is neither word nor exclusion: mend it")
        lang, value, industry = row["lang"], row["text"].strip(), row["industry_id"]
        weight = float(row.get("weight") or 1.0)
        rules.append(Rule(rule_id(kind, lang, value, industry), kind, value, industry, lang, weight))
    return rules


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise BadMappingFile(f"cannot read {path.name}: {error.strerror}; data/ is part of the checkout") from None
