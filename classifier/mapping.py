"""Building a Mapping: from the rows of a mapping version, or from the reference files."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.contract import Kind, Mapping, Rule, Threshold
from classifier.text import fold
from settings import DATA, TbtwatchError

if TYPE_CHECKING:
    from sqlmodel import Session

    from store.mapping import MappingVersion

KINDS: dict[str, Kind] = {"hs": "hs", "ics": "ics", "word": "word", "umbrella": "umbrella", "exclusion": "exclusion"}


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
    slugs: dict[int, str] = {key: slug for key, slug in session.execute(select(industries.id, industries.slug))}  # noqa: C416
    found = session.execute(
        select(rows.kind, rows.lang, rows.value, rows.industry_id, rows.weight, rows.author)
        .where(rows.version_id == version.id)
        .order_by(rows.kind, rows.lang, rows.value, rows.industry_id)
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
    """The mapping that the reference files of `folder` describe, as version 0; raises BadReference naming each cell."""
    from store.reference import BadReference, read_reference

    reference = read_reference(folder)
    if reference.problems:
        raise BadReference(reference.problems)
    weights = {(row.industry_id, row.kind, row.value): row.weight for row in reference.code_weights}
    rules = [
        Rule(rule_id(kind, "", code, row.id), kind, code, row.id, weight=weights.get((row.id, kind, code), 1.0))
        for row in reference.industries
        for kind, codes in ((KINDS["hs"], row.hs), (KINDS["ics"], row.ics))
        for code in codes
    ]
    rules += [
        Rule(
            rule_id(row.kind, row.lang, row.text, row.industry_id),
            KINDS[row.kind],
            row.text,
            row.industry_id,
            row.lang,
            row.weight,
        )
        for row in reference.words
    ]
    thresholds = {row.industry_id: Threshold(row.accepted, row.flagged) for row in reference.thresholds}
    places = places_of((name, row.wto_symbol) for row in reference.countries for name in (row.name_en, row.name_zh))
    slugs = tuple(sorted(row.id for row in reference.industries))
    mark = fingerprint_of(rules, thresholds)
    return Mapping(0, mark, slugs, tuple(rules), thresholds, read_headings(folder), places)


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
    """`hs:950300` and `ics:97.200.50` -> what the nomenclature calls them in English; empty where a file is missing."""
    codes = folder / "nomenclature"
    hs = {f"hs:{row['hscode']}": row["description"] for row in _rows(codes / "hs2022_en.csv")}
    return hs | {f"ics:{row['code']}": row["title"] for row in _rows(codes / "ics7_en.csv")}


def places_of(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Folded names, whole and up to a comma ("Korea, Republic of"), without China itself -> WTO symbol."""
    pairs = [(fold(name), symbol) for name, symbol in names if name and symbol != "CHN"]
    return {short: symbol for name, symbol in pairs for short in (name.partition(",")[0], name)}


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
