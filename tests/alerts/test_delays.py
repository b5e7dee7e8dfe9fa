"""Delays: an outage of ten days is caught up with, each notice one mail, and the mail says by how much it is late."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from alerts.delays import Outage, days_delayed, outage_between
from alerts.outages import outage_before, usual_lag
from store.clock import parse_instant
from store.crawl import CrawlRun, SourceState
from store.engine import reading, writing
from store.notice import Notice
from tests.alerts.cap_read import pairs, read_cap, texts
from tests.alerts.mailed import mails, run_to_mails, settings_at, text_of
from tests.alerts.raised import SURE, put, put_next, versions
from tests.cast import insert_cast
from tests.rows import change

SOURCE = "wto_tbt_notifications"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FAILED_FROM, FAILED_DAYS = parse_instant("2026-06-03T09:00+08:00"), 10
BACK = FAILED_FROM + FAILED_DAYS * DAY


def visit(engine: Engine, at: datetime, status: str, rows: int = 0, mode: str = "recent") -> None:
    with writing(engine) as session:
        run = CrawlRun(source=SOURCE, mode=mode, started_at=at, finished_at=at + HOUR / 60, status=status, rows=rows)
        session.add(run)


@pytest.fixture
def outage(loaded: Engine) -> Engine:
    """A source read every day, then failing for ten, then well again; a firm that asks for toys."""
    with writing(loaded) as session:
        insert_cast(session, FAILED_FROM - 20 * DAY)
        session.add(SourceState(source=SOURCE, status="ok", name_zh="世贸组织 TBT 通报"))
    for day in range(12, 0, -1):
        visit(loaded, FAILED_FROM - day * DAY, "unchanged", rows=5)
    for day in range(FAILED_DAYS):
        visit(loaded, FAILED_FROM + day * DAY, "failing")
    visit(loaded, BACK, "running")
    return loaded


def seen(engine: Engine, number: int, published_on: date, at: datetime = BACK) -> Notice:
    return put(engine, at, f"G/TBT/N/USA/{number}", SURE, published_on=published_on, comment_deadline=date(2026, 8, 30))


def test_catching_up_tells_each_notice_once_and_by_how_much_it_is_late(outage: Engine, tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    for number in range(FAILED_DAYS):  # one notice on each day of the outage
        seen(outage, number, date(2026, 6, 3) + number * DAY)
    run_to_mails(outage, BACK, settings)
    run_to_mails(outage, BACK + HOUR, settings)
    sent = mails(outage)
    assert len(sent) == FAILED_DAYS and {address for address, _, _ in sent} == {"toys@exporter.example"}
    late = [version.facts.get("delayed_days") for version in versions(outage)]
    assert late == list(range(10, 0, -1))
    said = "本预警因来源“世贸组织 TBT 通报”于2026年6月3日至2026年6月13日中断而延迟10天送达。"
    assert said in text_of(*sent[0][1:]) and said in sent[0][2].html
    assert "延迟1天送达" in text_of(*sent[-1][1:])


def test_the_cap_message_says_it_too(outage: Engine, tmp_path: Path) -> None:
    from alerts.cap_gathering import cap_of

    seen(outage, 1, date(2026, 6, 5))
    run_to_mails(outage, BACK, settings_at(tmp_path))
    with reading(outage) as session:
        root = read_cap(cap_of(session, versions(outage)[0], settings_at(tmp_path, profile="live")))
    assert "延迟8天送达" in texts(root, "info/description")[0]
    assert ("延迟天数", "8") in pairs(root, "info/parameter")


def test_what_was_not_held_up_says_nothing(outage: Engine, tmp_path: Path) -> None:
    seen(outage, 1, date(2026, 6, 13))  # published on the day the source came back
    seen(outage, 2, date(2026, 5, 20))  # dated back by its publisher: it was not there before the outage
    seen(outage, 3, date(2026, 6, 14), BACK + 2 * DAY)  # two days later, long well again
    visit(outage, BACK + DAY, "ok", rows=5)
    visit(outage, BACK + 2 * DAY, "ok", rows=5)
    seen(outage, 4, date(2026, 6, 10), BACK + 2 * DAY)
    run_to_mails(outage, BACK + 2 * DAY, settings_at(tmp_path))
    assert len(mails(outage)) == 4
    assert not [version for version in versions(outage) if "delayed_days" in version.facts]
    assert "中断" not in "".join(body.text for _, _, body in mails(outage))


def test_the_usual_lag_of_a_source_is_no_delay(outage: Engine, tmp_path: Path) -> None:
    for number, day in enumerate(range(10, 3, -1)):  # before the outage: always seen three days after the date
        at = FAILED_FROM - day * DAY
        seen(outage, 100 + number, at.date() - 3 * DAY, at)
    with reading(outage) as session:
        assert usual_lag(session, SOURCE, FAILED_FROM) == 3
    late = seen(outage, 1, date(2026, 6, 8))
    run_to_mails(outage, BACK, settings_at(tmp_path))
    (version,) = [each for each in versions(outage) if each.notice_id == late.id]
    assert version.facts["delayed_days"] == 2  # it would have been seen on the 11th


def test_only_the_first_telling_is_late(outage: Engine, tmp_path: Path) -> None:
    first = seen(outage, 1, date(2026, 6, 5))
    settings = settings_at(tmp_path)
    run_to_mails(outage, BACK, settings)
    later = BACK + 5 * DAY
    with writing(outage) as session:
        change(session, session.get_one(Notice, first.id), SURE, later, comment_deadline=date(2026, 9, 9))
    for day in range(1, 7):
        visit(outage, BACK + day * DAY, "ok", rows=5)
    run_to_mails(outage, later, settings)
    put_next(outage, later + DAY, first, "Add.1", "adopted", SURE, published_on=date(2026, 6, 18))
    run_to_mails(outage, later + DAY, settings)
    assert [version.kind for version in versions(outage)] == ["issue", "update", "update"]
    assert ["delayed_days" in version.facts for version in versions(outage)] == [True, False, False]


def test_a_time_without_visits_is_an_outage_of_ours(loaded: Engine) -> None:
    for day in range(8):
        visit(loaded, FAILED_FROM + day * DAY, "ok", rows=3)
    back = FAILED_FROM + 16 * DAY
    visit(loaded, back, "ok", rows=3)
    with reading(loaded) as session:
        assert outage_before(session, SOURCE, back + HOUR) == Outage(FAILED_FROM + 8 * DAY, back)
        assert outage_before(session, SOURCE, FAILED_FROM + 7 * DAY + HOUR) is None
        assert outage_before(session, "another", back) is None


def test_fills_and_imports_are_no_visits_and_a_read_list_is_no_outage(loaded: Engine) -> None:
    for day in range(5):
        visit(loaded, FAILED_FROM + day * DAY, "ok", rows=3)
    visit(loaded, FAILED_FROM + 5 * DAY, "failing", rows=3)  # read, but something in it was wrong
    visit(loaded, FAILED_FROM + 5 * DAY + HOUR, "failing", mode="fill")
    visit(loaded, FAILED_FROM + 6 * DAY, "ok", rows=3)
    with reading(loaded) as session:
        assert outage_before(session, SOURCE, FAILED_FROM + 6 * DAY + HOUR) is None


@pytest.mark.parametrize(
    ("worked", "next_visit", "ended", "gaps", "began"),
    [
        (-1, 0, 0, [1, 1, 1], None),  # day by day
        (-1, 0, 4, [1, 1, 1], 0),  # failing from day 0 to 4
        (-9, 0, 4, [1, 1, 1], -8),  # nobody came for eight days, then it failed too
        (-9, 0, 0, [7, 7], None),  # a weekly source, a day or two late
        (-9, 0, 0, [1], None),  # too few visits to know its habit
        (None, 0, 3, [], 0),  # never read before
        (None, 0, 0, [], None),
    ],
)
def test_when_an_outage_began(
    worked: int | None, next_visit: int, ended: int, gaps: list[int], began: int | None
) -> None:
    last = None if worked is None else FAILED_FROM + worked * DAY
    found = outage_between(last, FAILED_FROM + next_visit * DAY, FAILED_FROM + ended * DAY, [g * DAY for g in gaps])
    assert found == (None if began is None else Outage(FAILED_FROM + began * DAY, FAILED_FROM + ended * DAY))


@pytest.mark.parametrize(
    ("published", "lag", "days"),
    [
        (date(2026, 6, 3), 0, 10),
        (date(2026, 6, 2), 0, 10),  # the day before: it fell into the outage all the same
        (date(2026, 5, 31), 0, 0),
        (date(2026, 5, 31), 3, 10),
        (date(2026, 6, 12), 0, 1),
        (date(2026, 6, 12), 3, 0),
    ],
)
def test_days_delayed(published: date, lag: int, days: int) -> None:
    assert days_delayed(published, Outage(FAILED_FROM, BACK), lag) == days
