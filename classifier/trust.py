"""How far each rule's word is believed: how often its industry was right where the word was met in the examples."""

from __future__ import annotations

from collections.abc import Iterable

from classifier.contract import Mapping, NoticeText
from classifier.evaluation import strip_codes
from classifier.voices import listen

BELIEVED, STRENGTH = 0.85, 3.0  # before any meeting a word is believed so far, as if from so many meetings
LEAST = 0.05


def trust_of(labelled: Iterable[tuple[NoticeText, frozenset[str]]], mapping: Mapping) -> dict[str, float]:
    """rule id -> 0.05 to 1, for the rules whose words were met in the texts; 1 is what an unmet rule starts from.

    "Formaldehyde" stands in notices on plywood, textiles and toys far more often than in those on chemicals.
    """
    met: dict[str, int] = {}
    right: dict[str, int] = {}
    for notice, industries in labelled:
        for rule, industry in {(hit.rule, hit.industry) for hit in listen(strip_codes(notice), mapping).words}:
            met[rule] = met.get(rule, 0) + 1
            right[rule] = right.get(rule, 0) + (industry in industries)
    return {
        rule: round(min(1.0, max(LEAST, (right[rule] + STRENGTH * BELIEVED) / (times + STRENGTH) / BELIEVED)), 4)
        for rule, times in met.items()
    }
