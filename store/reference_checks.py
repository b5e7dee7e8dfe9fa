"""Checking the files of data/ against store/reference_constraints.py and each other; each problem names its cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from store.reference import FILES, Problem, Reference
from store.reference_constraints import ABOVE, CHOICES, CODES, FOREIGN, LENGTHS, NAMED, UNIQUE
from store.reference_rows import CONDITIONS, CodeWeightRow, Row


def validate(reference: Reference) -> list[Problem]:
    """Every problem of the files, those of reading first; an empty list means that they can be loaded."""
    found = list(reference.problems)
    if found:  # absent rows would only bring forth problems that are none
        return found
    for check in CHECKS:
        found.extend(check(reference))
    return found


def _rows(reference: Reference, table: str) -> tuple[Any, ...]:
    rows: tuple[Any, ...] = getattr(reference, table)
    return rows


def _problem(table: str, row: Row, column: str, message: str) -> Problem:
    return Problem(FILES[table][0], row.line, column, message)


def _cells(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,) if value != "" else ()


def _unique_keys(reference: Reference) -> Iterator[Problem]:
    for table, columns in UNIQUE:
        seen: dict[tuple[Any, ...], int] = {}
        for row in _rows(reference, table):
            key = tuple(str(getattr(row, column)).casefold() for column in columns)
            if key in seen:
                shown = " + ".join(str(getattr(row, column)) for column in columns)
                yield _problem(table, row, columns[-1], f"'{shown}' stands already in line {seen[key]}: remove one")
            seen.setdefault(key, row.line)


def _foreign_keys(reference: Reference) -> Iterator[Problem]:
    for table, column, other, key in FOREIGN:
        known = {getattr(row, key) for row in _rows(reference, other)}
        for row in _rows(reference, table):
            for cell in _cells(getattr(row, column)):
                if cell not in known:
                    yield _problem(
                        table, row, column, f"'{cell}' is not in {FILES[other][0]}: correct it or add it there"
                    )


def _known_words(reference: Reference) -> Iterator[Problem]:
    names: dict[str, list[str]] = {}
    for name in reference.display_names:
        names.setdefault(name.kind, []).append(name.code)
    allowed = {(table, column): names.get(kind, []) for table, column, kind in NAMED}
    for (table, column), choice in {**allowed, **CHOICES}.items():
        permitted = frozenset(choice)
        for row in _rows(reference, table):
            for cell in _cells(getattr(row, column)):
                if cell not in permitted:
                    yield _problem(table, row, column, f"'{cell}' is not known: write one of {', '.join(choice)}")


def _codes_exist(reference: Reference) -> Iterator[Problem]:
    for table, column, nomenclature in CODES:
        known = getattr(reference, nomenclature)
        for row in _rows(reference, table):
            cells = _cells(getattr(row, column))
            for place, code in enumerate(cells):
                if code not in known:
                    yield _problem(
                        table,
                        row,
                        column,
                        f"'{code}' is no {nomenclature.upper()} code of the nomenclature: correct it",
                    )
                elif code in cells[:place]:
                    yield _problem(table, row, column, f"'{code}' stands twice in the cell: remove one")
    own = {industry.id: {"hs": industry.hs, "ics": industry.ics} for industry in reference.industries}
    for weight in reference.code_weights:
        if not _has_code(own, weight):
            message = f"'{weight.value}' is no {weight.kind} code of {weight.industry_id}: name it in industries.csv"
            yield _problem("code_weights", weight, "value", message)


def _has_code(own: dict[str, dict[str, tuple[str, ...]]], weight: CodeWeightRow) -> bool:
    return weight.value in own.get(weight.industry_id, {}).get(weight.kind, ())


def _lengths(reference: Reference) -> Iterator[Problem]:
    for (table, column), (shortest, longest) in LENGTHS.items():
        for row in _rows(reference, table):
            size = len(getattr(row, column))
            if size < shortest:
                yield _problem(table, row, column, "is empty or too short: fill it in")
            elif size > longest:
                yield _problem(table, row, column, f"has {size} characters: shorten it to {longest}")


def _divisions(reference: Reference) -> Iterator[Problem]:
    tiers = {region.code: region.tier for region in reference.regions}
    for region in reference.regions:
        above = tiers.get(region.parent_code)
        known = above is not None or not region.parent_code  # an unknown parent is told already
        if known and (above or "") != ABOVE.get(region.tier, above or ""):
            wanted = ABOVE[region.tier] or "nothing"
            yield _problem(
                "regions", region, "parent_code", f"a {region.tier} stands below {wanted}: give that one's code"
            )
        if len(region.code) != (9 if region.tier == "town" else 6) or not region.code.isdigit():
            yield _problem(
                "regions", region, "code", f"'{region.code}' has not the digits of a {region.tier}: 6, towns 9"
            )
    served = {bureau.region_code for bureau in reference.bureaus}
    for region in reference.regions:
        if region.code not in served:
            yield _problem("regions", region, "code", f"'{region.code}' has no bureau: add a line to bureaus.csv")
    for old in reference.abolished:
        if not 1949 <= old.abolished_year <= 2100:
            yield _problem("abolished", old, "abolished_year", f"{old.abolished_year} is no year: write four digits")


def _clusters(reference: Reference) -> Iterator[Problem]:
    regions = {region.code: region for region in reference.regions}
    leads: dict[str, int] = {}
    for cluster in reference.clusters:
        region = regions.get(cluster.region_code)
        if region and region.tier not in ("county", "town"):
            yield _problem(
                "clusters", cluster, "region_code", f"{region.name_zh} is a {region.tier}: give a county or town"
            )
        if region and region.name_zh != cluster.region_zh:
            yield _problem(
                "clusters", cluster, "region_zh", f"'{cluster.region_zh}' is called {region.name_zh} in regions.csv"
            )
        if cluster.town_code and not (
            cluster.town_code.startswith(cluster.region_code) and len(cluster.town_code) == 9
        ):
            yield _problem(
                "clusters", cluster, "town_code", f"'{cluster.town_code}' is no town of {cluster.region_code}"
            )
        if cluster.sourced != any(key != "K" for key in cluster.source):
            yield _problem(
                "clusters", cluster, "sourced", "is yes exactly where a source other than K is named: correct one"
            )
        if cluster.lead and cluster.industry_id in leads:
            message = f"{cluster.industry_id} is marked already in line {leads[cluster.industry_id]}: keep one mark"
            yield _problem("clusters", cluster, "lead", message)
        if cluster.lead:
            leads.setdefault(cluster.industry_id, cluster.line)


def _weights(reference: Reference) -> Iterator[Problem]:
    for threshold in reference.thresholds:
        if not threshold.flagged <= threshold.accepted <= 1:
            yield _problem("thresholds", threshold, "flagged", "must be at most accepted, and that at most 1")
    missing = {industry.id for industry in reference.industries} - {each.industry_id for each in reference.thresholds}
    for industry in reference.industries:
        if industry.id in missing:
            yield _problem(
                "industries", industry, "id", f"'{industry.id}' has no thresholds: add a line to thresholds.csv"
            )
    for country in reference.countries:
        if not 1 <= country.weight_tier <= 5:
            yield _problem("countries", country, "weight_tier", f"{country.weight_tier} is no tier: write 1 to 5")
        if country.share_year and not (len(country.share_year) == 4 and country.share_year.isdigit()):
            yield _problem("countries", country, "share_year", f"'{country.share_year}' is no year: write four digits")


def _one_name(reference: Reference) -> Iterator[Problem]:
    """A code has one name: the table of countries and the table of display names must agree."""
    names = {name.code: name for name in reference.display_names if name.kind == "country"}
    for country in reference.countries:
        name = names.get(country.wto_symbol)
        if name is None or (name.zh, name.en) != (country.name_zh, country.name_en):
            message = f"{country.wto_symbol} is called otherwise (or not at all) in display_names.csv: make both alike"
            yield _problem("countries", country, "name_zh", message)


def _severity_ends(reference: Reference) -> Iterator[Problem]:
    rules = sorted(reference.severity, key=lambda rule: rule.position)
    for rule in rules:
        if not rule.conditions() and rule is not rules[-1]:
            yield _problem("severity", rule, "position", "has no condition, so no later rule is ever read: put it last")
    if rules and rules[-1].conditions():
        yield _problem(
            "severity", rules[-1], CONDITIONS[0], "the last rule must have no condition: add one for all the rest"
        )


CHECKS: tuple[Callable[[Reference], Iterable[Problem]], ...] = (
    _unique_keys,
    _foreign_keys,
    _known_words,
    _codes_exist,
    _lengths,
    _divisions,
    _clusters,
    _weights,
    _one_name,
    _severity_ends,
)
