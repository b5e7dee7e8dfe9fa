"""On which days a firm is reminded of a day of a warning. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from alerts.calendar_dates import ADOPTION, COMMENT, FORCE, KeyDay

STEPS = {COMMENT: (14, 7, 3), ADOPTION: (90, 30, 7), FORCE: (90, 30, 7)}  # days before
CATCH_UP = timedelta(days=7)  # a reminder that was missed longer ago than this is not made up for


@dataclass(frozen=True, slots=True)
class Told:
    """One issued version as far as its days go: when it went out, on the Shanghai day, and its key days."""

    on: date
    days: tuple[KeyDay, ...]


def due_step(what: str, day: date, known_since: date, today: date) -> int | None:
    """The step (days before `day`) that is due on `today`; None when none is.

    Not due are steps that were past when the firm was told of the day (`known_since`): the mail itself said how many
    days are left. Of several that were missed the last alone is made up for, so an outage leads to one mail.
    """
    if day < today:
        return None
    planned = [(step, day - timedelta(days=step)) for step in STEPS[what]]
    due = [step for step, at in planned if known_since < at <= today and today - at < CATCH_UP]
    return min(due, default=None)


def known_days(versions: Sequence[Told]) -> list[tuple[KeyDay, date]]:
    """The days of the last version, each with the day since which it has been told so; `versions` in order.

    A day that an addendum moved is known since the addendum alone: its steps begin anew.
    """
    found = []
    for one in versions[-1].days if versions else ():
        since = versions[-1].on
        for version in reversed(versions):
            if one not in version.days:
                break
            since = version.on
        found.append((one, since))
    return found
