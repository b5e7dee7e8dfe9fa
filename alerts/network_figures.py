"""The figures of a bureau's work, and how those of several bureaus add up. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median

from store.clock import shanghai_day, shanghai_midnight

SEVERITIES = ("red", "orange", "yellow", "blue")
LOOKED_BACK = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning as its newest version stands: its severity, and when it was first raised in the time looked at."""

    severity: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """What one bureau, or several together, have before them and did in the last 90 days.

    `hours` are those of each decision from the opening of its review; `warnings` go by id, so that one that concerns
    three counties counts once for their city. `exporters` are firms with a confirmed address and an open subscription.
    """

    open: int = 0
    overdue: int = 0
    due_this_week: int = 0
    decided: int = 0
    escalated: int = 0
    unreviewed: int = 0  # nobody above either: the warning went out marked 未经研判
    hours: tuple[float, ...] = ()
    warnings: Mapping[int, Warned] = field(default_factory=dict)
    exporters: int = 0
    clusters: int = 0
    unreached: int = 0  # clusters without any subscriber

    @property
    def median_hours(self) -> float | None:
        """Hours from opening to decision, half of them faster; None where nothing was decided."""
        return round(median(self.hours), 1) if self.hours else None

    @property
    def reached_share(self) -> float | None:
        """Which part of the clusters has a subscriber, 0 to 1; None where there is no cluster."""
        return (self.clusters - self.unreached) / self.clusters if self.clusters else None

    def by_severity(self, begin: datetime | None = None, end: datetime | None = None) -> dict[str, int]:
        """Severity -> warnings raised in [begin, end), of those of the last 90 days; all four severities are there."""
        found = dict.fromkeys(SEVERITIES, 0)
        for warned in self.warnings.values():
            if (begin is None or warned.since >= begin) and (end is None or warned.since < end):
                found[warned.severity] += 1
        return found


def summed(parts: Sequence[Figures]) -> Figures:
    """The figures of several bureaus together."""
    warnings: dict[int, Warned] = {}
    for part in parts:
        warnings |= part.warnings
    counted = {name: sum(getattr(part, name) for part in parts) for name in _COUNTS}
    return Figures(**counted, hours=tuple(h for part in parts for h in part.hours), warnings=warnings)


_COUNTS = (
    "open",
    "overdue",
    "due_this_week",
    "decided",
    "escalated",
    "unreviewed",
    "exporters",
    "clusters",
    "unreached",
)


@dataclass(frozen=True, slots=True)
class Week:
    """The week a summary is written in, and the one before it, Monday to Sunday in Guangdong."""

    monday: date

    @property
    def key(self) -> str:
        """`2026-W23`, by ISO 8601."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def begin(self) -> datetime:
        """When it begins."""
        return shanghai_midnight(self.monday)

    @property
    def end(self) -> datetime:
        """When the next one begins."""
        return shanghai_midnight(self.monday + timedelta(days=7))

    @property
    def before(self) -> Week:
        """The week before."""
        return Week(self.monday - timedelta(days=7))


def week_of(now: datetime) -> Week:
    """The week of the Shanghai day of `now`."""
    today = shanghai_day(now)
    return Week(today - timedelta(days=today.weekday()))


def industries_asked(
    kind: str, value: str, hs_rules: Sequence[tuple[str, str]], words: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Industries (slugs) that one term of a subscription asks for.

    By name; by an HS prefix at or below one of the industry's `hs_rules` (slug, prefix) or above it; by a product word
    that is one of the industry's own (`words`: word -> slugs).
    """
    if kind == "industry":
        return frozenset((value,))
    if kind == "hs":
        return frozenset(slug for slug, p in hs_rules if value.startswith(p) or p.startswith(value))
    return words.get(value, frozenset()) if kind == "word" else frozenset()
