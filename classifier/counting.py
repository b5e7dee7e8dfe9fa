"""Counting suggestions against labels: right, wrong and missed, and which industry was taken for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from classifier.contract import Suggestion

MOST_FLAGS_COUNTED = 5
FIRST = 3  # suggestions that recall@3 looks at


@dataclass(frozen=True, slots=True)
class Gold:
    """A notice's labels: right, neither right nor wrong, and whether it is aimed only at other origins."""

    industries: frozenset[str]
    optional: frozenset[str] = frozenset()
    origin_limited: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """Right, wrong and missed suggestions."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)

    @property
    def precision(self) -> float:
        """Right over suggested; 1 when nothing was suggested."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Right over wanted; 1 when nothing was wanted."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        double = 2 * self.right
        return double / (double + self.wrong + self.missed) if double + self.wrong + self.missed else 1.0


def accepted(answer: Iterable[Suggestion]) -> list[str]:
    """The accepted industries."""
    return [item.industry for item in answer if item.state == "accepted"]


def seen_first(answer: Sequence[Suggestion]) -> list[str]:
    """What an officer sees first: the accepted industries, else the best flagged one."""
    return accepted(answer) or [item.industry for item in answer[:1]]


def found_at_all(answer: Sequence[Suggestion]) -> list[str]:
    """Accepted and flagged, at most five flags counted."""
    return accepted(answer) + [item.industry for item in answer if item.state == "flagged"][:MOST_FLAGS_COUNTED]


def first_three(answer: Sequence[Suggestion]) -> list[str]:
    """The three best, whatever their state."""
    return [item.industry for item in answer[:FIRST]]


def count_each(suggested: Iterable[str], gold: Gold) -> dict[str, Count]:
    """industry -> how it fared in one notice; optional ones are left out."""
    counts = {name: Count(missed=1) for name in gold.industries}
    for name in suggested:
        if name in gold.industries:
            counts[name] = Count(right=1)
        elif name not in gold.optional:
            counts[name] = Count(wrong=1)
    return counts


def total(counts: Iterable[Mapping[str, Count]]) -> Count:
    """The sum over all industries of all notices."""
    return sum((count for each in counts for count in each.values()), Count())


def per_industry(counts: Iterable[Mapping[str, Count]]) -> dict[str, Count]:
    """industry -> the sum over all notices, by slug."""
    sums: dict[str, Count] = {}
    for each in counts:
        for name, count in each.items():
            sums[name] = sums.get(name, Count()) + count
    return dict(sorted(sums.items()))


def confusions(counts: Iterable[Mapping[str, Count]]) -> list[tuple[str, str, int]]:
    """(missed, wrongly suggested in the same notice, in how many notices), the commonest first, then by slug."""
    pairs = Counter(
        (missed, wrong)
        for each in counts
        for missed, lost in each.items()
        if lost.missed
        for wrong, vain in each.items()
        if vain.wrong
    )
    return sorted(((*pair, count) for pair, count in pairs.items()), key=lambda row: (-row[2], row[:2]))
