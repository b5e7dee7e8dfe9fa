"""Until when each tier must have a comment, so that it is in time for the notifying member. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from alerts.deadlines import WHOLE_WINDOW, Leads, day_before
from alerts.facts import Facts

_USUAL = Leads()
LEADS = (_USUAL.county, _USUAL.city, _USUAL.province)  # where the channel gives no others


@dataclass(frozen=True)
class Ladder:
    """The last day on which each tier should have passed on what it has; that day still counts."""

    firms: date  # to the county
    city: date  # to the province
    province: date  # to the national enquiry point
    final: date  # the notifying member's own date


def ladder_of(final: date, first_seen: date | None = None, leads: Sequence[int] = LEADS) -> Ladder:
    """The ladder below `final`: the same days as those of the reviews (`day_before`); unknown first sight shrinks none.

    `leads` are the channel's days for county, city, province.
    """
    seen = first_seen or final - timedelta(days=WHOLE_WINDOW)
    firms, city, province = (day_before(final, lead, seen) for lead in leads)
    return Ladder(firms, city, province, final)


def is_late(ladder: Ladder | None, today: date) -> bool:
    """Whether a comment of `today` is past the firms' day; it is then kept as an impact report for trade concerns."""
    return ladder is None or today > ladder.firms


def takes_comments(facts: Facts) -> bool:
    """Whether a comment can still change something: not once the measure is adopted, in force or withdrawn."""
    return facts["stage"] not in ("adopted", "in_force", "withdrawn")


def ladder_in(facts: Facts) -> Ladder | None:
    """The ladder below the comment deadline that a warning's facts name; None when they name none."""
    final, first_seen = facts["comment_deadline"], facts.get("seen_on") or facts.get("published_on")
    if not final:
        return None
    seen = date.fromisoformat(first_seen) if first_seen else None
    return ladder_of(date.fromisoformat(final), seen, facts.get("leads") or LEADS)
