"""Opening the store: one engine for SQLite and PostgreSQL, and the three kinds of session."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from json.encoder import c_make_encoder, encode_basestring_ascii  # type: ignore[attr-defined]
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlmodel import Session

from settings import TbtwatchError
from store.nudge import nudge_on_commit

BUSY_TIMEOUT_MS = 30_000  # a writer waits for another's short transaction rather than failing


class StoreUnreachable(TbtwatchError):
    """Raised when the database of TBTWATCH_DATABASE_URL cannot be opened."""

    exit_code = 4


def open_store(url: str) -> Engine:
    """An engine for `url` (sqlite:///... or postgresql://...), tried once; raises StoreUnreachable."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError, sqlite3.Error) as error:
        engine.dispose()
        cure = "that the file may be written" if url.startswith("sqlite") else "that the server runs"
        raise StoreUnreachable(
            f"cannot open the store {safe_url(url)}: {first_line(error)}; "
            f"check TBTWATCH_DATABASE_URL, TBTWATCH_VAR and {cure}"
        ) from None
    return engine


def make_engine(url: str) -> Engine:
    """The engine without trying it. On SQLite: WAL, foreign keys, full durability, BEGIN IMMEDIATE for writers."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, json_serializer=json_text)
    _make_folder(url)
    options = {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
    engine = create_engine(url, connect_args=options, json_serializer=json_text)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def json_text(value: Any) -> str:
    """`value` for a JSON column, as json.dumps writes it."""
    return "".join(_encode(value, 0))


def _refuse(value: object) -> None:
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


# The encoder itself, made once: json.dumps makes another for each call, which takes longer than most lists of a notice.
_encode = c_make_encoder(None, _refuse, encode_basestring_ascii, None, ": ", ", ", False, False, True)


def _make_folder(url: str) -> None:
    database = make_url(url).database
    if not database or database == ":memory:":
        return
    try:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnreachable(f"cannot make the folder of {safe_url(url)}: {error}; check TBTWATCH_VAR") from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA synchronous={'NORMAL' if options.get('bulk') else 'FULL'}")
    if options.get("migrating"):  # has no effect inside a transaction
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    # A deferred writer can fail half-way with "database is locked" whatever the timeout; an immediate one waits first.
    connection.exec_driver_sql("BEGIN" if options.get("reading") else "BEGIN IMMEDIATE")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads: it never takes the write lock."""
    with Session(engine.execution_options(reading=True)) as session:
        yield session


@contextmanager
def writing(engine: Engine, *, bulk: bool = False) -> Iterator[Session]:
    """A short write transaction, committed at the end, rolled back on any error.

    `bulk=True` (bulk history only) lets SQLite keep the last commits in memory of the system until the next checkpoint.
    """
    chosen = engine.execution_options(bulk=True) if bulk else engine
    with Session(chosen, expire_on_commit=False) as session, session.begin():
        yield session
        nudge_on_commit(session)


def safe_url(url: str) -> str:
    """`url` with its password blanked, fit for messages and logs."""
    return make_url(url).render_as_string(hide_password=True)


def first_line(error: Exception) -> str:
    """What the driver says, without SQLAlchemy's additions (the statement, a link)."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
