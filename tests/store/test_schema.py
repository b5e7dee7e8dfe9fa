"""The schema: complete migrations, a lock, a copy before an upgrade; both kinds of store."""

from __future__ import annotations

from datetime import UTC, datetime

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlmodel import select

from store.bureau import Officer, OfficerSession
from store.engine import reading, writing
from store.schema import MIGRATIONS, _config, head_revision, present_revision, schema_differences, upgrade_schema
from tests.alerts.raised import SYMBOL, UNSURE, put, run
from tests.cast import PROVINCE, insert_officer


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


def test_red_warnings_of_before_the_stamp_call_nobody(loaded: Engine, now: datetime) -> None:
    put(loaded, now, SYMBOL, UNSURE)
    run(loaded, now)
    with writing(loaded) as session:
        session.execute(text("UPDATE warningversion SET severity = 'red'"))
    before = ScriptDirectory(str(MIGRATIONS)).get_revision("0014").down_revision
    with loaded.execution_options(migrating=True).connect() as connection:
        with connection.begin():
            command.downgrade(_config(connection), str(before))
        connection.invalidate()
    upgrade_schema(loaded)
    with reading(loaded) as session:
        assert session.execute(text("SELECT red_told_at = raised_at FROM warningversion")).scalars().all() == [True]


def test_an_upgrade_keeps_rows_and_what_refers_to_them(loaded: Engine) -> None:
    """0008 lets SQLite copy the table of mails, to which the attempts refer."""
    now = datetime(2026, 6, 1, tzinfo=UTC)
    with writing(loaded) as session:
        officer = insert_officer(session, PROVINCE, "guangdong", "省测试账号", now)
        session.add(
            OfficerSession(
                officer_id=officer.id or 0, token_hash="t", form_token_hash="f", began_at=now, expires_at=now
            )
        )
    with loaded.execution_options(migrating=True).connect() as connection:
        with connection.begin():
            command.downgrade(_config(connection), "0007")
        connection.invalidate()
    before, after = upgrade_schema(loaded)
    assert (before, after) == ("0007", head_revision())
    assert schema_differences(loaded) == []
    with reading(loaded) as session:
        kept = session.exec(select(OfficerSession, Officer).join(Officer)).one()
        assert kept[1].sign_in == "guangdong" and kept[1].role == "A"
        if loaded.dialect.name == "sqlite":
            assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1
