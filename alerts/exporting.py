"""Everything the store holds about one subscriber, for its own eyes (PIPL article 45): every row that belongs to it.

Which rows these are follows from the foreign keys: what points at the subscriber or its firm, and what points at
such a row. A table that is added later is in the export without a line here.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, or_, select
from sqlmodel import Session, SQLModel

from alerts.places import filled
from store.clock import SHANGHAI
from store.subscription import Subscriber

# What points at a row of mine is mine; of other tables only what points at me directly.
_ROOTS = ("subscriber", "exporter")
_PARENTS = (*_ROOTS, "subscription", "email", "comment", "digest", "judgement", "following")
_WITHHELD = ("token_hash", "claimed_by", "claimed_until", "attempts")  # of the machine, and what opens a visit

Rows = dict[str, list[dict[str, Any]]]


def rows_about(session: Session, subscriber: Subscriber) -> Rows:
    """table -> its rows about this subscriber as plain values (instants in Beijing time), the oldest first."""
    tables = SQLModel.metadata.tables
    mine: dict[str, set[int]] = {"subscriber": {subscriber.id or 0}, "exporter": {subscriber.exporter_id}}
    fresh = dict(mine)
    while fresh:
        found: dict[str, set[int]] = {}
        for table in tables.values():
            if table.name in _ROOTS or not (conditions := _pointing(table, fresh)):
                continue
            ids = set(session.connection().scalars(select(table.c.id).where(or_(*conditions))))
            if new := _not_others(session, table, ids - mine.get(table.name, set()), subscriber.id or 0):
                found[table.name] = new
        for name, ids in found.items():
            mine[name] = mine.get(name, set()) | ids
        fresh = found
    return {name: _plain_rows(session, tables[name], ids) for name, ids in sorted(mine.items())}


def as_zip(rows: Rows) -> bytes:
    """One archive: all.json, and for each table a CSV that opens in a spreadsheet (UTF-8 with a mark)."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("all.json", json.dumps(rows, ensure_ascii=False, indent=1))
        for name, found in rows.items():
            archive.writestr(f"{name}.csv", _as_csv(found))
    return made.getvalue()


def _pointing(table: Table, parents: Mapping[str, set[int]]) -> list[Any]:
    keys = ((column, key.column.table.name) for column in table.columns for key in column.foreign_keys)
    return [column.in_(parents[name]) for column, name in keys if name in _PARENTS and name in parents]


def _not_others(session: Session, table: Table, ids: set[int], subscriber_id: int) -> set[int]:
    """Rows that name another subscriber are another's, even where they point at the firm we share."""
    if "subscriber_id" not in table.c or not ids:
        return ids
    own = or_(table.c.subscriber_id == subscriber_id, table.c.subscriber_id.is_(None))
    return set(session.connection().scalars(select(table.c.id).where(table.c.id.in_(ids), own)))


def _plain_rows(session: Session, table: Table, ids: Iterable[int]) -> list[dict[str, Any]]:
    shown = [column for column in table.columns if column.name not in _WITHHELD]
    wanted = select(*shown).where(table.c.id.in_(sorted(ids))).order_by(table.c.id)
    rows = [dict(row._mapping) for row in session.connection().execute(wanted)]
    if table.name == "email":
        rows = [row | _texts(session, row) for row in rows]
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _texts(session: Session, row: Mapping[str, Any]) -> dict[str, str]:
    """Subject and text as they were sent, without the links that act: the archive may be passed on."""
    body = SQLModel.metadata.tables["mailbody"]
    found = session.connection().execute(select(body.c.subject, body.c.text).where(body.c.id == row["body_id"])).one()
    return {"subject": filled(found.subject, row["fields"]), "text": filled(found.text, row["fields"])}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _as_csv(rows: list[dict[str, Any]]) -> str:
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(rows[0] if rows else ())
    for row in rows:
        writer.writerow(_cell(value) for value in row.values())
    return "\ufeff" + made.getvalue()


def _cell(value: Any) -> str:
    text = (
        json.dumps(value, ensure_ascii=False)
        if isinstance(value, (dict, list))
        else ""
        if value is None
        else str(value)
    )
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t") else text  # a spreadsheet must not run it
