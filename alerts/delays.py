"""Delays: by how much an outage of its source held a notice up, and how readers are told. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from alerts.facts import Facts
from alerts.places import plain
from alerts.wording import day_zh
from store.clock import shanghai_day

LEAST_GAP = timedelta(days=1)  # between two visits, before a gap may be an outage of ours
MUCH_LONGER = 3  # than the usual gap: a visit was missed, not merely late
FEWEST_GAPS = 2  # before that a source has no habits
BEFORE = timedelta(days=2)  # what came out so shortly before an outage may have fallen into it


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which a source was not read: it failed, or nobody visited it."""

    began_at: datetime
    ended_at: datetime


def outage_between(
    worked_at: datetime | None, next_at: datetime, ended_at: datetime, usual_gaps: Sequence[timedelta]
) -> Outage | None:
    """The outage that the visit at `ended_at` ended; None when there was none.

    `worked_at`: the last visit before it that read the source (None: none ever did). `next_at`: the first visit after
    that one, `ended_at` itself unless visits failed in between. `usual_gaps`: between earlier visits that worked.
    """
    if worked_at is not None and len(usual_gaps) >= FEWEST_GAPS:
        usual = median(gap.total_seconds() for gap in usual_gaps)
        if next_at - worked_at > max(LEAST_GAP, timedelta(seconds=MUCH_LONGER * usual)):
            return Outage(worked_at + timedelta(seconds=usual), ended_at)
    return Outage(next_at, ended_at) if next_at < ended_at else None


def days_delayed(published_on: date, outage: Outage, usual_lag: int) -> int:
    """How many Shanghai days earlier the notice would have been seen; 0 when the outage does not explain its lateness.

    It was seen by the visit that ended the outage. `usual_lag`: days from the printed date to our
    first sight, as this source's notices usually have.
    """
    expected, began = published_on + timedelta(days=max(usual_lag, 0)), shanghai_day(outage.began_at)
    if expected < began - BEFORE:
        return 0  # it would have been seen long before: its publisher dated it back
    return max(0, (shanghai_day(outage.ended_at) - max(expected, began)).days)


def delay_zh(facts: Facts) -> str:
    """The sentence in mail and on the page; "" for what was not held up."""
    days, outage = facts.get("delayed_days", 0), facts.get("outage")
    if not days or not outage:
        return ""
    began, ended = (date.fromisoformat(outage[name]) for name in ("began_on", "ended_on"))
    return (
        f"本预警因来源“{plain(outage['source_zh'])}”于{day_zh(began)}至{day_zh(ended)}中断而延迟{days}天送达。"
        "各项期限不因此顺延，请尽快处理。"
    )
