"""Reference data between the tables of the store and keyed snapshots: reading, bulk inserting, changing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session, SQLModel

from store.bureau import Bureau
from store.columns import new_public_id
from store.country import Country
from store.glossary import GlossaryTerm, SeverityRule
from store.industry import Industry
from store.jurisdiction import AbolishedJurisdiction, Jurisdiction
from store.mapping import Cluster, IndustryThreshold, MappingRule
from store.mapping_merge import KEYS, RECORDS, VERSIONED, Key, Snapshot, Table, Value

# table -> its rows in the store, and the columns that are called otherwise there; *_id columns hold the id of a code.
STORED: dict[str, tuple[type[SQLModel], dict[str, str]]] = {
    "regions": (Jurisdiction, {"parent_code": "parent_id"}),
    "abolished": (AbolishedJurisdiction, {}),
    "bureaus": (Bureau, {"region_code": "jurisdiction_id"}),
    "industries": (Industry, {"id": "slug"}),
    "countries": (Country, {}),
    "terms": (GlossaryTerm, {}),
    "severity": (SeverityRule, {}),
    "rules": (MappingRule, {"industry_id": "industry_id"}),
    "thresholds": (IndustryThreshold, {"industry_id": "industry_id"}),
    "clusters": (Cluster, {"industry_id": "industry_id", "region_code": "jurisdiction_id"}),
}
COLUMNS: dict[str, tuple[str, ...]] = {
    "regions": ("name_zh", "name_en", "tier", "parent_code", "status", "is_node", "note"),
    "abolished": ("name_zh", "name_en", "tier", "parent_code", "successor_code", "abolished_year"),
    "bureaus": (
        "name_zh", "short_name_zh", "unit_zh", "duty_phone", "reply_address", "role_a_zh", "role_b_zh", "confirmed",
    ),
    "industries": ("name_zh", "name_en", "sector", "priority", "gb4754", "status", "note"),
    "countries": (
        "iso2", "iso3", "name_zh", "name_en", "status", "groups", "weight_tier",
        "export_share_pct", "share_year", "share_basis", "legacy_symbols", "note",
    ),
    "terms": ("abbr", "zh", "es", "fr", "category"),
    "severity": ("severity", "conditions", "reason_zh"),
    "rules": ("weight", "note"),
    "thresholds": ("accepted", "flagged"),
    "clusters": ("town_code", "note", "source", "sourced", "confidence", "lead"),
}  # fmt: skip
# Kept from the version before where a row stays as it was (who wrote a rule, when a cluster was confirmed), else this.
INHERITED: dict[str, Value] = {"rules": {"author": "shipped"}, "clusters": {"confirmed_at": None}, "thresholds": {}}


class Ids:
    """The integer keys behind codes: divisions by code, industries by slug."""

    def __init__(self, session: Session) -> None:
        self.jurisdiction = _code_ids(session, Jurisdiction.code, Jurisdiction.id)
        self.industry = _code_ids(session, Industry.slug, Industry.id)

    def of(self, column: str, code: str) -> int | None:
        """The id of `code` for a column of the store; None for an empty code."""
        if not code:
            return None
        return self.industry[code] if column == "industry_id" else self.jurisdiction[code]

    def codes(self, column: str) -> dict[int, str]:
        """id -> code for a column of the store."""
        known = self.industry if column == "industry_id" else self.jurisdiction
        return {key: code for code, key in known.items()}


def _code_ids(session: Session, code: Any, key: Any) -> dict[str, int]:
    return {row[0]: row[1] for row in session.execute(select(code, key))}


def read_store(session: Session, version_id: int | None) -> Snapshot:
    """The records and what belongs to a version (nothing without one), each table in the order of its ids."""
    ids = Ids(session)
    tables = {name: read_table(session, name, ids) for name in RECORDS}
    for name in VERSIONED:
        tables[name] = read_table(session, name, ids, version_id) if version_id is not None else {}
    return tables


def read_table(session: Session, name: str, ids: Ids, version_id: int | None = None) -> Table:
    """One table as a snapshot."""
    rows = _select(session, name, (*KEYS[name], *COLUMNS[name]), ids, version_id)
    width = len(KEYS[name])
    return {tuple(map(str, row[:width])): dict(zip(COLUMNS[name], row[width:], strict=True)) for row in rows}


def read_inherited(session: Session, name: str, ids: Ids, version_id: int) -> Table:
    """What a next version takes over of a row that it keeps."""
    rows = _select(session, name, (*KEYS[name], *INHERITED[name]), ids, version_id)
    width = len(KEYS[name])
    return {tuple(map(str, row[:width])): dict(zip(INHERITED[name], row[width:], strict=True)) for row in rows}


def _select(session: Session, name: str, columns: Iterable[str], ids: Ids, version_id: int | None) -> list[list[Any]]:
    model: Any = STORED[name][0]
    stored = [STORED[name][1].get(column, column) for column in columns]
    query = select(*(getattr(model, column) for column in stored)).order_by(model.id)
    if version_id is not None:
        query = query.where(model.version_id == version_id)
    codes = {place: ids.codes(column) for place, column in enumerate(stored) if column.endswith("_id")}
    listed = [place for place, column in enumerate(stored) if column == "source"]
    found = []
    for row in session.execute(query):
        cells = list(row)
        for place, known in codes.items():
            cells[place] = known.get(cells[place], "")
        for place in listed:
            cells[place] = cells[place].split(";") if cells[place] else []
        found.append(cells)
    return found


def insert_rows(session: Session, name: str, table: Table, **common: Any) -> None:
    """Write new rows in one statement, in their order; `common` are columns all of them share (version_id)."""
    if name != "regions":
        _insert(session, name, table, common)
        return
    _insert(session, name, {key: row | {"parent_code": ""} for key, row in table.items()}, common)
    change_rows(session, name, {key: row for key, row in table.items() if row["parent_code"]})


def _insert(session: Session, name: str, table: Table, common: dict[str, Any]) -> None:
    if not table:
        return
    ids = Ids(session)
    model: Any = STORED[name][0]
    public = "public_id" in model.model_fields
    rows = [_stored(name, key, value, ids) | common for key, value in table.items()]
    if public:
        rows = [row | {"public_id": new_public_id()} for row in rows]
    session.execute(insert(model), rows)


def change_rows(session: Session, name: str, changed: Table) -> None:
    """Bring records to new cells, by their key."""
    ids = Ids(session)
    model: Any = STORED[name][0]
    for key, value in changed.items():
        session.execute(update(model).where(*_is(model, name, key, ids)).values(**_stored(name, key, value, ids)))


def end_rows(session: Session, name: str, keys: Iterable[Key]) -> None:
    """End records that a release no longer has: divisions and industries stay, marked so; other rows name them."""
    ids = Ids(session)
    model: Any = STORED[name][0]
    ending = {"regions": "abolished", "industries": "retired"}.get(name)
    for key in keys:
        if ending:
            session.execute(update(model).where(*_is(model, name, key, ids)).values(status=ending))
        elif name != "bureaus":  # a bureau's officers and exporters stay with it
            session.execute(delete(model).where(*_is(model, name, key, ids)))


def _is(model: Any, name: str, key: Key, ids: Ids) -> list[Any]:
    return [getattr(model, column) == cell for column, cell in _stored(name, key, {}, ids).items()]


def _stored(name: str, key: Key, value: Value, ids: Ids) -> dict[str, Any]:
    """A snapshot's row as columns of the store."""
    cells = dict(zip(KEYS[name], key, strict=True)) | value
    named = {STORED[name][1].get(column, column): cell for column, cell in cells.items()}
    row: dict[str, Any] = {}
    for column, cell in named.items():
        row[column] = ids.of(column, cell) if column.endswith("_id") else cell
    if "position" in row:
        row["position"] = int(row["position"])
    if name == "clusters" and "source" in row:
        row["source"] = ";".join(row["source"])
    return row
