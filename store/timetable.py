"""When things are due: cron lines in Asia/Shanghai, jitter, and earlier retries of what failed. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import lru_cache

from apscheduler.triggers.cron import CronTrigger

from store.clock import SHANGHAI

LOOKBACKS = (timedelta(hours=1), timedelta(days=1), timedelta(days=8), timedelta(days=63))  # a monthly job, too
FIRST_RETRY = timedelta(minutes=30)
MOST_RETRIES = 8  # after 30 min, 1 h, 2 h ... 2.7 days; then the timetable alone


@lru_cache(maxsize=256)
def _trigger(cron: str) -> CronTrigger:
    return CronTrigger.from_crontab(cron, timezone=SHANGHAI)


def latest_slot(cron: str, now: datetime) -> datetime | None:
    """The last planned instant at or before `now`; None when there was none in the last nine weeks."""
    for lookback in LOOKBACKS:
        slot: datetime | None = None
        moment = _trigger(cron).get_next_fire_time(None, now - lookback)
        while moment is not None and moment <= now:
            slot = moment
            moment = _trigger(cron).get_next_fire_time(moment, moment + timedelta(seconds=1))
        if slot is not None:
            return slot
    return None


def next_slot(cron: str, now: datetime) -> datetime | None:
    """The first planned instant after `now`."""
    found: datetime | None = _trigger(cron).get_next_fire_time(None, now + timedelta(seconds=1))
    return found


def jitter(job: str, slot: datetime, most_s: int) -> timedelta:
    """How much later than planned a job starts: up to `most_s` seconds, always the same for one job and slot.

    Two schedulers agree on it, and nobody asks a publisher on the full minute.
    """
    if not most_s:
        return timedelta()
    digest = hashlib.sha256(f"{job} {slot.isoformat()}".encode()).digest()
    return timedelta(seconds=int.from_bytes(digest[:4]) % most_s)


def retry_slot(failing_since: datetime, now: datetime) -> datetime | None:
    """The last instant at or before `now` at which a failing source is tried again, besides its timetable."""
    tries = [failing_since + FIRST_RETRY * 2**n for n in range(MOST_RETRIES)]
    return max((moment for moment in tries if moment <= now), default=None)


def missed_slot(cron: str, last_success: datetime | None, now: datetime, grace: timedelta) -> datetime | None:
    """The planned instant since which a source is late: the first one after its last success that is long past.

    None when it is not late, or was never visited.
    """
    if last_success is None:
        return None
    due = next_slot(cron, last_success)
    return due if due and due + grace < now else None
