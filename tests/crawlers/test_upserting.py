"""Notices in the store: joint ones, several sources, versions, merges, runs cut short, writers at the same time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import StatementError

from crawlers.items import Link, NoticeItem
from crawlers.jobs import Mode
from crawlers.updating import Batch
from crawlers.upserting import upsert
from crawlers.visits import Answer, Report
from crawlers.writing import Writer
from store.clock import fixed_clock, parse_instant
from store.engine import reading, writing
from store.notice import Notice, NoticeSighting, NoticeSymbol, NoticeThread, NoticeVersion, ThreadFamily, symbols_of
from tests.crawlers.items_made import API, BOOK, item

NOW = parse_instant("2026-06-03T09:00+08:00")
GULF = "G/TBT/N/ARE/741, G/TBT/N/BHR/818, G/TBT/N/SAU/1498"


def put(store: Engine, items: Sequence[NoticeItem], mode: Mode = "recent", now: datetime | None = NOW) -> Batch:
    """One batch in one transaction."""
    with writing(store) as session:
        return upsert(session, items, source=items[0].source, mode=mode, now=now, seen_at=NOW)


def rows(store: Engine, table: type[Any]) -> list[Any]:
    with reading(store) as session:
        return list(session.execute(select(table).order_by(table.id)).scalars())


def only(store: Engine) -> Notice:
    """The one notice that stands for itself."""
    (found,) = [notice for notice in rows(store, Notice) if notice.merged_into_id is None]
    assert isinstance(found, Notice)
    return found


def snapshot(store: Engine) -> list[Any]:
    """All that a run must leave the same however often it was cut, apart from keys."""
    with reading(store) as session:
        notices = session.execute(select(Notice).where(Notice.merged_into_id.is_(None))).scalars().all()  # type: ignore[union-attr]
        symbols = symbols_of(session, [n.id for n in notices if n.id])
        versions = session.execute(select(NoticeVersion)).scalars().all()
        sightings = session.execute(select(NoticeSighting)).scalars().all()
    return sorted(
        (symbols[n.id or 0], n.content_hash, n.number, n.members, n.admitted,
         sorted((v.number, v.content_hash) for v in versions if v.notice_id == n.id),
         sorted((s.source, s.source_keys) for s in sightings if s.notice_id == n.id))
        for n in notices
    )  # fmt: skip


def test_a_notice_comes_with_symbols_thread_sighting_and_version(store: Engine) -> None:
    batch = put(
        store, [item("G/TBT/N/USA/2318"), item("G/TBT/N/USA/2318/Add.1", key="2"), item("G/SPS/N/USA/2318", key="3")]
    )
    assert sorted(batch.statuses.values()) == ["new", "new", "new"]
    notices = rows(store, Notice)
    assert [n.thread_id for n in notices] == [notices[0].thread_id, notices[0].thread_id, notices[2].thread_id]
    assert notices[0].thread_id != notices[2].thread_id and len(rows(store, NoticeThread)) == 2
    assert [f.family for f in rows(store, ThreadFamily)] == ["TBT/USA/2318", "SPS/USA/2318"]
    assert [(v.number, v.difference) for v in rows(store, NoticeVersion)] == [(1, {})] * 3
    assert [s.source_keys for s in rows(store, NoticeSighting)] == [["1"], ["2"], ["3"]]
    assert notices[1].thread_reason == "other"


def test_the_same_again_changes_nothing(store: Engine) -> None:
    put(store, [item("G/TBT/N/USA/2318")])
    before = snapshot(store)
    assert list(put(store, [item("G/TBT/N/USA/2318")]).statuses.values()) == ["unchanged"]
    assert snapshot(store) == before


def test_changed_content_is_a_new_version_and_work_again(store: Engine) -> None:
    put(store, [item("G/TBT/N/USA/2318", comment_deadline=date(2026, 7, 17))])
    with writing(store) as session:
        notice = session.get(Notice, only(store).id)
        assert notice
        notice.classified_at = notice.raised_at = NOW
        notice.claimed_by, notice.claimed_until, notice.attempts = "a worker", NOW, 3
        session.add(notice)
    batch = put(store, [item("G/TBT/N/USA/2318", comment_deadline=date(2026, 8, 17))])
    assert list(batch.statuses.values()) == ["changed"]
    notice = only(store)
    assert (notice.number, notice.comment_deadline) == (2, date(2026, 8, 17))
    assert (notice.classified_at, notice.raised_at, notice.claimed_by, notice.attempts) == (None, None, None, 0)
    assert rows(store, NoticeVersion)[1].difference == {"comment_deadline": ["2026-07-17", "2026-08-17"]}


def test_joint_records_are_one_notice_in_one_batch_or_in_several(store: Engine) -> None:
    records = [item(GULF, key=key, issuer=who) for key, who in (("11", "SAU"), ("9", "ARE"), ("10", "BHR"))]
    put(store, records[:1])
    batch = put(store, records[1:])
    assert list(batch.statuses.values()) == ["unchanged"]
    notice = only(store)
    assert (notice.issuer, notice.members, notice.number) == ("ARE", ["ARE", "BHR", "SAU"], 1)
    assert rows(store, NoticeSighting)[0].source_keys == ["9", "10", "11"]
    assert list(put(store, records).statuses.values()) == ["unchanged"]


def test_a_list_that_grows_keeps_the_notice_and_adds_the_symbol(store: Engine) -> None:
    put(store, [item("G/TBT/N/ARE/741, G/TBT/N/SAU/1498", key="9")])
    first = only(store)
    grown = "G/TBT/N/ARE/741, G/TBT/N/OMN/641, G/TBT/N/SAU/1498"
    assert list(put(store, [item(grown, key="9"), item(grown, key="12")]).statuses.values()) == ["unchanged"]
    notice = only(store)
    assert (notice.id, notice.public_id, notice.number) == (first.id, first.public_id, 1)
    assert notice.members == ["ARE", "OMN", "SAU"]
    with reading(store) as session:
        assert symbols_of(session, [notice.id or 0])[notice.id or 0] == grown.split(", ")
    assert {f.family for f in rows(store, ThreadFamily)} == {"TBT/ARE/741", "TBT/OMN/641", "TBT/SAU/1498"}


def test_two_notices_joined_by_a_later_list_become_the_older_one(store: Engine) -> None:
    put(store, [item("G/TBT/N/ARE/741", key="9", title="old title")], mode="import")
    put(store, [item("G/TBT/N/SAU/1498", key="12", title="other title"), item("G/TBT/N/SAU/1498/Add.1", key="30")])
    older, newer, addendum = rows(store, Notice)
    batch = put(store, [item("G/TBT/N/ARE/741, G/TBT/N/SAU/1498", key="9", title="old title")])
    assert batch.merged == {newer.id} and batch.statuses == {older.id: "unchanged"}
    older, newer, addendum = rows(store, Notice)
    assert (newer.merged_into_id, older.merged_into_id) == (older.id, None)
    assert {s.notice_id for s in rows(store, NoticeSymbol)} == {older.id, addendum.id}
    assert older.members == ["ARE", "SAU"] and older.title == "old title"
    assert older.admitted == "news"  # the joined one had been
    assert addendum.thread_id == older.thread_id == min(t.id for t in rows(store, NoticeThread))
    assert len({f.thread_id for f in rows(store, ThreadFamily)}) == 1
    assert [s.source_keys for s in rows(store, NoticeSighting) if s.notice_id == older.id] == [["9", "12"]]


def test_the_api_goes_before_the_workbook_and_fills_its_gaps(store: Engine) -> None:
    put(
        store,
        [item("G/TBT/N/JPN/902", key="G/TBT/N/JPN/902", source=BOOK, title="Book", products="Toys")],
        mode="workbook",
    )
    batch = put(store, [item("G/TBT/N/JPN/902", key="127", title="API", hs=("9503",))])
    assert list(batch.statuses.values()) == ["changed"]
    notice = only(store)
    assert (notice.title, notice.products, notice.hs) == ("API", "Toys", ["9503"])
    again = item("G/TBT/N/JPN/902", key="G/TBT/N/JPN/902", source=BOOK, title="Book, new words", products="Toys")
    assert list(put(store, [again], mode="workbook").statuses.values()) == ["unchanged"]
    assert [s.source for s in rows(store, NoticeSighting)] == [BOOK, API]


def test_history_becomes_news_when_a_watched_source_shows_it_in_time(store: Engine) -> None:
    fresh, old = item("G/TBT/N/JPN/902"), item("G/TBT/N/JPN/700", key="2", published_on=date(2026, 4, 2))
    books = [replace(one, source=BOOK, source_key=one.symbols[0]) for one in (fresh, old)]
    put(store, books, mode="workbook")
    assert [n.admitted for n in rows(store, Notice)] == ["history", "history"]
    put(store, [fresh, replace(old, comment_deadline=date(2026, 6, 10))])
    assert [(n.admitted, n.admitted_reason) for n in rows(store, Notice)] == [
        ("news", "recent"),
        ("history", "workbook"),
    ]
    put(store, books, mode="workbook")
    assert [n.admitted for n in rows(store, Notice)] == ["news", "history"]


def test_what_a_fill_brought_stays_history(store: Engine) -> None:
    put(store, [item("G/TBT/N/JPN/902")], mode="fill")
    put(store, [item("G/TBT/N/JPN/902")])
    put(store, [item("G/TBT/N/JPN/902", title="New words")])
    assert (only(store).admitted, only(store).number) == ("history", 2)


def test_the_english_document_that_comes_later_is_a_new_version(store: Engine) -> None:
    spanish = Link("notification", "es", "https://docs.wto.org/v/CHL806.DOCX")
    english = Link("notification", "en", "https://docs.wto.org/t/CHL806.DOCX")
    put(store, [item("G/TBT/N/CHL/806", title="Hervidores", lang="es", links=(spanish,))])
    batch = put(store, [item("G/TBT/N/CHL/806", title="Kettles", lang="en", links=(english, spanish))])
    assert list(batch.statuses.values()) == ["changed"]
    assert rows(store, NoticeVersion)[1].difference.keys() == {"title", "lang", "links"}
    assert [link["lang"] for link in only(store).links] == ["en", "es"]


def test_an_addendum_to_history_is_news(store: Engine) -> None:
    put(store, [item("G/TBT/N/JPN/902", published_on=date(2024, 1, 1))], mode="fill")
    put(store, [item("G/TBT/N/JPN/902/Add.1", key="2")])
    first, second = rows(store, Notice)
    assert (first.admitted, second.admitted, first.thread_id == second.thread_id) == ("history", "news", True)


def test_notices_of_other_sources_are_known_by_their_own_id(store: Engine) -> None:
    recall = NoticeItem("us_cpsc_recalls", "10904", "recall", "USA", title="Cribs")
    put(store, [recall, replace(recall, source_key="10905")])
    batch = put(store, [replace(recall, title="Cribs and beds"), replace(recall, source_key="10905")])
    assert sorted(batch.statuses.values()) == ["changed", "unchanged"]
    assert [(n.source_key, n.title) for n in rows(store, Notice)] == [("10904", "Cribs and beds"), ("10905", "Cribs")]
    assert len(rows(store, NoticeThread)) == 2


def test_an_addendum_without_a_title_gets_a_stand_in(store: Engine) -> None:
    put(store, [item("G/SPS/N/EU/941/Add.1", title="", notification_type="Addendum to Regular Notification")])
    assert only(store).title == "Addendum to Regular Notification G/SPS/N/EU/941/Add.1"


def _stream() -> list[list[NoticeItem]]:
    """Batches as a crawl would write them, with joint records apart and a change in the last."""
    gulf = [item(GULF, key=key, issuer=who) for key, who in (("11", "SAU"), ("9", "ARE"), ("10", "BHR"))]
    return [
        [gulf[0], item("G/TBT/N/JPN/902", key="20")],
        [gulf[1], item("G/TBT/N/JPN/902/Add.1", key="21"), item("G/TBT/N/EU/1", key="22")],
        [gulf[2], item("G/TBT/N/EU/1/Rev.1", key="23")],
    ]


def test_cut_anywhere_and_run_again_ends_in_the_same_rows(store: Engine, sqlite_url: str) -> None:
    from store.engine import make_engine

    whole = make_engine(sqlite_url)
    for batch in _stream():
        put(whole, batch)
    for batch in _stream()[:2]:  # cut after the second batch, then the whole run once more
        put(store, batch)
    for batch in _stream():
        put(store, batch)
    assert snapshot(store) == snapshot(whole)
    whole.dispose()


def test_a_batch_that_fails_leaves_nothing(store: Engine) -> None:
    bad = item("G/TBT/N/JPN/902", attributes={"not": object()})  # cannot become JSON
    with pytest.raises((StatementError, TypeError), match="serializable"):
        put(store, [item("G/TBT/N/EU/1", key="2"), bad])
    assert rows(store, Notice) == [] and rows(store, NoticeThread) == []


def test_writers_of_the_same_notices_do_no_harm_to_each_other(store: Engine, sqlite_url: str) -> None:
    errors: list[Exception] = []

    def write(key: str) -> None:
        writer = Writer(store, 0, API, "recent", NOW, fixed_clock(NOW))
        try:
            for n in range(12):
                records = [
                    item(f"G/TBT/N/ARE/{n}, G/TBT/N/SAU/{n}", key=f"{n}{key}"),
                    item(f"G/TBT/N/EU/{n}", key=f"7{n}"),
                ]
                writer.write(records, None, Report(API))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(key,)) for key in "123"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(rows(store, Notice)) == 24 and len(rows(store, NoticeSymbol)) == 36
    assert {len(s.source_keys) for s in rows(store, NoticeSighting)} == {1, 3}


def test_the_raw_answer_is_kept_once_and_only_for_what_is_new(store: Engine) -> None:
    from crawlers.runs import begin_run
    from store.crawl import RawAnswer

    run_id = begin_run(store, API, "recent", NOW)
    writer = Writer(store, run_id, API, "recent", NOW, fixed_clock(NOW))
    answer = Answer("GET", "https://api.wto.org/x", 200, {"ETag": "1"}, NOW, b'{"items": []}')
    items = [item("G/TBT/N/JPN/902"), item("G/TBT/N/JPN/903", key="2")]
    writer.write(items, answer, Report(API))
    writer.write(items, answer, Report(API))
    (raw,) = rows(store, RawAnswer)
    import zlib

    assert zlib.decompress(raw.body) == answer.body and raw.headers == {"ETag": "1"} and raw.parser_version
    assert {v.raw_answer_id for v in rows(store, NoticeVersion)} == {raw.id}
