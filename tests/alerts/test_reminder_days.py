"""On which days a reminder is due, day by day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from alerts.calendar_dates import ADOPTION, COMMENT, FORCE, KeyDay
from alerts.reminder_days import Told, due_step, known_days

DAY = date(2026, 7, 10)


def sent(what: str, known_since: date, runs: list[date]) -> list[tuple[date, int]]:
    """(day, step) of every reminder, where each step is told once."""
    found: dict[int, date] = {}
    for today in runs:
        step = due_step(what, DAY, known_since, today)
        if step is not None:
            found.setdefault(step, today)
    return sorted((today, step) for step, today in found.items())


def days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=number) for number in range(count)]


def test_each_step_comes_on_its_day_and_what_was_past_at_issue_never() -> None:
    assert sent(COMMENT, date(2026, 6, 3), days(date(2026, 6, 3), 60)) == [
        (date(2026, 6, 26), 14),
        (date(2026, 7, 3), 7),
        (date(2026, 7, 7), 3),
    ]
    assert sent(FORCE, date(2026, 1, 1), days(date(2026, 1, 1), 300)) == [
        (date(2026, 4, 11), 90),
        (date(2026, 6, 10), 30),
        (date(2026, 7, 3), 7),
    ]
    assert sent(COMMENT, date(2026, 6, 26), days(date(2026, 6, 26), 30))[0] == (date(2026, 7, 3), 7)
    assert sent(ADOPTION, date(2026, 7, 4), days(date(2026, 7, 4), 30)) == []


@pytest.mark.parametrize(
    ("again", "told"),
    [
        (date(2026, 6, 28), [(date(2026, 6, 28), 14), (date(2026, 7, 3), 7), (date(2026, 7, 7), 3)]),  # two days late
        (date(2026, 7, 4), [(date(2026, 7, 4), 7), (date(2026, 7, 7), 3)]),  # two steps missed: the last alone
        (date(2026, 7, 10), [(date(2026, 7, 10), 3)]),
        (date(2026, 7, 11), []),
    ],
)
def test_an_outage_is_made_up_for_once(again: date, told: list[tuple[date, int]]) -> None:
    assert sent(COMMENT, date(2026, 6, 3), days(again, 30)) == told


def test_a_day_is_known_since_the_version_that_first_gave_it() -> None:
    first, moved = KeyDay(COMMENT, DAY), KeyDay(COMMENT, date(2026, 8, 1))
    force = KeyDay(FORCE, date(2027, 1, 1))
    one, two, three, four = (date(2026, 6, number) for number in (1, 2, 3, 4))
    versions = [Told(one, (first, force)), Told(two, (first, force)), Told(three, (moved, force)), Told(four, (moved,))]
    assert known_days(versions[:2]) == [(first, one), (force, one)]
    assert known_days(versions[:3]) == [(moved, three), (force, one)]
    assert known_days(versions) == [(moved, three)]
    assert known_days([Told(one, (first,)), Told(two, (moved,)), Told(three, (first,))]) == [(first, three)]
    assert known_days([]) == []
