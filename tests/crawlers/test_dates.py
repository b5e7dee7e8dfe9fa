"""Dates in every form met, and deadlines in words."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from crawlers.dates import read_date, resolve_date

DISTRIBUTED = date(2026, 5, 20)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-07-01T00:00:00Z", date(2026, 7, 1)),
        ("2026-07-02T00:00:00+00:00", date(2026, 7, 2)),
        ("2026-07-02 00:00:00", date(2026, 7, 2)),
        ("02/07/2026", date(2026, 7, 2)),
        ("05/29/2026", date(2026, 5, 29)),  # only the American order is a date
        (46205, date(2026, 7, 2)),
        (46205.0, date(2026, 7, 2)),
        ("46205", date(2026, 7, 2)),
        (datetime(2026, 7, 2), date(2026, 7, 2)),  # noqa: DTZ001 - a date cell has no zone
        ("12 May 2026", date(2026, 5, 12)),
        ("May 12, 2026", date(2026, 5, 12)),
        ("5 de mayo de 2026", date(2026, 5, 5)),
        ("1er août 2026", date(2026, 8, 1)),
        ("2026年7月1日", date(2026, 7, 1)),
        ("0001-01-01T00:00:00", None),
        ("31/02/2026", None),
        ("待定", None),
        (17, None),
        ("", None),
        (None, None),
    ],
)
def test_a_date_is_read_in_every_form(value: object, day: date | None) -> None:
    assert read_date(value) == day


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("60 days from notification", date(2026, 7, 19)),
        ("Sixty (60) days from the date of circulation", date(2026, 7, 19)),
        ("60-day comment period", date(2026, 7, 19)),
        ("通报后60天", date(2026, 7, 19)),
        ("自通报日起60天", date(2026, 7, 19)),
        ("WTO秘书处分发后60天", date(2026, 7, 19)),
        ("60 días después de la notificación", date(2026, 7, 19)),
        ("60 jours à compter de la distribution", date(2026, 7, 19)),
        ("2 months from notification", date(2026, 7, 20)),
        ("90 days", date(2026, 8, 18)),
        ("19 July 2026", date(2026, 7, 19)),
        ("标准批准后24个月", date(2028, 6, 1)),
        ("24 months after adoption", date(2028, 6, 1)),
        ("6 months after publication", None),
        ("Two months after the final notice", None),
        ("12 months after registration", None),
        ("To be determined", None),
        ("not applicable", None),
    ],
)
def test_words_are_counted_from_where_they_say(words: str, day: date | None) -> None:
    assert resolve_date(words, DISTRIBUTED, date(2026, 6, 1)) == day


def test_months_end_with_the_month() -> None:
    assert resolve_date("1 month from notification", date(2026, 1, 31)) == date(2026, 2, 28)


def test_without_a_start_words_stay_words() -> None:
    assert resolve_date("60 days from notification") is None
    assert resolve_date("24 months after adoption", DISTRIBUTED) is None
