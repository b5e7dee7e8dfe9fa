"""Whether scores mean what they say: of the suggestions said with 0.8, are eight of ten right?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from classifier.contract import Suggestion
from classifier.counting import Gold

BINS = 10
ENOUGH = 1000  # below so many suggestions a bin is too small for its share to say anything


@dataclass(frozen=True, slots=True)
class Bin:
    """Suggestions with neighbouring scores: the lowest and highest, how many, the mean score, the share right."""

    lowest: float
    highest: float
    count: int
    mean_score: float
    share_right: float

    def as_json(self) -> dict[str, object]:
        """The bin as plain values, to three places."""
        return {
            "from": round(self.lowest, 3),
            "to": round(self.highest, 3),
            "count": self.count,
            "mean_score": round(self.mean_score, 3),
            "share_right": round(self.share_right, 3),
        }


Judged = tuple[float, bool]  # a shown suggestion's score, and whether it was right


def judged(answer: Sequence[Suggestion], gold: Gold) -> list[Judged]:
    """Each shown suggestion of one notice, the optional ones left out."""
    return [(item.score, item.industry in gold.industries) for item in answer if item.industry not in gold.optional]


def reliability(shown: Sequence[Judged], bins: int = BINS) -> list[Bin]:
    """At most `bins` bins of equal mass, the lowest scores first; none for no suggestions.

    Equal scores stay in one bin, so that no bin depends on the order of the notices.
    """
    rest = sorted(shown, key=lambda pair: pair[0])
    table: list[Bin] = []
    done = 0
    for number in range(1, bins + 1):
        end = max(done, round(len(rest) * number / bins))
        while 0 < end < len(rest) and rest[end][0] == rest[end - 1][0]:
            end += 1
        if end > done:
            table.append(_bin_of(rest[done:end]))
        done = end
    return table


def calibration_error(table: Sequence[Bin]) -> float | None:
    """The expected calibration error: mean distance of score and share right; None below ENOUGH suggestions."""
    suggestions = sum(each.count for each in table)
    if suggestions < ENOUGH:
        return None
    return sum(each.count * abs(each.mean_score - each.share_right) for each in table) / suggestions


def _bin_of(part: Sequence[Judged]) -> Bin:
    scores = [score for score, _ in part]
    right = sum(is_right for _, is_right in part)
    return Bin(scores[0], scores[-1], len(part), sum(scores) / len(part), right / len(part))
