"""Time: the fixed time, the ladder before the final date, the day on which a warning goes out whoever is silent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from alerts.calendar_care import tell_missing_holidays
from alerts.deadlines import LEAST, LONGEST, Leads, Window, firms_last_day, ladder_day, out_by, review_due_at
from settings import Settings
from store.calendar import Calendar, mainland_calendar, read_calendar, year_missing
from store.clock import SHANGHAI, parse_instant, shanghai_day
from store.engine import reading
from store.operator_mail import OperatorMail

CALENDAR = mainland_calendar()


def at(text: str) -> datetime:
    return parse_instant(f"2026-{text}+08:00")


def test_a_county_has_five_working_days_where_the_deadline_is_far() -> None:
    window = Window("yellow", at("06-01T09:00"), date(2026, 8, 15))
    assert review_due_at(window, "county", at("06-01T09:00"), CALENDAR) == at("06-08T09:00")


@pytest.mark.parametrize(("tier", "days"), [("county", 20), ("town", 20), ("city", 14), ("province", 7)])
def test_the_ladder_counts_back_from_the_final_date(tier: str, days: int) -> None:
    window = Window("yellow", at("06-01T09:00"), date(2026, 8, 15))
    assert ladder_day(window, tier) == date(2026, 8, 15) - timedelta(days=days)


def test_where_few_days_remain_the_ladder_shrinks_in_proportion() -> None:
    window = Window("yellow", at("06-01T09:00"), date(2026, 6, 19))  # 18 days of 45
    assert [ladder_day(window, tier) for tier in ("county", "city", "province")] == [
        date(2026, 6, 11),
        date(2026, 6, 14),
        date(2026, 6, 17),
    ]


def test_a_due_day_on_a_day_off_moves_to_the_working_day_before() -> None:
    window = Window("yellow", at("06-08T09:00"), date(2026, 7, 9))  # 31 days: the county's day is 26 June, a Friday
    short = Window("yellow", at("06-10T09:00"), date(2026, 7, 4))  # 24 days: 24 June; the city's is 27 June, a Saturday
    assert ladder_day(window, "county") == date(2026, 6, 26)
    assert ladder_day(short, "city") == date(2026, 6, 27)
    due = review_due_at(short, "city", at("06-19T09:00"), Calendar())
    assert shanghai_day(due) <= date(2026, 6, 20)


def test_red_ignores_days_off() -> None:
    window = Window("red", at("10-01T08:00"), date(2026, 12, 1))
    assert review_due_at(window, "county", at("10-01T08:00"), CALENDAR) == at("10-01T12:00")
    assert out_by(window, at("10-01T08:00"), CALENDAR) == at("10-01T12:00")


def test_over_the_national_day_it_is_out_within_ten_days_all_the_same() -> None:
    window = Window("yellow", at("09-30T16:00"))
    due = review_due_at(window, "county", at("09-30T16:00"), CALENDAR)
    assert due == at("09-30T20:00")  # the share's day falls into the holiday: the working day before, at least 4 hours
    assert out_by(window, at("09-30T16:00"), CALENDAR) == at("10-10T16:00")


def test_it_is_out_on_the_morning_of_the_firms_own_last_day() -> None:
    window = Window("yellow", at("06-01T09:00"), date(2026, 6, 16))  # 15 days: the firm's last day is 6 days before
    assert firms_last_day(window) == date(2026, 6, 10)
    assert out_by(window, at("06-01T09:00")) == at("06-10T09:00")


def test_the_province_may_give_the_channel_other_days() -> None:
    window = Window("yellow", at("06-01T09:00"), date(2026, 8, 15), Leads(30, 20, 10))
    assert firms_last_day(window) == date(2026, 7, 16)


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)).map(lambda d: d.replace(tzinfo=UTC))  # noqa: DTZ001
SEVERITIES = st.sampled_from(["red", "orange", "yellow", "blue"])
TIERS = st.sampled_from(["county", "town", "city", "province"])


@given(SEVERITIES, TIERS, INSTANTS, st.integers(-5, 120), st.timedeltas(timedelta(0), timedelta(days=20)))
def test_no_review_is_born_overdue_and_none_outlives_the_warning(
    severity: str, tier: str, seen: datetime, days: int, late: timedelta
) -> None:
    deadline = shanghai_day(seen) + timedelta(days=days)
    window, opened = Window(severity, seen, deadline), seen + late
    due, last = review_due_at(window, tier, opened, CALENDAR), out_by(window, opened, CALENDAR)
    assert opened < due <= last
    assert last <= max(seen + LONGEST, opened + LEAST)
    own = firms_last_day(window)
    if severity != "red" and own is not None and own >= shanghai_day(opened):
        assert shanghai_day(last) <= own


def test_the_calendar_knows_holidays_and_make_up_days() -> None:
    assert not CALENDAR.is_working_day(date(2026, 10, 5))
    assert CALENDAR.is_working_day(date(2026, 10, 10))  # a Saturday that is worked
    assert CALENDAR.working_day_before(date(2026, 10, 7)) == date(2026, 9, 30)


def test_next_years_table_is_asked_for_from_december() -> None:
    assert year_missing(CALENDAR, date(2026, 11, 30)) is None
    assert year_missing(CALENDAR, date(2026, 12, 1)) == 2027
    assert year_missing(CALENDAR, date(2028, 1, 1)) == 2028


def test_a_broken_line_of_the_table_is_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "holidays.csv"
    path.write_text("day,kind,name_zh\n2026-13-01,off,x\n", encoding="utf-8")
    with pytest.raises(Exception, match=r"holidays.csv:2"):
        read_calendar(path)
    assert SHANGHAI.key == "Asia/Shanghai"


def test_operators_are_told_once_a_month_while_a_year_is_missing(loaded: Engine, tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    assert tell_missing_holidays(loaded, at("11-30T09:00"), settings) is None
    for text in ("12-01T09:00", "12-02T09:00"):
        assert tell_missing_holidays(loaded, at(text), settings) == 2027
    with reading(loaded) as session:
        (mail,) = session.exec(select(OperatorMail)).all()
    assert "2027" in mail.subject and "data/holidays.csv" in mail.text
