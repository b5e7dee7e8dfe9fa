"""Measuring a classifier on labelled notices: what an officer would see first, against a gold list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from classifier.codes import without_codes
from classifier.contract import NoticeText, Suggestion

MOST_FLAGS_COUNTED = 5


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


@dataclass(frozen=True)
class Figures:
    """One classifier on one set: what is seen first, accepted, found at all, and the share that needs an officer."""

    notices: int
    first: Count
    accepted: Count
    found: Count
    share_flagged: float
    empty_or_elsewhere_accepted: int
    per_industry: Mapping[str, Count]

    def as_json(self) -> dict[str, object]:
        """The figures as one flat object, ratios to three places."""
        macro = [count.f1 for count in self.per_industry.values() if count.right + count.missed]
        return {
            "notices": self.notices,
            "micro_f1": round(self.first.f1, 3),
            "precision": round(self.first.precision, 3),
            "recall": round(self.first.recall, 3),
            "macro_f1": round(sum(macro) / len(macro), 3) if macro else 1.0,
            "accepted_precision": round(self.accepted.precision, 3),
            "accepted_recall": round(self.accepted.recall, 3),
            "found_recall": round(self.found.recall, 3),
            "share_flagged": round(self.share_flagged, 3),
            "empty_or_elsewhere_accepted": self.empty_or_elsewhere_accepted,
        }


def evaluate(answers: Sequence[Sequence[Suggestion]], golds: Sequence[Gold]) -> Figures:
    """Compare suggestions with labels, one list a notice.

    A suggestion is right when in `industries`, ignored when in `optional`, else wrong; a missing one is missed only
    when in `industries`. Notices aimed at other origins are left out of all counts but the accepted-in-vain one.
    """
    counted = [(answer, gold) for answer, gold in zip(answers, golds, strict=True) if not gold.origin_limited]
    per_industry: dict[str, Count] = {}
    for answer, gold in counted:
        for name, count in _count_each(seen_first(answer), gold).items():
            per_industry[name] = per_industry.get(name, Count()) + count
    in_vain = [
        answer
        for answer, gold in zip(answers, golds, strict=True)
        if (gold.origin_limited or not gold.industries)
        and any(item.state == "accepted" and item.industry not in gold.optional for item in answer)
    ]
    return Figures(
        notices=len(counted),
        first=_total(_count_each(seen_first(answer), gold) for answer, gold in counted),
        accepted=_total(_count_each(accepted(answer), gold) for answer, gold in counted),
        found=_total(_count_each(found_at_all(answer), gold) for answer, gold in counted),
        share_flagged=sum(any(i.state == "flagged" for i in answer) for answer, _ in counted) / max(1, len(counted)),
        empty_or_elsewhere_accepted=len(in_vain),
        per_industry=dict(sorted(per_industry.items())),
    )


def accepted(answer: Iterable[Suggestion]) -> list[str]:
    """The accepted industries."""
    return [item.industry for item in answer if item.state == "accepted"]


def seen_first(answer: Sequence[Suggestion]) -> list[str]:
    """What an officer sees first: the accepted industries, else the best flagged one."""
    return accepted(answer) or [item.industry for item in answer[:1]]


def found_at_all(answer: Sequence[Suggestion]) -> list[str]:
    """Accepted and flagged, at most five flags counted."""
    return accepted(answer) + [item.industry for item in answer if item.state == "flagged"][:MOST_FLAGS_COUNTED]


def strip_codes(notice: NoticeText) -> NoticeText:
    """The notice without its codes, given or written in the texts."""
    return replace(
        notice,
        hs=(),
        ics=(),
        title=without_codes(notice.title),
        products=without_codes(notice.products),
        description=without_codes(notice.description),
    )


def _count_each(suggested: Sequence[str], gold: Gold) -> dict[str, Count]:
    counts = {name: Count(missed=1) for name in gold.industries}
    for name in suggested:
        if name in gold.industries:
            counts[name] = Count(right=1)
        elif name not in gold.optional:
            counts[name] = Count(wrong=1)
    return counts


def _total(counts: Iterable[Mapping[str, Count]]) -> Count:
    return sum((count for each in counts for count in each.values()), Count())
