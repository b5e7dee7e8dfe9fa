"""When gathered mails are due: the information digest at 08:00, the warnings of a day at 08:30, Asia/Shanghai. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from settings import TbtwatchError
from store.clock import SHANGHAI, shanghai_day
from store.subscription import DAILY, WEEKLY

RHYTHMS = (WEEKLY, DAILY)
DIGEST_AT, WARNINGS_AT = time(8, 0), time(8, 30)
MONDAY = 0


class UnknownRhythm(TbtwatchError):
    """Raised when a rhythm is asked for that there is not."""


def checked_rhythm(rhythm: str) -> str:
    """`rhythm` itself; raises UnknownRhythm unless it is one of RHYTHMS."""
    if rhythm not in RHYTHMS:
        raise UnknownRhythm(f"no rhythm '{rhythm}': write {' or '.join(RHYTHMS)}")
    return rhythm


def latest_slot(rhythm: str, now: datetime) -> datetime:
    """The last instant at or before `now` at which digests of this rhythm were due, in Shanghai time."""
    slot = datetime.combine(shanghai_day(now), DIGEST_AT, SHANGHAI)
    if slot > now:
        slot -= timedelta(days=1)
    if checked_rhythm(rhythm) == WEEKLY:
        slot -= timedelta(days=(slot.weekday() - MONDAY) % 7)
    return slot


def next_slot(rhythm: str, now: datetime) -> datetime:
    """The first instant after `now` at which digests of this rhythm are due."""
    return latest_slot(rhythm, now) + timedelta(days=7 if rhythm == WEEKLY else 1)


def key_of(rhythm: str, now: datetime) -> str:
    """What makes a digest written at `now` the one of its week or day: 2026-W23 or 2026-06-03, of its slot."""
    slot = latest_slot(rhythm, now)
    year, week, _ = slot.isocalendar()
    return f"{year}-W{week:02}" if rhythm == WEEKLY else slot.date().isoformat()


def next_warnings_at(now: datetime) -> datetime:
    """The first instant after `now` at which the warnings of a day are mailed together."""
    slot = datetime.combine(shanghai_day(now), WARNINGS_AT, SHANGHAI)
    return slot if slot > now else slot + timedelta(days=1)
