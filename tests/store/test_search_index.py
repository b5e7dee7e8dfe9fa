"""The index follows the notices: new, edited, merged, restored, made anew, filled by the migration; on both stores."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, insert, text
from sqlmodel import Session, select

from crawlers.items import NoticeItem
from crawlers.upserting import upsert
from store.backup import read_backup, write_backup
from store.clock import parse_instant
from store.engine import make_engine, reading, writing
from store.notice import Notice, NoticeSymbol, NoticeThread
from store.schema import _config, present_revision, schema_differences, upgrade_schema
from store.search import search
from store.search_index import INDEX, NOTICE_TEXT, Entry, index_notices, rebuild_index, reindex_notices
from tests.crawlers.items_made import API, BOOK, item
from tests.rows import insert_notice

NOW = parse_instant("2026-06-03T09:00+08:00")
GULF = "G/TBT/N/ARE/741, G/TBT/N/BHR/818"


def put(store: Engine, *items: NoticeItem) -> None:
    with writing(store) as session:
        upsert(session, items, source=items[0].source, mode="recent", now=NOW, seen_at=NOW)


def found(store: Engine, question: str) -> list[str]:
    """Titles."""
    with reading(store) as session:
        return [session.get_one(Notice, n).title for n in search(session, question)]


def candidates(store: Engine, term: str) -> int:
    """How many places the index itself holds for a term, without any text."""
    asked = {"sqlite": f"{INDEX} MATCH :term", "postgresql": "terms @@ CAST(:term AS tsquery)"}[store.dialect.name]
    with reading(store) as session:
        return int(session.execute(text(f"SELECT count(*) FROM {INDEX} WHERE {asked}"), {"term": term}).scalar_one())


def held(store: Engine) -> dict[int, str]:
    with reading(store) as session:
        return {row.notice_id: row.text for row in session.execute(select(NOTICE_TEXT))}


def test_every_field_that_people_look_for_is_found(store: Engine) -> None:
    texts: dict[str, Any] = {"description": "第一段\n邻苯二甲酸酯", "products": "积木"}
    put(store, item("G/TBT/N/USA/1", title="玩具", keywords=("儿童安全",), hs=("950300",), **texts))
    for question in ("玩具", "邻苯二甲酸酯", "积木", "儿童安全", "9503", "g/tbt/n/usa/1", "玩具 积木 usa"):
        assert found(store, question) == ["玩具"], question
    assert found(store, "玩具第一段") == found(store, "段邻") == []


def test_an_edit_is_found_by_its_new_words_alone(store: Engine) -> None:
    put(store, item("G/TBT/N/USA/1", title="锂电池", description="旧的标签"))
    put(store, item("G/TBT/N/USA/1", title="锂电池", description="新的标识"))
    assert found(store, "标识") == ["锂电池"] and found(store, "标签") == []
    assert (candidates(store, "标识"), candidates(store, "标签")) == (1, 0)
    put(store, item("G/TBT/N/USA/1", title="锂电池", description="新的标识", published_on=date(2026, 5, 29)))
    put(store, item("G/TBT/N/USA/2", key="2", title="钠电池", published_on=date(2026, 5, 25)))
    assert found(store, "电池") == ["锂电池", "钠电池"] and candidates(store, "电池") == 2


def test_a_joint_notice_is_found_by_the_symbols_it_has_won(store: Engine) -> None:
    put(store, item("G/TBT/N/ARE/741", title="玩具"))
    put(store, item(GULF, title="玩具"))
    assert found(store, "bhr/818") == found(store, "are/741") == ["玩具"]


def test_notices_that_became_one_are_found_once(store: Engine) -> None:
    put(store, item("G/TBT/N/ARE/741", title="积木"), item("G/TBT/N/BHR/818", key="2", title="拼图"))
    assert len(held(store)) == 2
    put(store, item(GULF, source=BOOK, title="积木"))
    assert found(store, "积木") == ["积木"] and found(store, "拼图") == []
    assert found(store, "bhr/818") == found(store, "are/741") == ["积木"]
    assert len(held(store)) == 1 and candidates(store, "拼图") == 0


def test_what_a_failed_batch_wrote_is_not_found(store: Engine) -> None:
    with pytest.raises(RuntimeError, match="cut"), writing(store) as session:
        upsert(session, [item("G/TBT/N/USA/1", title="锂电池")], source=API, mode="recent", now=NOW, seen_at=NOW)
        raise RuntimeError("cut")
    assert found(store, "锂电池") == [] and candidates(store, "电池") == 0


def test_saying_the_same_again_changes_nothing(session: Session) -> None:
    notice = insert_notice(session, NOW, "G/TBT/N/USA/1", None, title="锂电池")
    session.commit()
    before = written(session)
    reindex_notices(session, [notice.id or 0])
    reindex_notices(session, [notice.id or 0, 999])
    assert written(session) == before
    assert search(session, "电池") == [notice.id]


def written(session: Session) -> Any:
    """SQLite's count of changes; PostgreSQL's id of the transaction, which only one that writes has."""
    if session.get_bind().dialect.name == "sqlite":
        return session.execute(text("SELECT total_changes()")).scalar_one()
    return session.execute(text("SELECT pg_current_xact_id_if_assigned()")).scalar_one()


def test_made_anew_it_is_the_same_whatever_it_was_before(store: Engine) -> None:
    put(store, item("G/TBT/N/ARE/741", title="积木"), item("G/TBT/N/BHR/818", key="2", title="拼图"))
    put(store, item(GULF, source=BOOK, title="积木"))
    put(store, item("G/TBT/N/USA/2", key="3", title="钠电池", published_on=None, hs=("8507",), keywords=("储能",)))
    right = held(store)
    with writing(store) as session:
        session.execute(NOTICE_TEXT.update().values(text="wrong"))
        index_notices(session, [Entry(999, None, "不存在")])
    with writing(store) as session:
        assert rebuild_index(session) == 2
    assert held(store) == right
    assert found(store, "积木") == ["积木"] and found(store, "不存在") == [] and candidates(store, "不存") == 0
    put(store, item("G/TBT/N/USA/2", key="3", title="钾电池"))
    assert found(store, "钾电池") == ["钾电池"] and candidates(store, "钠电") == 0
    assert schema_differences(store) == []


def test_a_restored_store_is_searched_like_the_one_that_was_backed_up(store: Engine, tmp_path: Path) -> None:
    put(store, item("G/TBT/N/USA/1", title="锂电池"), item("G/TBT/N/USA/2", key="2", title="积木", published_on=None))
    write_backup(store, tmp_path / "backup.gz")
    with gzip.open(tmp_path / "backup.gz", "rt", encoding="utf-8") as lines:
        assert '"t": "notice"' in (whole := lines.read()) and "noticetext" not in whole and INDEX not in whole
    other = make_engine(f"sqlite:///{tmp_path / 'other.sqlite'}")
    read_backup(other, tmp_path / "backup.gz")
    assert held(other) == held(store)
    assert found(other, "电池") == ["锂电池"] and found(other, "usa") == ["锂电池", "积木"]


def test_the_migration_fills_the_index_from_the_notices_that_are_there(store: Engine) -> None:
    put(store, item("G/TBT/N/ARE/741", title="积木"), item("G/TBT/N/BHR/818", key="2", title="拼图"))
    put(store, item(GULF, source=BOOK, title="积木", keywords=("儿童安全",), hs=("9503",), products="塑料\n积木"))
    put(store, item("G/TBT/N/USA/2", key="3", title="钠电池", published_on=None))
    _many(store, 2300)
    right = held(store)
    assert len(right) == 2302
    with store.begin() as connection:
        command.downgrade(_config(connection), "0001")
    assert present_revision(store) == "0001"
    upgrade_schema(store)
    assert schema_differences(store) == []
    assert held(store) == right
    assert found(store, "积木 儿童安全 bhr") == ["积木"] and found(store, "拼图") == []
    assert found(store, "电池")[-1] == "钠电池" and len(found(store, "池塘")) == 2300
    put(store, item("G/TBT/N/USA/2", key="3", title="钾电池"))
    assert found(store, "钾电池") == ["钾电池"] and candidates(store, "钠电") == 0


def _many(store: Engine, number: int) -> None:
    """More notices than a slice holds, in one go."""
    with writing(store) as session:
        thread = NoticeThread()
        session.add(thread)
        session.flush()
        rows = [
            Notice(source="other", source_key=str(n), thread_id=thread.id or 0, kind="recall", issuer="EU",
                   title=f"充电池塘{n}", published_on=date(2026, 1, 1), admitted="history", first_seen_at=NOW,
                   content_hash=str(n)).model_dump(exclude={"id"})
            for n in range(number)
        ]  # fmt: skip
        session.execute(insert(Notice), rows)
        some = session.execute(select(Notice.id).where(Notice.source == "other")).scalars().all()
        session.execute(
            insert(NoticeSymbol),
            [{"notice_id": n, "symbol": f"G/SPS/N/EU/{n}", "family": f"SPS/EU/{n}", "position": 0} for n in some],
        )
        reindex_notices(session, [n or 0 for n in some])
