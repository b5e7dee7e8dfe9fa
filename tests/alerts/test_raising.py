"""Raising: history is silent, news becomes one warning a thread, new versions only for what matters."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func
from sqlmodel import SQLModel, col, select

from alerts.raising import raise_notice, raise_pending
from alerts.reviewing import accept, dismiss
from alerts.versions import concerns_in, industries_of
from store.bureau import Bureau
from store.classification import Classification
from store.engine import reading, writing
from store.notice import HISTORY, Notice
from store.review import Review
from store.warning import TradeWarning, WarningVersion
from tests.cast import TOYS, Cast, insert_cast, insert_exporter
from tests.rows import change, follow, insert_notice

SYMBOL = "G/TBT/N/USA/1234"
SURE, UNSURE = [(TOYS, "accepted")], [(TOYS, "flagged")]


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    with writing(loaded) as session:
        return insert_cast(session, now)


def put(engine: Engine, now: datetime, *args: Any, **fields: Any) -> Notice:
    with writing(engine) as session:
        return insert_notice(session, now, *(args or (SYMBOL, SURE)), **fields)


def put_next(engine: Engine, now: datetime, *args: Any, **fields: Any) -> Notice:
    with writing(engine) as session:
        return follow(session, now, *args, **fields)


def run(engine: Engine, now: datetime) -> int:
    """The stage until nothing is left, as the scheduler does."""
    done = 0
    while handled := raise_pending(engine, now):
        done += handled
    return done


def versions(engine: Engine) -> list[WarningVersion]:
    with reading(engine) as session:
        return list(session.exec(select(WarningVersion).order_by(col(WarningVersion.id))))


def desks(engine: Engine) -> dict[str, Review]:
    """Short name of each bureau with a review -> the review."""
    with reading(engine) as session:
        rows = session.exec(select(Bureau.short_name_zh, Review).join(Review, col(Review.bureau_id) == Bureau.id))
        return {row[0]: row[1] for row in rows}


def slugs(engine: Engine, version: WarningVersion) -> list[str]:
    with reading(engine) as session:
        return [i.slug for i in industries_of(session, concerns_in(session, version))]


def count(engine: Engine, table: type[SQLModel]) -> int:
    with reading(engine) as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_sure_news_becomes_a_warning_at_once(loaded: Engine, cast: Cast, now: datetime) -> None:
    notice = put(loaded, now)
    assert run(loaded, now) == 1
    (version,) = versions(loaded)
    assert (version.kind, version.number, version.state, version.basis) == ("issue", 1, "issued", "automatic")
    assert (version.issued_at, version.flags, version.severity) == (now, [], "yellow")
    assert version.severity_reason
    assert version.facts["symbols"] == [SYMBOL]
    assert version.facts["stage"] == "draft"
    assert version.facts["comment_deadline"] == "2026-07-30"
    assert version.facts["notice_public_id"] == notice.public_id
    assert slugs(loaded, version) == [TOYS]
    assert count(loaded, Review) == 0


def test_doubt_goes_to_the_county_that_hosts_the_industry(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, now, SYMBOL, UNSURE)
    run(loaded, now)
    (version,) = versions(loaded)
    assert (version.state, version.basis, version.issued_at) == ("under_review", None, None)
    assert version.flags == ["doubt"]
    chenghai = desks(loaded)["澄海区市场监管局"]
    assert chenghai.is_lead
    assert chenghai.state == "open"
    assert chenghai.due_at == now + timedelta(days=7)  # five working days from a Wednesday
    assert any("玩具" in reason for reason in chenghai.reasons)


def test_a_county_with_a_matched_firm_looks_too(loaded: Engine, cast: Cast, now: datetime) -> None:
    with writing(loaded) as session:
        insert_exporter(session, "大埔玩具测试企业", "441422", "dabu@exporter.example", [("industry", TOYS)], now)
    put(loaded, now, SYMBOL, UNSURE)
    run(loaded, now)
    assert "大埔县市场监管局" in desks(loaded)


def test_red_is_signed_off_by_a_person_within_four_hours(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, now, SYMBOL, SURE, comment_deadline=date(2026, 6, 10))
    run(loaded, now)
    (version,) = versions(loaded)
    assert (version.severity, version.flags, version.state) == ("red", ["sign_off"], "under_review")
    assert desks(loaded)["澄海区市场监管局"].due_at == now + timedelta(hours=4)


def test_a_deadline_that_could_not_be_read_is_shown_to_a_person(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, now, SYMBOL, SURE, comment_deadline=None, comment_deadline_text="65 days")
    put(loaded, now, "G/TBT/N/USA/2", SURE, comment_deadline=None, comment_deadline_text="Not applicable")
    run(loaded, now)
    assert [v.flags for v in versions(loaded)] == [["deadline_unread"], []]


def test_an_industry_nobody_hosts_still_finds_a_desk(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, now, SYMBOL, [("agricultural-machinery", "flagged")], products="Tractors")
    run(loaded, now)
    assert list(desks(loaded)) == ["省市场监管局"]


def test_history_raises_nothing(loaded: Engine, cast: Cast, now: datetime) -> None:
    for number in range(30):
        put(loaded, now, f"G/TBT/N/USA/{number}", UNSURE, admitted=HISTORY)
    assert run(loaded, now) == 30
    assert [count(loaded, table) for table in (TradeWarning, WarningVersion, Review)] == [0, 0, 0]
    with reading(loaded) as session:
        assert session.exec(select(Notice).where(col(Notice.raised_at).is_(None))).first() is None


def test_an_addendum_to_history_is_news_and_tells_what_the_first_notice_said(
        loaded: Engine, cast: Cast, now: datetime) -> None:
    first = put(loaded, now, SYMBOL, SURE, admitted=HISTORY, products="Electric toys")
    run(loaded, now)
    put_next(loaded, now, first, "Add.1", "in_force", force_on=date(2026, 6, 1))
    run(loaded, now)
    (version,) = versions(loaded)
    assert version.kind == "issue"
    assert version.facts["products"] == "Electric toys"
    assert version.facts["hs"] == ["9503"]
    assert version.facts["stage"] == "in_force"
    assert slugs(loaded, version) == [TOYS]


def test_without_industries_or_from_our_own_country_there_is_no_warning(
        loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, now, SYMBOL, [])
    put(loaded, now, "G/TBT/N/CHN/1", SURE, issuer="CHN")
    put(loaded, now, "G/TBT/N/USA/3", None)  # not classified: not even stamped
    assert run(loaded, now) == 2
    assert versions(loaded) == []


def test_running_twice_changes_nothing(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, now, SYMBOL, UNSURE)
    put(loaded, now, "G/TBT/N/USA/2", SURE)
    run(loaded, now)
    tables = (TradeWarning, WarningVersion, Review, Classification)
    before = [count(loaded, table) for table in tables]
    assert raise_pending(loaded, now + timedelta(hours=1)) == 0
    assert [count(loaded, table) for table in tables] == before


def test_a_moved_deadline_is_an_update(loaded: Engine, cast: Cast, now: datetime) -> None:
    first = put(loaded, now)
    run(loaded, now)
    put_next(loaded, now, first, "Add.1", "deadline_changed", comment_deadline=date(2026, 8, 30),
             comment_deadline_text="30 August 2026")
    run(loaded, now + timedelta(days=1))
    one, two = versions(loaded)
    assert (two.warning_id, two.number, two.kind, two.references_id) == (one.warning_id, 2, "update", one.id)
    assert two.state == "issued"
    assert two.facts["changes"]["comment_deadline"] == ["2026-07-30", "2026-08-30"]  # type: ignore[index]
    assert two.facts["products"] == "Toys"


def test_a_corrigendum_that_changes_nothing_is_only_stamped(loaded: Engine, cast: Cast, now: datetime) -> None:
    first = put(loaded, now)
    run(loaded, now)
    put_next(loaded, now, first, "Corr.1", "corrected")
    put_next(loaded, now, first, "Suppl.1", "other")
    assert run(loaded, now + timedelta(days=40)) == 2  # grades have moved with time: that is no news
    assert len(versions(loaded)) == 1


def test_a_corrigendum_that_moves_a_date_is_an_update_graded_as_one(loaded: Engine, cast: Cast, now: datetime) -> None:
    first = put(loaded, now)
    run(loaded, now)
    put_next(loaded, now, first, "Corr.1", "corrected", comment_deadline=date(2026, 7, 20))
    run(loaded, now)
    assert [(v.kind, v.severity) for v in versions(loaded)] == [("issue", "yellow"), ("update", "yellow")]


def test_a_withdrawn_measure_is_cancelled_once(loaded: Engine, cast: Cast, now: datetime) -> None:
    first = put(loaded, now)
    run(loaded, now)
    put_next(loaded, now, first, "Add.1", "withdrawn")
    run(loaded, now)
    put_next(loaded, now, first, "Add.2", "withdrawn", published_on=date(2026, 6, 3))
    put_next(loaded, now, first, "Add.2/Corr.1", "corrected", published_on=date(2026, 6, 4))
    run(loaded, now)
    one, two = versions(loaded)
    assert (two.kind, two.state, two.severity, two.references_id) == ("cancel", "issued", "blue", one.id)
    assert slugs(loaded, two) == [TOYS]


def test_a_withdrawal_of_what_nobody_heard_of_ends_the_reviews(loaded: Engine, cast: Cast, now: datetime) -> None:
    first = put(loaded, now, SYMBOL, UNSURE)
    run(loaded, now)
    put_next(loaded, now, first, "Add.1", "withdrawn")
    run(loaded, now)
    assert [v.state for v in versions(loaded)] == ["superseded"]
    assert {r.state for r in desks(loaded).values()} == {"closed"}


def test_a_newer_version_supersedes_one_under_review(loaded: Engine, cast: Cast, now: datetime) -> None:
    first = put(loaded, now, SYMBOL, UNSURE)
    run(loaded, now)
    put_next(loaded, now, first, "Add.1", "deadline_changed", comment_deadline=date(2026, 9, 1))
    run(loaded, now + timedelta(hours=1))
    old, new = versions(loaded)
    assert (old.state, new.state, new.kind, new.number) == ("superseded", "under_review", "issue", 2)
    with reading(loaded) as session:
        reviews = session.exec(select(Review)).all()
    closed = [r for r in reviews if r.version_id == old.id]
    assert {r.state for r in closed} == {"closed"}
    assert all(f"{SYMBOL}/Add.1" in r.closed_reason for r in closed)
    assert {r.state for r in reviews if r.version_id == new.id} == {"open"}


def test_what_a_county_signed_off_needs_no_second_look_for_a_new_date(
        loaded: Engine, cast: Cast, now: datetime) -> None:
    first = put(loaded, now, SYMBOL, UNSURE)
    run(loaded, now)
    with writing(loaded) as session:
        accept(session, session.get_one(Review, desks(loaded)["澄海区市场监管局"].id), cast.county, now)
    put_next(loaded, now, first, "Add.1", "deadline_changed", UNSURE, comment_deadline=date(2026, 9, 1))
    run(loaded, now)
    assert [(v.kind, v.state) for v in versions(loaded)] == [("issue", "issued"), ("update", "issued")]


def test_what_was_dismissed_comes_back_only_through_a_desk(loaded: Engine, cast: Cast, now: datetime) -> None:
    first = put(loaded, now, SYMBOL, UNSURE)
    run(loaded, now)
    with writing(loaded) as session:
        for review in session.exec(select(Review)).all():
            dismiss(session, review, cast.province, now)
    put_next(loaded, now, first, "Corr.1", "corrected")
    run(loaded, now)
    assert [v.state for v in versions(loaded)] == ["dismissed"]
    put_next(loaded, now, first, "Add.1", "scope_changed", SURE, published_on=date(2026, 6, 3))
    run(loaded, now)
    assert versions(loaded)[-1].flags == ["dismissed_before"]
    assert versions(loaded)[-1].state == "under_review"


def test_a_changed_notice_updates_only_when_it_matters(loaded: Engine, cast: Cast, now: datetime) -> None:
    notice = put(loaded, now)
    run(loaded, now)
    with writing(loaded) as session:
        change(session, session.get_one(Notice, notice.id), SURE, now, description="A typing error mended")
    run(loaded, now + timedelta(days=60))
    assert len(versions(loaded)) == 1
    with writing(loaded) as session:
        change(session, session.get_one(Notice, notice.id), [*SURE, ("plastics-products", "accepted")], now)
    run(loaded, now)
    assert [v.kind for v in versions(loaded)] == ["issue", "update"]
    assert set(slugs(loaded, versions(loaded)[1])) == {TOYS, "plastics-products"}


def test_a_thread_is_raised_in_the_order_of_publication(loaded: Engine, cast: Cast, now: datetime) -> None:
    first = put(loaded, now, SYMBOL, None)
    put_next(loaded, now, first, "Corr.1", "corrected", SURE)
    assert run(loaded, now) == 0  # the corrigendum waits for what it corrects
    with writing(loaded) as session:
        change(session, session.get_one(Notice, first.id), SURE, now)
    assert run(loaded, now) == 2
    (version,) = versions(loaded)
    assert version.notice_id == first.id
    assert version.severity == "yellow"


def test_an_older_notice_that_comes_late_takes_nothing_back(loaded: Engine, cast: Cast, now: datetime) -> None:
    add = put(loaded, now, f"{SYMBOL}/Add.1", SURE, thread_reason="deadline_changed", comment_deadline=date(2026, 9, 1))
    run(loaded, now)
    with writing(loaded) as session:
        insert_notice(session, now, SYMBOL, SURE, thread=add, published_on=date(2026, 4, 1),
                      comment_deadline=date(2026, 6, 1))
    run(loaded, now)
    assert [v.facts["comment_deadline"] for v in versions(loaded)] == ["2026-09-01"]


def test_two_workers_at_the_same_second_make_one_warning_with_consecutive_numbers(
        loaded: Engine, cast: Cast, now: datetime) -> None:
    first = put(loaded, now)
    others = [put_next(loaded, now, first, f"Add.{n}", "deadline_changed", comment_deadline=date(2026, 8, n),
                       published_on=date(2026, 6, n)) for n in range(1, 6)]
    gate = threading.Barrier(2)

    def work() -> None:
        gate.wait()
        while raise_pending(loaded, now, limit=1):
            pass

    def force(notice: Notice) -> None:  # as if two workers had claimed two notices of the thread
        gate.wait()
        with writing(loaded) as session:
            raise_notice(session, session.get_one(Notice, notice.id), now)

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(force, others[0]), pool.submit(force, others[1])]:
            future.result()
        for future in [pool.submit(work), pool.submit(work)]:
            future.result()
    run(loaded, now)
    assert count(loaded, TradeWarning) == 1
    found = versions(loaded)
    assert [v.number for v in found] == list(range(1, len(found) + 1))
    assert [v.facts["comment_deadline"] for v in found][-1] == "2026-08-05"


def test_one_bad_notice_keeps_its_error_and_the_others_go_on(loaded: Engine, cast: Cast, now: datetime) -> None:
    bad = put(loaded, now, SYMBOL, SURE, links=None)
    put(loaded, now, "G/TBT/N/USA/2", SURE)
    with writing(loaded) as session:
        session.get_one(Notice, bad.id).attributes = "not an object"  # type: ignore[assignment]
    raise_pending(loaded, now)
    assert [v.facts["symbols"] for v in versions(loaded)] == [["G/TBT/N/USA/2"]]
    with reading(loaded) as session:
        kept = session.get_one(Notice, bad.id)
        assert kept.raised_at is None
        assert "attribute" in (kept.last_error or "")


