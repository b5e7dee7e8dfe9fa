"""The back-test: what a policy and the severity table would have made of the past. Pure, over rows read once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from alerts.flags import FLAGS, flags_for
from alerts.incidents import Incident
from alerts.policy import Policy
from alerts.severity import SEVERITIES, Case, Rule, severity_of
from alerts.waves import Seen, wave_of

MOST_RED = 0.01  # of all warnings
MOST_BUNDLES = 20  # for one county in one week, at the 95th percentile
ENOUGH = 100  # warnings; of fewer a share of one in a hundred says nothing


@dataclass(frozen=True, slots=True)
class Past:
    """A notice of the past as a warning: what is asked of it, its signs, its desks. `case` knows of no wave."""

    notice_id: int
    matter: int
    source: str
    day: date  # of publication
    case: Case
    signs: frozenset[str]  # of alerts.flags.signs_of
    desks: tuple[str, ...]  # codes of the places whose bureaus it would have come to
    incident: Incident | None = None


@dataclass(frozen=True, slots=True)
class Incidence:
    """One incident of the past, whether it was a warning or not: evidence for waves."""

    notice_id: int
    matter: int
    day: date
    incident: Incident


def figures_of(
    pasts: Sequence[Past],
    incidences: Iterable[Incidence],
    policy: Policy,
    rules: Sequence[Rule],
    since: date,
    until: date,
) -> dict[str, Any]:
    """What would have been: counts by severity and flag, red's share, bundles for a county and week, waves.

    A county and week counts when anything waited there; the percentile is the nearest rank.
    """
    waves = waves_in(pasts, incidences, policy)
    severity = cache(lambda case: severity_of(case, rules).severity)
    severities: Counter[str] = Counter()
    flags: Counter[str] = Counter()
    waiting: dict[tuple[str, date], set[str]] = defaultdict(set)
    flagged = 0
    for past in pasts:
        found = severity(replace(past.case, wave=True) if past.notice_id in waves else past.case)
        severities[found] += 1
        raised = flags_for(past.signs, found, policy)
        flags.update(raised)
        flagged += bool(raised)
        for desk in past.desks if raised else ():
            waiting[desk, _monday(past.day)].add(_bundle(past))
    sizes = [len(bundles) for bundles in waiting.values()]
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "warnings": len(pasts),
        "by_severity": {name: severities[name] for name in SEVERITIES},
        "red_share": _share(severities["red"], len(pasts)),
        "flagged": flagged,
        "by_flag": {name: flags[name] for name in FLAGS},
        "waves": len(waves),
        "county_weeks": len(sizes),
        "bundles_p95": percentile(sizes, 95),
        "bundles_most": max(sizes, default=0),
    }


def waves_in(pasts: Iterable[Past], incidences: Iterable[Incidence], policy: Policy) -> set[int]:
    """Ids of the notices that would have made a wave known: of warnings alone, evidence being every incident."""
    warned = {past.notice_id for past in pasts}
    like: Mapping[tuple[str, str], list[Incidence]] = defaultdict(list)
    for one in sorted(incidences, key=lambda one: (one.day, one.notice_id)):
        like[one.incident.product, one.incident.hazard].append(one)
    return {key for group in like.values() if len(group) >= policy.wave.size for key in _waves(group, warned, policy)}


def _waves(group: Sequence[Incidence], warned: set[int], policy: Policy) -> list[int]:
    """Within one product and hazard, by day: each sees those published until its own day, as in life."""
    told: set[int] = set()
    seen = [Seen(one.day, one.matter, one.incident.firm) for one in group]
    for place, one in enumerate(group):
        if one.notice_id not in warned:
            continue
        others = [
            replace(other, told=group[at].notice_id in told)
            for at, other in _near(seen, one.day, policy.wave.days)
            if at != place
        ]
        if wave_of(one.incident.hazard, seen[place], others, policy.wave) is not None:
            told.add(one.notice_id)
    return sorted(told)


def _near(seen: Sequence[Seen], day: date, days: int) -> list[tuple[int, Seen]]:
    since = day - timedelta(days=days - 1)
    return [(at, one) for at, one in enumerate(seen) if since <= one.day <= day]


def exceeded(figures: Mapping[str, Any]) -> list[str]:
    """Which limits the figures break: `red_share`, `bundles_p95`; of few warnings no share is judged."""
    broken = {
        "red_share": not is_few(figures) and figures["red_share"] > MOST_RED,
        "bundles_p95": figures["bundles_p95"] > MOST_BUNDLES,
    }
    return [name for name, is_broken in broken.items() if is_broken]


def is_few(figures: Mapping[str, Any]) -> bool:
    """Whether too few warnings were found to judge a policy by."""
    return int(figures["warnings"]) < ENOUGH


def percentile(values: Sequence[int], rank: int) -> int:
    """The nearest-rank percentile: the least value that `rank` of a hundred do not exceed; 0 of nothing."""
    ordered = sorted(values)
    return ordered[-(-len(ordered) * rank // 100) - 1] if ordered else 0


def _bundle(past: Past) -> str:
    found = past.incident
    return f"{past.source}/{found.product}/{found.hazard}" if found else f"#{past.notice_id}"


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
