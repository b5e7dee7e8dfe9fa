"""From which probability on an industry is accepted and flagged: read off notices held out from training. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifier.contract import Threshold
from classifier.evaluation import Gold

# On the notices held out. Written notices are easier than real ones, so that more is asked of them.
WANTED_PRECISION = 0.93  # of accepted suggestions
MOST_FLAGGED = 0.25  # share of notices with any flag
LOWEST, HIGHEST, STEP = 0.30, 0.95, 0.01
FLAG_LOWEST = 0.05
ENOUGH = 8  # accepted suggestions of one industry, from which on it may have a threshold of its own
POOR = 0.8  # precision of one industry below which it gets one


@dataclass(frozen=True, slots=True)
class Judged:
    """industry -> probability for one notice, beside what is right."""

    chances: Mapping[str, float]
    gold: Gold


def thresholds_of(judged: Sequence[Judged]) -> dict[str, Threshold]:
    """industry -> thresholds, the common ones for most: accepted where WANTED_PRECISION is kept, flagged where no more
    than MOST_FLAGGED of the notices would need an officer; {} when nothing was judged.
    """
    counted = [each for each in judged if not each.gold.origin_limited]
    if not counted:
        return {}
    accepted = _accepting(counted)
    flagged = _flagging(counted, accepted)
    names = {name for each in counted for name in (*each.chances, *each.gold.industries)}
    return {name: Threshold(_own(name, counted, accepted), flagged) for name in sorted(names)}


def _accepting(judged: Sequence[Judged]) -> float:
    """The lowest threshold from which the precision is as wanted."""
    said = sorted(
        (
            (chance, name in each.gold.industries)
            for each in judged
            for name, chance in each.chances.items()
            if name not in each.gold.optional
        ),
        reverse=True,
    )
    found, right = HIGHEST, 0
    for number, (chance, is_right) in enumerate(said, start=1):
        right += is_right
        if chance < LOWEST:
            break
        is_last = number == len(said) or said[number][0] < chance  # of those with the same probability
        if is_last and number >= ENOUGH and right / number >= WANTED_PRECISION:
            found = min(found, chance)
    return round(found, 3)


def _flagging(judged: Sequence[Judged], accepted: float) -> float:
    """The lowest threshold at which no more notices need an officer than there are officers for."""
    best = sorted(
        (max((c for c in each.chances.values() if c < accepted), default=0.0) for each in judged), reverse=True
    )
    at = min(len(best) - 1, int(MOST_FLAGGED * len(best)))
    return round(min(accepted, max(FLAG_LOWEST, best[at] + STEP / 10)), 3)


def _own(name: str, judged: Sequence[Judged], accepted: float) -> float:
    """A higher threshold where one industry's accepted suggestions are often wrong."""
    said = sorted(
        (each.chances[name], name in each.gold.industries)
        for each in judged
        if each.chances.get(name, 0.0) >= accepted and name not in each.gold.optional
    )
    if len(said) < ENOUGH or sum(right for _, right in said) / len(said) >= POOR:
        return accepted
    for place, (chance, _) in enumerate(said):
        if place and said[place - 1][0] == chance:
            continue  # those with the same probability stand or fall together
        left = said[place:]
        if sum(right for _, right in left) / len(left) >= POOR:
            return round(chance, 3)
    return HIGHEST
