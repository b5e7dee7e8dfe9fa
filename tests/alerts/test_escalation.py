"""Escalation: county, city, province, and out; half the time at each step; twice changes nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import col, select

from alerts.deadlines import add_working_time, due_at
from alerts.escalation import escalate_overdue, send_out_undecided
from alerts.raising import raise_pending
from alerts.reviewing import AlreadyDecided, accept, dismiss
from alerts.said_no import dismissing_bureaus
from store.audit import AuditEntry
from store.calendar import Calendar
from store.clock import SHANGHAI, parse_instant
from store.engine import reading, writing
from store.review import Escalation, Review
from store.warning import WarningVersion
from tests.cast import CHENGHAI, PROVINCE, SHANTOU, TOYS, Cast, bureau_at, insert_cast, insert_exporter
from tests.rows import insert_notice

CHAOYANG = "440513"  # another county of Shantou


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    """A doubtful notice of no known cluster, on the desks of two counties of one city for their firms."""
    with writing(loaded) as session:
        cast = insert_cast(session, now)
        for code in (CHENGHAI, CHAOYANG):
            insert_exporter(
                session,
                f"{code}农机测试企业",
                code,
                f"{code}@exporter.example",
                [("industry", "agricultural-machinery")],
                now,
            )
        insert_notice(session, now, "G/TBT/N/USA/1", [("agricultural-machinery", "flagged")])
    raise_pending(loaded, now)
    return cast


def states(engine: Engine) -> dict[str, str]:
    with reading(engine) as session:
        rows = session.exec(select(Review).order_by(col(Review.id))).all()
        codes = {bureau_at(session, code).id: code for code in (CHENGHAI, CHAOYANG, SHANTOU, PROVINCE)}
        return {codes[row.bureau_id]: row.state for row in rows}


def review_at(engine: Engine, code: str) -> Review:
    with reading(engine) as session:
        return session.exec(select(Review).where(Review.bureau_id == bureau_at(session, code).id)).one()


def version(engine: Engine) -> WarningVersion:
    with reading(engine) as session:
        return session.exec(select(WarningVersion)).one()


def decide(engine: Engine, code: str, how: object, officer: object, now: datetime) -> None:
    with writing(engine) as session:
        how(session, session.get_one(Review, review_at(engine, code).id), officer, now)  # type: ignore[operator]


def test_nothing_is_passed_up_before_its_time(loaded: Engine, cast: Cast, now: datetime) -> None:
    assert escalate_overdue(loaded, review_at(loaded, CHENGHAI).due_at - timedelta(seconds=1)) == 0
    assert states(loaded) == {CHENGHAI: "open", CHAOYANG: "open"}


def test_two_silent_counties_meet_at_their_citys_desk(loaded: Engine, cast: Cast, now: datetime) -> None:
    due = review_at(loaded, CHENGHAI).due_at
    assert escalate_overdue(loaded, due) == 2
    assert states(loaded) == {CHENGHAI: "escalated", CHAOYANG: "escalated", SHANTOU: "open"}
    city = review_at(loaded, SHANTOU)
    assert city.due_at == version(loaded).raised_at + timedelta(days=9)  # before the half of five working days is over
    assert city.is_lead
    assert {"澄海区市场监管局逾期未研判", "潮阳区市场监管局逾期未研判"} <= set(city.reasons)
    with reading(loaded) as session:
        assert {e.to_review_id for e in session.exec(select(Escalation))} == {city.id}
        assert len(session.exec(select(AuditEntry).where(AuditEntry.action == "review.escalate")).all()) == 2


def test_running_twice_changes_nothing(loaded: Engine, cast: Cast, now: datetime) -> None:
    due = review_at(loaded, CHENGHAI).due_at
    escalate_overdue(loaded, due)
    before = states(loaded)
    assert escalate_overdue(loaded, due) == 0
    assert states(loaded) == before


def test_nobodys_silence_withholds_it(loaded: Engine, cast: Cast, now: datetime) -> None:
    for code in (CHENGHAI, SHANTOU, PROVINCE):
        assert version(loaded).state == "under_review"
        due = review_at(loaded, code).due_at
        escalate_overdue(loaded, due)
    out = version(loaded)
    assert (out.state, out.basis, out.issued_at) == ("issued", "unreviewed", due)
    assert set(states(loaded).values()) == {"escalated"}
    with reading(loaded) as session:
        last = session.exec(select(Escalation).where(col(Escalation.to_review_id).is_(None))).one()
    assert "未经研判" in last.reason
    assert escalate_overdue(loaded, due + timedelta(days=30)) == 0
    assert due - now < timedelta(days=15)


def test_the_city_decides_for_the_silent_county(loaded: Engine, cast: Cast, now: datetime) -> None:
    due = review_at(loaded, CHENGHAI).due_at
    escalate_overdue(loaded, due)
    with pytest.raises(AlreadyDecided, match="汕头市市场监管局"):
        decide(loaded, CHENGHAI, accept, cast.county, due)
    decide(loaded, SHANTOU, accept, cast.city, due)
    assert version(loaded).basis == "signed_off"
    assert escalate_overdue(loaded, due + timedelta(days=30)) == 0


def test_a_dismissal_of_the_city_holds_for_those_who_passed_it_up(loaded: Engine, cast: Cast, now: datetime) -> None:
    decide(loaded, CHENGHAI, dismiss, cast.province, now)
    due = review_at(loaded, CHAOYANG).due_at
    escalate_overdue(loaded, due)
    assert version(loaded).state == "under_review"
    decide(loaded, SHANTOU, dismiss, cast.city, due)
    assert version(loaded).state == "dismissed"
    with reading(loaded) as session:
        said_no = dismissing_bureaus(session, version(loaded).id or 0)
        assert said_no == {bureau_at(session, code).id for code in (CHENGHAI, CHAOYANG, SHANTOU)}


def test_two_workers_pass_a_review_up_once(loaded: Engine, cast: Cast, now: datetime) -> None:
    due = review_at(loaded, CHENGHAI).due_at
    gate = threading.Barrier(2)

    def work() -> int:
        gate.wait()
        return escalate_overdue(loaded, due)

    with ThreadPoolExecutor(2) as pool:
        assert sum(job.result() for job in [pool.submit(work), pool.submit(work)]) == 2
    assert states(loaded)[SHANTOU] == "open"
    with reading(loaded) as session:
        assert len(session.exec(select(Escalation)).all()) == 2


def test_red_is_out_after_four_hours_on_a_weekend(loaded: Engine, now: datetime) -> None:
    saturday = parse_instant("2026-06-06T22:00+08:00")
    with writing(loaded) as session:
        insert_cast(session, saturday)
        insert_notice(
            session, saturday, "G/TBT/N/USA/9", [(TOYS, "accepted")], notification_type="Emergency notification"
        )
    raise_pending(loaded, saturday)
    assert send_out_undecided(loaded, saturday + timedelta(hours=4, seconds=-1)) == 0
    with reading(loaded) as session:  # all tiers at once
        open_at = set(session.exec(select(Review.bureau_id).where(Review.state == "open")))
        assert {bureau_at(session, code).id for code in (CHENGHAI, SHANTOU, PROVINCE)} <= open_at
    assert send_out_undecided(loaded, saturday + timedelta(hours=4)) == 1
    assert version(loaded).basis == "unreviewed"
    assert version(loaded).issued_at == saturday + timedelta(hours=4)


def at(text: str) -> datetime:
    return parse_instant(f"2026-06-{text}+08:00")  # 1 June 2026 is a Monday


@pytest.mark.parametrize(
    ("severity", "opened", "due"),
    [
        ("red", at("06T22:00"), at("07T02:00")),
        ("orange", at("03T10:00"), at("04T10:00")),
        ("orange", at("05T10:00"), at("08T10:00")),
        ("orange", at("06T10:00"), at("09T00:00")),
        ("yellow", at("03T10:00"), at("10T10:00")),
        ("blue", at("05T23:59"), at("12T23:59")),
    ],
)
def test_due_times_skip_weekends_except_for_red(severity: str, opened: datetime, due: datetime) -> None:
    assert due_at(severity, opened) == due


def test_holidays_are_left_out_where_they_are_named() -> None:
    assert due_at("orange", at("18T10:00"), calendar=Calendar(off=frozenset({date(2026, 6, 19)}))) == at("22T10:00")


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda d: d.replace(tzinfo=UTC))  # noqa: DTZ001
SEVERITIES = st.sampled_from(["red", "orange", "yellow", "blue"])


@given(SEVERITIES, INSTANTS, st.integers(0, 3))
def test_no_review_is_born_overdue_and_each_step_is_no_longer(severity: str, opened: datetime, steps: int) -> None:
    due = due_at(severity, opened, steps=steps)
    assert due - opened >= timedelta(hours=4)
    assert due_at(severity, opened, steps=steps + 1) <= due
    assert due.tzinfo is not None


@given(INSTANTS, INSTANTS, st.timedeltas(timedelta(0), timedelta(days=9)))
def test_working_time_keeps_order_and_ends_on_a_working_day(one: datetime, other: datetime, time: timedelta) -> None:
    first, second = sorted((one, other))
    assert add_working_time(first, time) <= add_working_time(second, time)
    end = add_working_time(first, time).astimezone(SHANGHAI)
    just_before = end - timedelta(microseconds=1)
    assert not time or Calendar().is_working_day(just_before.date())
