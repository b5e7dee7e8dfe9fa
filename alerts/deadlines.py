"""Until when a desk must have looked, and when a warning goes out whatever the desks do. Pure.

Due is the earlier of a fixed time and the deadline ladder; no review is born overdue. The ladder counts back from the
final date for comments by the days that China's own channel needs (`Channel`); the printed date itself never changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from store.calendar import Calendar
from store.clock import SHANGHAI, shanghai_day

RED_HOURS = timedelta(hours=4)  # round the clock
ORANGE_DAYS = 1.0  # working days
OTHER_DAYS = 5.0
LEAST = timedelta(hours=4)  # what a desk has at least
LONGEST = timedelta(days=10)  # from first sight to the warning, whoever is silent
WHOLE_WINDOW = 45  # days for comments at first sight; below, the ladder shrinks in proportion
OPENS, CLOSES = time(9), time(17, 30)
# How much of the time until the warning goes out has passed when a tier has had its turn.
SHARE = {"county": 0.7, "town": 0.7, "city": 0.9, "province": 1.0}
_DAY = timedelta(days=1)
_PLAIN = Calendar()


@dataclass(frozen=True, slots=True)
class Leads:
    """Days before the final date for comments by which each tier must be done; the county's is the firm's last day."""

    county: int = 20
    city: int = 14
    province: int = 7

    def days(self, tier: str) -> int:
        """The days of a tier; a town's are a county's."""
        return {"city": self.city, "province": self.province}.get(tier, self.county)


@dataclass(frozen=True, slots=True)
class Window:
    """What limits the reviews of one version: first sight, the final date for comments if any, the channel's days."""

    severity: str
    first_seen_at: datetime
    comment_deadline: date | None = None
    leads: Leads = Leads()


def due_at(severity: str, opened_at: datetime, *, steps: int = 0, calendar: Calendar = _PLAIN) -> datetime:
    """The fixed time alone: red 4 hours round the clock, orange 1 working day, others 5 working days.

    Each of `steps` up the tiers has half the time of the one below, at least 4 hours.
    """
    share = 0.5**steps
    if severity == "red":
        return opened_at + max(RED_HOURS * share, LEAST)
    days = ORANGE_DAYS if severity == "orange" else OTHER_DAYS
    return add_working_time(opened_at, max(_DAY * days * share, LEAST), calendar)


def review_due_at(window: Window, tier: str, opened_at: datetime, calendar: Calendar, *, steps: int = 0) -> datetime:
    """When the review of a desk of `tier`, opened at `opened_at`, falls due.

    The earliest of the fixed time, the ladder's day and the tier's share of the time until the warning goes out; at
    least 4 hours after opening, but never after that instant (`out_by`).
    """
    fixed = due_at(window.severity, opened_at, steps=steps, calendar=calendar)
    last = out_by(window, opened_at, calendar)
    if window.severity == "red":
        return min(fixed, last)
    begun = min(window.first_seen_at, opened_at)
    limits = [fixed, _end_of(begun + (last - begun) * SHARE[tier], calendar)]
    if window.comment_deadline is not None:
        day = ladder_day(window, tier)
        limits.append(_at(calendar.working_day_before(day), CLOSES))
    return min(max(min(limits), opened_at + LEAST), last)


def out_by(window: Window, opened_at: datetime, calendar: Calendar = _PLAIN) -> datetime:
    """When the warning goes out at the latest, decided or not.

    Red: 4 hours after first sight. Others: 10 days after it, and on the morning of the firm's own last day for comments
    at the latest. Never at once: 4 hours stay for a desk, if need be on that last day itself.
    """
    if window.severity == "red":
        return max(window.first_seen_at + RED_HOURS, opened_at + RED_HOURS)
    latest = max(window.first_seen_at + LONGEST, opened_at + LEAST)
    last_day = firms_last_day(window)
    if last_day is None or last_day < shanghai_day(opened_at):
        return latest
    morning = max(_at(last_day, OPENS), min(opened_at + LEAST, _at(last_day, time(23, 59))))
    return min(latest, morning)


def firms_last_day(window: Window) -> date | None:
    """The day by which a firm's comment must be with its county to arrive in time; None without a printed deadline."""
    return ladder_day(window, "county") if window.comment_deadline is not None else None


def ladder_day(window: Window, tier: str) -> date:
    """The day by which `tier` must be done; see `day_before`."""
    assert window.comment_deadline is not None
    return day_before(window.comment_deadline, window.leads.days(tier), shanghai_day(window.first_seen_at))


def day_before(final: date, days: int, first_seen: date) -> date:
    """`final` less `days`; fewer, in proportion, when fewer than 45 days remained on the day of first sight."""
    whole = (final - first_seen).days
    short = days * max(whole, 0) // WHOLE_WINDOW
    return final - timedelta(days=short if whole < WHOLE_WINDOW else days)


def half_time(opened_at: datetime, due: datetime) -> datetime:
    """When the desk is reminded."""
    return opened_at + (due - opened_at) / 2


def add_working_time(start: datetime, time: timedelta, calendar: Calendar = _PLAIN) -> datetime:
    """`start` plus `time` that runs only on working days (24 hours each, by Guangdong's calendar).

    Friday 10:00 plus a day is Monday 10:00; Saturday 10:00 plus a day is the end of Monday.
    """
    moment = start.astimezone(SHANGHAI)
    while True:
        next_day = datetime.combine(moment.date() + _DAY, datetime.min.time(), SHANGHAI)
        if calendar.is_working_day(moment.date()):
            if moment + time <= next_day:
                return (moment + time).astimezone(start.tzinfo)
            time -= next_day - moment
        moment = next_day


def _end_of(moment: datetime, calendar: Calendar) -> datetime:
    """`moment`, or when it falls on a day off the close of the working day before."""
    day = shanghai_day(moment)
    working = calendar.working_day_before(day)
    return moment if working == day else _at(working, CLOSES)


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, SHANGHAI)
