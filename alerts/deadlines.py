"""Until when a desk must have looked: working time from the opening. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from store.clock import SHANGHAI

RED_HOURS = timedelta(hours=4)  # round the clock
ORANGE_DAYS = 1.0  # working days
OTHER_DAYS = 5.0
LEAST = timedelta(hours=4)  # what a desk above has at least
_DAY = timedelta(days=1)


def due_at(severity: str, opened_at: datetime, *, steps: int = 0, days_off: Collection[date] = ()) -> datetime:
    """When a review opened at `opened_at` falls due: red 4 hours, orange 1 working day, others 5 working days.

    Each of `steps` up the tiers has half the time of the one below, at least 4 hours. `days_off` are holidays besides
    Saturday and Sunday; red ignores all of them.
    """
    share = 0.5**steps
    if severity == "red":
        return opened_at + max(RED_HOURS * share, LEAST)
    days = ORANGE_DAYS if severity == "orange" else OTHER_DAYS
    return add_working_time(opened_at, max(_DAY * days * share, LEAST), days_off)


def add_working_time(start: datetime, time: timedelta, days_off: Collection[date] = ()) -> datetime:
    """`start` plus `time` that runs only on working days (24 hours each, by Guangdong's calendar).

    Friday 10:00 plus a day is Monday 10:00; Saturday 10:00 plus a day is the end of Monday.
    """
    moment = start.astimezone(SHANGHAI)
    while True:
        next_day = datetime.combine(moment.date() + _DAY, datetime.min.time(), SHANGHAI)
        if is_working_day(moment.date(), days_off):
            if moment + time <= next_day:
                return (moment + time).astimezone(start.tzinfo)
            time -= next_day - moment
        moment = next_day


def is_working_day(day: date, days_off: Collection[date] = ()) -> bool:
    """Monday to Friday, unless listed as a day off."""
    return day.weekday() < 5 and day not in days_off
