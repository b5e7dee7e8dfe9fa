"""Until when each tier must have a comment, so that it is in time for the notifying member. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from alerts.facts import Facts

COUNTY_LEAD, CITY_LEAD, PROVINCE_LEAD = 20, 14, 7  # days before the final date: local practice, none is prescribed
SHORT_PERIOD = 40  # days: below it firms would have less than half of the period for themselves


@dataclass(frozen=True)
class Ladder:
    """The last day on which each tier should have passed on what it has; that day still counts."""

    firms: date  # to the county
    city: date  # to the province
    province: date  # to the national enquiry point
    final: date  # the notifying member's own date


def ladder_of(final: date, published: date | None = None) -> Ladder:
    """The ladder below `final`; a period below 40 days (from `published`) shrinks the leads in proportion."""
    period = (final - published).days if published else SHORT_PERIOD
    share = min(max(period, 0) / SHORT_PERIOD, 1.0)
    firms, city, province = (
        final - timedelta(days=int(lead * share)) for lead in (COUNTY_LEAD, CITY_LEAD, PROVINCE_LEAD)
    )
    return Ladder(firms, city, province, final)


def is_late(ladder: Ladder | None, today: date) -> bool:
    """Whether a comment of `today` is past the firms' day; it is then kept as an impact report for trade concerns."""
    return ladder is None or today > ladder.firms


def ladder_in(facts: Facts) -> Ladder | None:
    """The ladder below the comment deadline that a warning's facts name; None when they name none."""
    final, published = facts["comment_deadline"], facts.get("published_on")
    if not final:
        return None
    return ladder_of(date.fromisoformat(final), date.fromisoformat(published) if published else None)
