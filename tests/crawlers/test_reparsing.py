"""A mended parser is run over kept answers: new versions, no alert, nothing undone by an older answer, once."""

from __future__ import annotations

import json
import zlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col, select

from crawlers.declarations import declared_source, declared_sources
from crawlers.reparsing import NothingToReparse, reparse
from scheduler import run_stages
from settings import Settings
from store.clock import fixed_clock, system_clock
from store.crawl import CrawlRun, RawAnswer, SourceState
from store.engine import make_engine, reading, writing
from store.notice import Notice, NoticeSighting, NoticeVersion
from store.retention import forget_old
from store.review import Review
from store.warning import TradeWarning
from tests.crawlers.driving import crawl_here, write_recording

SOURCE = "wto_tbt_notifications"
FUTURE_PARSER, PRESENT = "0-older", declared_source(SOURCE).parser_version
WATCHED = "watched_page"


def listing(title: str, *numbers: int) -> dict[str, Any]:
    records = [
        {
            "id": str(n), "area": "TBT", "documentSymbol": f"G/TBT/N/USA/{n}", "notifyingMember": "United States",
            "notificationType": "Regular notification", "distributionDate": "2026-05-22T00:00:00Z", "title": title,
            "productsFreeText": "Toys (HS 9503)", "commentDeadlineDate": "2026-07-21T00:00:00Z",
        }
        for n in numbers
    ]  # fmt: skip
    body = json.dumps({"items": records, "totalCount": len(records), "currentPage": 1, "pageSize": 100}).encode()
    return {"url": declared_source(SOURCE).url, "body": body}


@pytest.fixture
def crawled(loaded_sqlite_url: str, tmp_path: Path, now: datetime) -> Engine:
    """Two notices seen twice, the second time under another title, all raised; then "read" by another parser."""
    crawl_here(loaded_sqlite_url, SOURCE, write_recording(tmp_path / "a", listing("Safety of toys", 1, 2)))
    crawl_here(loaded_sqlite_url, SOURCE, write_recording(tmp_path / "b", listing("Safety of toys, revised", 2)))
    engine = make_engine(loaded_sqlite_url)
    run_stages(engine, now, Settings(profile="live"))
    with writing(engine) as session:
        session.execute(update(RawAnswer).values(parser_version=FUTURE_PARSER))
        session.execute(update(Notice).values(title="Sfety f tys", content_hash="x"))  # what the bad parser made
        for seen in session.exec(select(NoticeSighting)):
            seen.content, seen.content_hash = {**seen.content, "title": "Sfety f tys"}, "x"
            session.add(seen)
    return engine


def told(engine: Engine) -> tuple[int, int]:
    with reading(engine) as session:
        return len(session.exec(select(TradeWarning)).all()), len(session.exec(select(Review)).all())


def titles(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [notice.title for notice in session.exec(select(Notice).order_by(col(Notice.id)))]


def test_what_the_mended_parser_says_replaces_the_old_and_alerts_nobody(crawled: Engine, now: datetime) -> None:
    before = told(crawled)
    assert before[0] == 2
    report = reparse(declared_source(SOURCE), crawled, fixed_clock(now))
    assert (report.changed, report.new, report.issues) == (2, 0, [])
    assert titles(crawled) == ["Safety of toys", "Safety of toys, revised"]
    run_stages(crawled, now, Settings(profile="live"))
    assert told(crawled) == before
    with reading(crawled) as session:
        assert all(notice.classified_at and notice.raised_at for notice in session.exec(select(Notice)))
        assert session.exec(select(CrawlRun).where(CrawlRun.mode == "reparse")).one().status == "ok"
    again = reparse(declared_source(SOURCE), crawled, fixed_clock(now), everything=True)
    assert (again.changed, again.new) == (0, 0)


def test_reading_again_is_no_visit_and_heals_no_source(crawled: Engine, now: datetime) -> None:
    with writing(crawled) as session:
        state = session.exec(select(SourceState)).one()
        state.status, state.failing_since, success = "failing", now, state.last_success_at
        session.add(state)
    reparse(declared_source(SOURCE), crawled, fixed_clock(now + timedelta(days=2)))
    with reading(crawled) as session:
        state = session.exec(select(SourceState)).one()
        assert (state.status, state.failing_since, state.last_success_at) == ("failing", now, success)


def test_an_older_answer_never_undoes_what_the_present_parser_said(crawled: Engine, now: datetime) -> None:
    with writing(crawled) as session:
        session.execute(update(RawAnswer).where(col(RawAnswer.id) == 2).values(parser_version=PRESENT))
    report = reparse(declared_source(SOURCE), crawled, fixed_clock(now))
    assert (report.changed, report.new) == (1, 0)  # the first notice alone: the second stands in the newer answer
    assert titles(crawled) == ["Safety of toys", "Sfety f tys"]


def test_nor_does_it_stand_in_for_a_newer_one_that_cannot_be_read(crawled: Engine, now: datetime) -> None:
    with writing(crawled) as session:
        session.execute(update(RawAnswer).where(col(RawAnswer.id) == 2).values(body=zlib.compress(b"<html></html>")))
    report = reparse(declared_source(SOURCE), crawled, fixed_clock(now))
    assert (report.changed, [note.kind for note in report.issues]) == (1, ["HtmlInstead"])
    assert titles(crawled) == ["Safety of toys", "Sfety f tys"]


def test_old_answers_are_forgotten_and_their_notices_stay(crawled: Engine) -> None:
    with writing(crawled) as session:
        assert forget_old(session, system_clock() + timedelta(days=10))["raw_answers"] == 0
    with writing(crawled) as session:
        gone = forget_old(session, system_clock() + timedelta(days=500))  # answers bear the time they really came
    assert (gone["raw_answers"], gone["crawl_runs"]) == (2, 2)
    with reading(crawled) as session:
        assert len(session.exec(select(Notice)).all()) == 2
        assert {v.raw_answer_id for v in session.exec(select(NoticeVersion))} == {None}


@pytest.mark.parametrize("source", sorted(name for name, one in declared_sources().items() if one.shape != WATCHED))
def test_what_every_source_keeps_can_be_read_again(source: str, sqlite_url: str, tmp_path: Path, now: datetime) -> None:
    declaration = declared_source(source)
    seen = crawl_here(sqlite_url, source, declaration.recording, var=str(tmp_path))
    engine = make_engine(sqlite_url)
    again = reparse(declaration, engine, fixed_clock(now), everything=True)
    assert (again.new, again.changed, again.unchanged, again.issues) == (0, 0, seen.new, [])
    engine.dispose()


def test_what_changed_on_a_page_cannot(sqlite_url: str, now: datetime) -> None:
    source = next(one for one in declared_sources().values() if one.shape == WATCHED)
    engine = make_engine(sqlite_url)
    with pytest.raises(NothingToReparse, match=source.id):
        reparse(source, engine, fixed_clock(now))
    engine.dispose()
