"""The schema: complete migrations, a lock, a copy before an upgrade; both kinds of store."""

from __future__ import annotations

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from store.engine import reading
from store.schema import MIGRATIONS, head_revision, present_revision, schema_differences, upgrade_schema


def test_migrations_give_exactly_the_tables_of_the_code(store: Engine) -> None:
    assert schema_differences(store) == []
    assert present_revision(store) == head_revision()


def test_the_newest_revision_is_the_one_alembic_would_upgrade_to() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == head_revision()


def test_upgrading_twice_changes_nothing(store: Engine) -> None:
    assert upgrade_schema(store) == (head_revision(), head_revision())


def test_every_durable_write_on_sqlite_is_full(store: Engine) -> None:
    with reading(store) as session:
        if store.dialect.name == "sqlite":
            assert session.execute(text("PRAGMA synchronous")).scalar() == 2
            assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
            assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1
        else:
            assert session.execute(text("SHOW server_encoding")).scalar() == "UTF8"
