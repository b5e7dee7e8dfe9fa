"""The schema's versions: upgrading under a lock, with a copy of a SQLite file first; and the drift check."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel

import store
from settings import TbtwatchError
from store.clock import system_clock
from store.engine import first_line
from store.search_index import SEARCH, is_ours
from store.subscription_change import make_triggers

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
UPGRADE_LOCK = 0x7462_7477  # "tbtw": the advisory lock's number on PostgreSQL

assert store.__all__  # every table is named before metadata is compared


class UpgradeFailed(TbtwatchError):
    """Raised when a migration fails; on SQLite the copy made before it is named."""


def _config(connection: Connection | None) -> Config:
    from alembic.config import Config  # every command opens the store, few migrate it: a quarter of a second saved

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def head_revision() -> str:
    """The newest revision the code knows: files are named by it, in ascending order."""
    return max(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def present_revision(engine: Engine) -> str | None:
    """The revision the database is at; None when it is empty."""
    with engine.execution_options(reading=True).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade_schema(engine: Engine) -> tuple[str | None, str]:
    """Bring the database to the newest revision, one process at a time; returns (before, after).

    A SQLite file with tables is copied beside itself first, since SQLite keeps half of a failed migration.
    Raises UpgradeFailed.
    """
    from alembic import command
    from alembic.util import CommandError

    with _upgrade_lock(engine):
        before = present_revision(engine)
        head = head_revision()
        if before == head:
            return before, head
        if before and before > head:
            raise UpgradeFailed(f"the store is at schema {before}, this program knows {head}: update the program")
        copy = _copy_sqlite(engine) if before else None
        try:
            with _migrating(engine) as connection:
                command.upgrade(_config(connection), "head")
                make_triggers(connection)
        except (SQLAlchemyError, CommandError) as error:
            cure = f"; the copy from before is {copy}" if copy else ""
            raise UpgradeFailed(f"db upgrade from {before} to {head} failed: {first_line(error)}{cure}") from error
        return before, head


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """A transaction in which SQLite lets a table be replaced by its altered copy; references are checked at the end."""
    with engine.execution_options(migrating=True).connect() as connection:
        try:
            with connection.begin():
                yield connection
                broken = (
                    engine.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                )
                if broken:
                    raise UpgradeFailed(f"db upgrade would leave rows without what they refer to: {broken[:3]}")
        finally:
            connection.invalidate()  # the next connection checks references again


@contextmanager
def _upgrade_lock(engine: Engine) -> Iterator[None]:
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:n)"), {"n": UPGRADE_LOCK})
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": UPGRADE_LOCK})
        return
    with Path(f"{engine.url.database}.upgrade-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _copy_sqlite(engine: Engine) -> Path | None:
    if engine.dialect.name != "sqlite":
        return None
    source = str(engine.url.database)
    copy = Path(f"{source}.{system_clock():%Y%m%dT%H%M%SZ}.before-upgrade")
    with sqlite3.connect(source) as here, sqlite3.connect(copy) as there:
        here.backup(there)
    return copy


def schema_differences(engine: Engine) -> list[Any]:
    """What the tables in the code and in the database differ in: empty when the migrations are complete."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with engine.execution_options(reading=True).connect() as connection:
        context = MigrationContext.configure(connection, opts={"render_as_batch": True, "include_name": is_ours})
        every: Any = [SQLModel.metadata, SEARCH]  # alembic takes several, its annotations name one
        return list(compare_metadata(context, every))


def make_migration(engine: Engine, message: str, revision: str) -> None:
    """Write a new migration file for what the code's tables have and the database lacks (a developer's command)."""
    from alembic import command

    with engine.begin() as connection:
        command.revision(_config(connection), message=message, autogenerate=True, rev_id=revision)
