"""Bulk inserts as the bare driver makes them: one statement a table, values made ready column by column.

SQLAlchemy says what the statement and the types are; it does not look at each row again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Table, insert, text
from sqlmodel import Session, SQLModel

Ready = Callable[[Any], Any]


@dataclass(frozen=True)
class _Plan:
    """How rows with these columns go into a table under this dialect."""

    statement: str
    columns: tuple[tuple[str, Ready | None], ...]  # in the order of the statement's places; what makes a value ready
    is_positional: bool

    def finished(self, rows: Sequence[dict[str, Any]]) -> list[Any]:
        """The rows as the driver takes them."""
        ready = [_column([row[name] for row in rows], make) for name, make in self.columns]
        tuples = zip(*ready, strict=True)
        if self.is_positional:
            return list(tuples)
        names = [name for name, _ in self.columns]
        return [dict(zip(names, values, strict=True)) for values in tuples]


def _column(values: list[Any], make: Ready | None) -> Iterable[Any]:
    """One column made ready. Instants of a batch and empty lists are the same again and again: made once."""
    if make is None:
        return values
    first = values[0]
    if type(first) is datetime or first is None:
        made = make(first)
        return [made if value is first else make(value) for value in values]
    if type(first) in (list, tuple, dict):
        empty = make(type(first)())
        return [make(value) if value else empty for value in values]
    return map(make, values)


@lru_cache(maxsize=64)
def _plan(dialect: Dialect, table: Table, names: tuple[str, ...]) -> _Plan:
    compiled: Any = insert(table).inline().compile(dialect=dialect, column_keys=list(names))
    order = tuple(compiled.positiontup) if compiled.positional else names
    columns = tuple((name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in order)
    return _Plan(str(compiled), columns, bool(compiled.positional))


def add_rows(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    """Insert whole rows; each names every column that has no default in the database, all the same ones."""
    if not rows:
        return
    connection = session.connection()
    plan = _plan(connection.dialect, table.__table__, tuple(rows[0]))  # type: ignore[attr-defined]
    connection.exec_driver_sql(plan.statement, plan.finished(rows))


def add_public_rows(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert whole rows and give each its `id`; returns the integer keys in the order of `rows`."""
    if not rows:
        return []
    keys = _reserve_keys(session, table, len(rows))
    for row, key in zip(rows, keys, strict=True):
        row["id"] = key
    add_rows(session, table, rows)
    return keys


def _reserve_keys(session: Session, table: type[SQLModel], count: int) -> list[int]:
    """Keys nobody else gets: SQLite has one writer at a time, PostgreSQL a sequence."""
    name = table.__table__.name  # type: ignore[attr-defined]
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        last = int(connection.exec_driver_sql(f"SELECT coalesce(max(id), 0) FROM {name}").scalar_one())  # noqa: S608
        return list(range(last + 1, last + count + 1))
    wanted = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return sorted(connection.execute(wanted, {"name": name, "count": count}).scalars())
