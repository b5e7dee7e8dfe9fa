"""Backup and restore: the same rows come back, on either kind, and a damaged file leaves nothing behind."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func
from sqlmodel import Session, SQLModel, select

from store.backup import BackupFailed, read_backup, write_backup
from store.crawl import CrawlRun, RawAnswer
from store.engine import make_engine, reading, writing
from store.notice import Notice, NoticeThread
from store.schema import upgrade_schema


def _put(engine: Engine, now: datetime) -> None:
    with writing(engine) as session:
        thread = NoticeThread()
        run = CrawlRun(source="wto_tbt_notifications", mode="recent", started_at=now)
        session.add_all([thread, run])
        session.flush()
        assert thread.id and run.id
        session.add(
            Notice(
                source="wto_tbt_notifications",
                thread_id=thread.id,
                kind="notification",
                issuer="EU",
                title="玩具安全",
                hs=["9503"],
                published_on=date(2026, 6, 1),
                admitted="news",
                first_seen_at=now,
                content_hash="x",
            )
        )
        session.add(
            RawAnswer(
                crawl_run_id=run.id,
                source=run.source,
                url="https://x.example/",
                status=200,
                fetched_at=now,
                parser_version="1",
                body=b"\x00\xff",
                body_sha256="y",
            )
        )


def _all_rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with reading(engine) as session:
        return {
            t.name: [tuple(row) for row in session.execute(select(t).order_by(*t.primary_key))]
            for t in SQLModel.metadata.sorted_tables
            if t.name != "subscriptionchange"  # a restored store begins its own log
        }


def test_the_same_rows_come_back_and_numbering_goes_on(store: Engine, now: datetime, tmp_path: Path) -> None:
    _put(store, now)
    file = tmp_path / "backup.gz"
    write_backup(store, file)
    other = make_engine(f"sqlite:///{tmp_path / 'other.sqlite'}")
    upgrade_schema(other)
    read_backup(other, file)
    assert _all_rows(other) == _all_rows(store)
    with Session(other) as session:
        thread = NoticeThread()
        session.add(thread)
        session.commit()
        assert thread.id == 2
    with pytest.raises(BackupFailed, match="already holds rows"):
        read_backup(store, file)


def test_a_sqlite_backup_restores_into_either_kind(store: Engine, now: datetime, tmp_path: Path) -> None:
    here = make_engine(f"sqlite:///{tmp_path / 'here.sqlite'}")
    upgrade_schema(here)
    _put(here, now)
    file = tmp_path / "backup.gz"
    write_backup(here, file)
    read_backup(store, file)
    assert _all_rows(store) == _all_rows(here)
    with Session(store) as session:
        thread = NoticeThread()
        session.add(thread)
        session.commit()
        assert thread.id == 2


@pytest.mark.parametrize("harm", ["cut", "foreign", "garbage"])
def test_a_damaged_file_is_refused_and_nothing_stays(store: Engine, now: datetime, tmp_path: Path, harm: str) -> None:
    here = make_engine(f"sqlite:///{tmp_path / 'here.sqlite'}")
    upgrade_schema(here)
    _put(here, now)
    file = tmp_path / "backup.gz"
    write_backup(here, file)
    whole = file.read_bytes()
    file.write_bytes({"cut": whole[: len(whole) // 2], "foreign": b"PK\x03\x04", "garbage": b""}[harm])
    with pytest.raises(BackupFailed):
        read_backup(store, file)
    with reading(store) as session:
        assert session.execute(select(func.count()).select_from(Notice)).scalar_one() == 0
