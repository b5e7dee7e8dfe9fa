"""How the sources are doing: items per day, lag between publication and our first sight, next visit, late or not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from sqlmodel import Session, col, select

from store.clock import shanghai_day
from store.crawl import SourceState
from store.notice import NEWS, Notice
from store.timetable import missed_slot, next_slot

SPAN = timedelta(days=30)  # of which items and lag are told
LEAST_GRACE = timedelta(minutes=30)  # jitter, queueing and the visit itself


@dataclass(frozen=True)
class SourceHealth:
    """Figures of one source; lag in days, None where nothing came in the span."""

    items_per_day: float
    lag_days: float | None
    next_run: datetime | None
    late_since: datetime | None


def health_of(session: Session, sources: dict[str, tuple[str, bool, int]], now: datetime) -> dict[str, SourceHealth]:
    """source -> its figures, for sources given as (cron line, enabled, jitter in seconds)."""
    seen = _seen_lately(session, now)
    states: Any = session.exec(select(SourceState.source, SourceState.last_success_at)).all()
    success: dict[str, datetime | None] = {source: at for source, at in states}  # noqa: C416 - rows, not pairs
    return {
        source: SourceHealth(
            items_per_day=round(len(seen[source]) / SPAN.days, 2),
            lag_days=_lag(seen[source]),
            next_run=next_slot(cron, now) if cron and enabled else None,
            late_since=late_since(cron, success.get(source), now, jitter_s) if cron and enabled else None,
        )
        for source, (cron, enabled, jitter_s) in sources.items()
    }


def late_since(cron: str, last_success: datetime | None, now: datetime, jitter_s: int = 0) -> datetime | None:
    """Since when a source is late: the first planned visit after its last success, once that is well past."""
    return missed_slot(cron, last_success, now, LEAST_GRACE + timedelta(seconds=jitter_s))


def _seen_lately(session: Session, now: datetime) -> dict[str, list[tuple[datetime, date | None]]]:
    recent = select(col(Notice.source), col(Notice.first_seen_at), col(Notice.published_on)).where(
        col(Notice.first_seen_at) >= now - SPAN, Notice.admitted == NEWS
    )
    rows: Any = session.execute(recent)
    seen: dict[str, list[tuple[datetime, date | None]]] = defaultdict(list)
    for source, first_seen_at, published_on in rows:
        seen[source].append((first_seen_at, published_on))
    return seen


def _lag(seen: list[tuple[datetime, date | None]]) -> float | None:
    """The median of the days between the printed date and our first sight; a printed date has no hour."""
    days = [max(0, (shanghai_day(at) - day).days) for at, day in seen if day]
    return float(median(days)) if days else None
