"""Reading from the visits to its source whether a notice was held up by an outage."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from alerts.delays import Outage, days_delayed, outage_between
from alerts.facts import Facts
from store.clock import shanghai_day
from store.crawl import CrawlRun, SourceState
from store.notice import NEWS, Notice

PAST_VISITS = 10  # that worked, by whose gaps a missed visit is told
PAST_NOTICES = 50  # by which the usual lag is told
RECENT = "recent"  # the mode of planned visits: fills and imports are somebody's doing
_WELL = ("ok", "unchanged")


def mark_delay(session: Session, notice: Notice, facts: Facts) -> None:
    """Write into the facts by how many days an outage of its source held the notice up, if one did."""
    found = delay_of(session, notice)
    if found is None:
        return
    days, outage = found
    state = session.exec(select(SourceState).where(SourceState.source == notice.source)).first()
    facts["delayed_days"] = days
    facts["outage"] = {
        "source": notice.source,
        "source_zh": (state.name_zh if state else "") or notice.source,
        "began_on": shanghai_day(outage.began_at).isoformat(),
        "ended_on": shanghai_day(outage.ended_at).isoformat(),
    }


def delay_of(session: Session, notice: Notice) -> tuple[int, Outage] | None:
    """(days, outage) for a notice that an outage of the source that first showed it held up; None for all others."""
    seen_at, published_on = notice.first_seen_at, notice.published_on
    if published_on is None or shanghai_day(seen_at) <= published_on:
        return None
    outage = outage_before(session, notice.source, seen_at)
    if outage is None:
        return None
    days = days_delayed(published_on, outage, usual_lag(session, notice.source, outage.began_at))
    return (days, outage) if days else None


def outage_before(session: Session, source: str, seen_at: datetime) -> Outage | None:
    """The outage that the visit which saw something at `seen_at` ended."""
    mine = (CrawlRun.source == source) & (CrawlRun.mode == RECENT)
    start = col(CrawlRun.started_at)
    ended_at = session.exec(select(func.max(start)).where(mine, start <= seen_at)).one()
    if ended_at is None:
        return None
    worked = list(
        session.exec(select(start).where(mine, start < ended_at, _worked()).order_by(start.desc()).limit(PAST_VISITS))
    )
    since = start > worked[0] if worked else start.is_not(None)
    next_at = session.exec(select(func.min(start)).where(mine, since)).one()
    gaps = [later - earlier for later, earlier in pairwise(worked)]
    return outage_between(worked[0] if worked else None, next_at, ended_at, gaps)


def usual_lag(session: Session, source: str, before: datetime) -> int:
    """The median of the days from the printed date to our first sight of a source's notices before `before`."""
    rows: Any = session.exec(
        select(col(Notice.first_seen_at), col(Notice.published_on))
        .where(
            Notice.source == source,
            Notice.admitted == NEWS,
            col(Notice.first_seen_at) < before,
            col(Notice.published_on).is_not(None),
        )
        .order_by(col(Notice.first_seen_at).desc())
        .limit(PAST_NOTICES)
    )
    return int(median([max(0, (shanghai_day(at) - day) // timedelta(days=1)) for at, day in rows] or [0]))


def _worked() -> ColumnElement[bool]:
    """A visit that read the list, even if something in it was wrong: what it did not show was not there to be seen."""
    return col(CrawlRun.status).in_(_WELL) | (col(CrawlRun.rows) > 0)
