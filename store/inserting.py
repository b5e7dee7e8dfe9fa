"""Bulk inserts as the bare driver makes them: one statement a table, values made ready column by column.

SQLAlchemy says what the statement and the types are; it does not look at each row again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, Date, Dialect, Table, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine
from sqlmodel import Session, SQLModel

from store.engine import json_text

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
    if make is json_text:
        return [_EMPTY[type(value)] if not value else make(value) for value in values]
    if type(first) is datetime or first is None:
        made = make(first)
        return [made if value is first else make(value) for value in values]
    return map(make, values)


_EMPTY = {list: "[]", tuple: "[]", dict: "{}", type(None): None}


@lru_cache(maxsize=64)
def _plan(dialect: Dialect, table: Table, names: tuple[str, ...]) -> _Plan:
    compiled: Any = insert(table).inline().compile(dialect=dialect, column_keys=list(names))
    order = tuple(compiled.positiontup) if compiled.positional else names
    columns = tuple((name, _maker(table.c[name].type, dialect)) for name in order)
    return _Plan(str(compiled), columns, bool(compiled.positional))


def _maker(kind: TypeEngine[Any], dialect: Dialect) -> Ready | None:
    """What makes a value of this type ready for the driver; for SQLite's texts without SQLAlchemy's wrappings."""
    if dialect.name == "sqlite" and isinstance(kind, JSON):
        return json_text
    if dialect.name == "sqlite" and type(kind) is Date:
        return _day_text
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _day_text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def table_of(kind: type[SQLModel]) -> Table:
    """The table behind a class: statements about it do not pass through the ORM."""
    table: Table = kind.__table__  # type: ignore[attr-defined]
    return table


def add_rows(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    """Insert whole rows; each names every column that has no default in the database, all the same ones."""
    if not rows:
        return
    plan = _plan(session.get_bind().dialect, table_of(table), tuple(rows[0]))
    _ask_driver(session, "executemany", plan.statement, plan.finished(rows))


def add_keyed_rows(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert whole rows and give each its `id`; returns the integer keys in the order of `rows`."""
    if not rows:
        return []
    keys = _reserve_keys(session, table, len(rows))
    for row, key in zip(rows, keys, strict=True):
        row["id"] = key
    add_rows(session, table, rows)
    return keys


def among(session: Session, columns: str, table: str, column: str, values: Sequence[str]) -> list[Any]:
    """The rows of `table` whose `column` is one of `values`, with one parameter however many they are.

    SQLAlchemy writes out a place for each value, which takes longer than the answer. Names are ours, never a source's.
    """
    if not values:
        return []
    if session.get_bind().dialect.name == "sqlite":
        asked = f"SELECT {columns} FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))"  # noqa: S608
        return _ask_driver(session, "execute", asked, (json_text(list(values)),))
    asked = f"SELECT {columns} FROM {table} WHERE {column} = ANY(%s)"  # noqa: S608
    return _ask_driver(session, "execute", asked, (list(values),))


def _ask_driver(session: Session, how: str, statement: str, values: Any) -> list[Any]:
    """Run a statement on the session's own connection, within its transaction, past SQLAlchemy's account of it.

    A page asks some fifteen times, and each time that account takes longer than SQLite. Errors are named as it does.
    """
    pooled = session.connection().connection
    cursor = pooled.cursor()
    dialect: Any = session.get_bind().dialect
    try:
        getattr(cursor, how)(statement, values)
        return list(cursor.fetchall()) if how == "execute" else []
    except dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(statement, None, error, dialect.loaded_dbapi.Error, dialect=dialect) from error
    finally:
        cursor.close()


def _reserve_keys(session: Session, table: type[SQLModel], count: int) -> list[int]:
    """Keys nobody else gets: SQLite has one writer at a time, PostgreSQL a sequence."""
    name = table_of(table).name
    if session.get_bind().dialect.name == "sqlite":
        ((last,),) = _ask_driver(session, "execute", f"SELECT coalesce(max(id), 0) FROM {name}", ())  # noqa: S608
        return list(range(last + 1, last + count + 1))
    wanted = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
    return sorted(key for (key,) in _ask_driver(session, "execute", wanted, (name, count)))
