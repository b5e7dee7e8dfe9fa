"""The three-way difference of reference data: shipped then, shipped now, ours. Pure: values in, values out."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import Any

from store.reference import Reference
from store.reference_rows import Row

Key = tuple[str, ...]
Value = dict[str, Any]
Table = dict[Key, Value]
Snapshot = dict[str, Table]  # table name -> key -> the other cells; the order of keys is the order of the file

# What belongs to a mapping version, and what is a record of its own.
VERSIONED = ("rules", "thresholds", "clusters")
RECORDS = ("regions", "abolished", "bureaus", "industries", "countries", "terms", "severity")
KEYS: dict[str, tuple[str, ...]] = {
    "regions": ("code",),
    "abolished": ("code",),
    "bureaus": ("region_code",),
    "industries": ("id",),
    "countries": ("wto_symbol",),
    "terms": ("en",),
    "rules": ("industry_id", "kind", "lang", "value"),
    "thresholds": ("industry_id",),
    "clusters": ("region_code", "industry_id", "town_zh"),
    "severity": ("position",),
}


def snapshot_of(reference: Reference) -> Snapshot:
    """The files as keyed tables, without what only serves the reader of a file (line numbers, names of regions)."""
    tables: Snapshot = {
        name: {_key(name, row): _value(name, row) for row in getattr(reference, name)}
        for name in RECORDS + VERSIONED
        if name not in ("rules", "severity")
    }
    tables["rules"] = _rules(reference)
    tables["severity"] = {
        (str(rule.position),): {
            "severity": rule.severity,
            "conditions": rule.conditions(),
            "reason_zh": rule.reason_zh,
        }
        for rule in reference.severity
    }
    return tables


def _key(name: str, row: Row) -> Key:
    return tuple(str(getattr(row, column)) for column in KEYS[name])


_UNKEPT = {"line", "region_zh", "hs", "ics"}  # told by another table


def _value(name: str, row: Row) -> Value:
    cells = {column: getattr(row, column) for column in row.__dataclass_fields__ if column not in _UNKEPT}
    return {
        column: list(cell) if isinstance(cell, tuple) else cell
        for column, cell in cells.items()
        if column not in KEYS[name]
    }


def _rules(reference: Reference) -> Table:
    weights = {(w.industry_id, w.kind, w.value): w for w in reference.code_weights}
    rules: Table = {}
    for industry in reference.industries:
        for kind, codes in (("hs", industry.hs), ("ics", industry.ics)):
            for code in codes:
                special = weights.get((industry.id, kind, code))
                rules[industry.id, kind, "", code] = {
                    "weight": special.weight if special else 1.0,
                    "note": special.note if special else "",
                }
    for word in reference.words:
        rules[word.industry_id, word.kind, word.lang, word.text] = {"weight": word.weight, "note": word.note}
    return rules


def merge(then: Table, now: Table, ours: Table) -> tuple[Table, list[dict[str, object]]]:
    """What stands after a new release, and every row that is not alike in all three.

    A row that only the release changed is taken; one that only we changed stays; where both changed it differently,
    ours stays and the difference is a conflict. `outcome` is taken, ours, same (both did it) or conflict.
    """
    merged: Table = {}
    differences: list[dict[str, object]] = []
    for key in dict.fromkeys([*now, *ours, *then]):
        before, shipped, own = then.get(key), now.get(key), ours.get(key)
        outcome = _outcome(before, shipped, own)
        kept = shipped if outcome == "taken" else own
        if kept is not None:
            merged[key] = kept
        if outcome:
            differences.append({"key": list(key), "then": before, "now": shipped, "ours": own, "outcome": outcome})
    return merged, differences


def _outcome(before: Value | None, shipped: Value | None, own: Value | None) -> str:
    if shipped == own:
        return "" if before == own else "same"
    if shipped == before:
        return "ours"
    return "taken" if own == before else "conflict"


def fingerprint_of(snapshot: Snapshot) -> str:
    """SHA-256 over the tables, whatever the order of their rows."""
    return hashlib.sha256(_dump(snapshot, ordered=True)).hexdigest()


def pack(snapshot: Snapshot) -> bytes:
    """The snapshot as it is kept in the store."""
    return zlib.compress(_dump(snapshot, ordered=False))


def unpack(content: bytes) -> Snapshot:
    """The snapshot that `pack` made."""
    tables = json.loads(zlib.decompress(content))
    return {name: {tuple(key): value for key, value in rows} for name, rows in tables.items()}


# Columns that files have gained: a release kept from before is read as if it had shipped them empty.
_GAINED: dict[str, Value] = {"bureaus": {"role_a_zh": "", "role_b_zh": ""}}


def with_new_columns(snapshot: Snapshot) -> Snapshot:
    """A release of long ago in the columns of today, so that no row counts as changed for having fewer cells."""
    return {
        name: {key: _GAINED.get(name, {}) | value for key, value in rows.items()} for name, rows in snapshot.items()
    }


def _dump(snapshot: Snapshot, *, ordered: bool) -> bytes:
    tables: dict[str, list[tuple[Key, Value]]] = {
        name: sorted(rows.items(), key=lambda row: row[0]) if ordered else list(rows.items())
        for name, rows in snapshot.items()
    }
    return json.dumps(tables, ensure_ascii=False, sort_keys=ordered, separators=(",", ":")).encode()
