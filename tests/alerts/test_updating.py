"""Versions of a warning: an update for what matters, a cancel once, and one line of numbers whoever works on it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from alerts.raising import raise_notice, raise_pending
from alerts.reviewing import accept, dismiss
from store.engine import reading, writing
from store.notice import Notice
from store.review import Review
from store.warning import TradeWarning
from tests.alerts.raised import SURE, SYMBOL, UNSURE, count, desks, put, put_next, run, slugs, versions
from tests.cast import TOYS, Cast, insert_cast
from tests.rows import change, insert_notice


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    with writing(loaded) as session:
        return insert_cast(session, now)


def test_a_moved_deadline_is_an_update(loaded: Engine, cast: Cast, now: datetime) -> None:
    first = put(loaded, now)
    run(loaded, now)
    put_next(
        loaded,
        now,
        first,
        "Add.1",
        "deadline_changed",
        comment_deadline=date(2026, 8, 30),
        comment_deadline_text="30 August 2026",
    )
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
    loaded: Engine, cast: Cast, now: datetime
) -> None:
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
        lead = session.exec(select(Review).where(Review.is_lead)).one()
        dismiss(session, lead, cast.province, now)  # in the lead's review the province's word holds for all desks
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
        insert_notice(
            session, now, SYMBOL, SURE, thread=add, published_on=date(2026, 4, 1), comment_deadline=date(2026, 6, 1)
        )
    run(loaded, now)
    assert [v.facts["comment_deadline"] for v in versions(loaded)] == ["2026-09-01"]


def test_two_workers_at_the_same_second_make_one_warning_with_consecutive_numbers(
    loaded: Engine, cast: Cast, now: datetime
) -> None:
    first = put(loaded, now)
    others = [
        put_next(
            loaded,
            now,
            first,
            f"Add.{n}",
            "deadline_changed",
            comment_deadline=date(2026, 8, n),
            published_on=date(2026, 6, n),
        )
        for n in range(1, 6)
    ]
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
