"""The one clock: everything that asks for the time is given one of these, or an instant read from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from settings import TbtwatchError

SHANGHAI = ZoneInfo("Asia/Shanghai")

Clock = Callable[[], datetime]


class BadInstant(TbtwatchError):
    """Raised when a text given as an instant is not ISO 8601 with an offset."""


def system_clock() -> datetime:
    """The machine's time, aware, in UTC. Leases always use it: they are about processes, not about business days."""
    return datetime.now(UTC)


def fixed_clock(instant: datetime) -> Clock:
    """A clock that stands still at `instant` (replays, tests, `--now`)."""
    return lambda: instant


def shifted_clock(origin: datetime, started_at: datetime) -> Clock:
    """A clock that said `origin` when the machine said `started_at` and has run on since (the demo's clock)."""
    return lambda: origin + (system_clock() - started_at)


def parse_instant(text: str) -> datetime:
    """`2026-06-03T09:00+08:00` as an aware UTC datetime; raises BadInstant when it has no offset or is no instant."""
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInstant(f"'{text}' is no instant: write it like 2026-06-03T09:00+08:00") from None
    if instant.tzinfo is None:
        raise BadInstant(f"'{text}' has no offset: write it like 2026-06-03T09:00+08:00")
    return instant.astimezone(UTC)


def shanghai_day(instant: datetime) -> date:
    """The calendar day in Guangdong at `instant`."""
    return instant.astimezone(SHANGHAI).date()


def days_left(deadline: date, now: datetime) -> int:
    """Whole Shanghai days from today to `deadline`: 0 on the last day, negative after it."""
    return (deadline - shanghai_day(now)).days


def shanghai_midnight(day: date) -> datetime:
    """The instant at which `day` begins in Guangdong, in UTC."""
    return datetime.combine(day, datetime.min.time(), SHANGHAI).astimezone(UTC)


def in_minutes(now: datetime, minutes: float) -> datetime:
    """`now` plus `minutes`."""
    return now + timedelta(minutes=minutes)
