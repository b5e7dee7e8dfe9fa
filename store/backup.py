"""Backup and restore: every table as JSON lines in one compressed file, the same for SQLite and PostgreSQL."""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, func, insert, select, text
from sqlmodel import Session, SQLModel

from settings import TbtwatchError
from store.engine import reading, writing
from store.schema import head_revision, present_revision, upgrade_schema
from store.search_index import rebuild_index
from store.subscription_change import SubscriptionChange

FORMAT = "tbtwatch-backup-1"
CHUNK = 500  # rows held in memory at a time


class BackupFailed(TbtwatchError):
    """Raised when a backup cannot be written or restored; nothing half-written is left behind."""


def write_backup(engine: Engine, target: Path) -> dict[str, int]:
    """Write all rows, as of one instant, to `target` (gzip); returns rows per table. Never replaces a file half-way."""
    draft = target.with_name(target.name + ".part")
    try:
        with gzip.open(draft, "wt", encoding="utf-8") as out, _snapshot(engine) as session:
            counts = {}
            out.write(json.dumps({"format": FORMAT, "revision": present_revision(engine)}) + "\n")
            for table in _kept_tables():
                counts[table.name] = sum(1 for line in _lines(session, table) if out.write(line))
            out.write(json.dumps({"end": counts}) + "\n")
        draft.replace(target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise BackupFailed(f"cannot write the backup {target}: {error}; choose another place") from None
    return counts


def read_backup(engine: Engine, source: Path) -> dict[str, int]:
    """Fill an empty store from `source`, in one transaction; returns rows per table.

    Raises BackupFailed when the file is damaged or cut, of another schema, or when the store already holds rows.
    """
    upgrade_schema(engine)
    try:
        with gzip.open(source, "rt", encoding="utf-8") as lines, writing(engine) as session:
            _check_head(json.loads(next(lines)), source)
            _check_empty(session)
            return _fill(session, lines, source)
    except (OSError, EOFError, ValueError, KeyError, StopIteration) as error:
        raise BackupFailed(f"cannot read the backup {source}: {error}; take another copy") from None


def _kept_tables() -> list[Table]:
    """All tables but the log of changes: triggers write it, and a restored store begins its own."""
    return [table for table in SQLModel.metadata.sorted_tables if table.name != SubscriptionChange.__tablename__]


def _snapshot(engine: Engine) -> Any:
    """A session that sees one instant on both kinds: SQLite's read transactions do, PostgreSQL's must be asked to."""
    if engine.dialect.name == "postgresql":
        return reading(engine.execution_options(isolation_level="REPEATABLE READ"))
    return reading(engine)


def _lines(session: Session, table: Table) -> Iterator[str]:
    rows = session.execute(select(table).order_by(*table.primary_key).execution_options(yield_per=CHUNK))
    for row in rows:
        plain = {name: _plain(value) for name, value in row._mapping.items()}
        yield json.dumps({"t": table.name, "r": plain}, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"$bytes": base64.b85encode(value).decode()}
    if isinstance(value, datetime):
        return {"$instant": value.isoformat()}
    return {"$date": value.isoformat()} if isinstance(value, date) else value


def _rich(value: Any) -> Any:
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((mark, inner),) = value.items()
    readers = {"$bytes": base64.b85decode, "$instant": datetime.fromisoformat, "$date": date.fromisoformat}
    return readers[mark](inner) if mark in readers else value


def _check_head(head: dict[str, Any], source: Path) -> None:
    if head.get("format") != FORMAT:
        raise BackupFailed(f"{source} is no backup of tbtwatch")
    if head.get("revision") != head_revision():
        raise BackupFailed(
            f"{source} is of schema {head.get('revision')}, this program of {head_revision()}: "
            "restore with the program of that time, then `tbtwatch db upgrade`"
        )


def _check_empty(session: Session) -> None:
    for table in _kept_tables():
        if session.execute(select(func.count()).select_from(table)).scalar_one():
            raise BackupFailed(f"the store already holds rows ({table.name}): restore into an empty one")


def _fill(session: Session, lines: Iterator[str], source: Path) -> dict[str, int]:
    tables = SQLModel.metadata.tables
    counts = dict.fromkeys(tables, 0)
    batch: list[dict[str, Any]] = []
    name = ""
    for line in lines:
        entry = json.loads(line)
        if "end" in entry:
            _insert(session, tables, name, batch)
            _check_counts(entry["end"], counts, source)
            _advance_sequences(session)
            rebuild_index(session)  # it is made from the rows, so a backup does not carry it
            return counts
        if entry["t"] != name or len(batch) >= CHUNK:
            _insert(session, tables, name, batch)
            name, batch = entry["t"], []
        batch.append({key: _rich(value) for key, value in entry["r"].items()})
        counts[name] += 1
    raise BackupFailed(f"{source} is cut: its last line is missing; take another copy")


def _insert(session: Session, tables: Any, name: str, batch: list[dict[str, Any]]) -> None:
    if batch:
        session.execute(insert(tables[name]), batch)


def _check_counts(wanted: dict[str, int], counts: dict[str, int], source: Path) -> None:
    if {k: v for k, v in wanted.items() if v} != {k: v for k, v in counts.items() if v}:
        raise BackupFailed(f"{source} is damaged: its row counts do not agree; take another copy")


def _advance_sequences(session: Session) -> None:
    """PostgreSQL numbers rows from sequences, which explicit ids do not move."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in _kept_tables():
        session.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608  (our own table names)
                f'COALESCE((SELECT MAX(id) FROM "{table.name}"), 0) + 1, false)'
            )
        )


def private(path: Path) -> Path:
    """Make `path` readable by its owner alone: a backup holds addresses."""
    os.chmod(path, 0o600)  # noqa: PTH101
    return path
