"""From voices to a verdict: one score 0 to 1 per industry, then accepted, flagged or silent. Pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from classifier.contract import State, Threshold
from classifier.weighing import WordHit

# How far the words of one field alone can carry (title and products say what is in scope, the description talks, and
# an attached document touches on much: one word in it, said once, stays silent, and it alone never decides).
FIELD_REACH = {"title": 0.72, "products": 0.82, "description": 0.49, "document": 0.45}
PACE = 1.5  # how fast further words of a field approach its reach
REPEATED = 0.25  # what a word said again in the same field adds
MINOR = 0.5  # an industry with less than this share of the strongest one's words is named in passing
HEARD = 0.15  # words below this are as good as silent
CLEAR = 0.55  # words of this worth name their goods clearly
AGREEMENT = 0.25  # of the remaining doubt, what goes when codes and words name the same goods
TEXT_WINS = 0.6  # what remains of codes that no word supports when the text clearly names other goods
ELSEWHERE = 0.36  # what remains of words without a code when codes and words agree on other goods
UNSUPPORTED = 0.88  # ... when the notice has no code that a rule knows
UNCODED = 0.75  # ... when codes name other goods, but no word agrees with them
UNLISTED = 0.8  # ... when the products text names goods, and others than these
TOUCHING = 0.5  # what remains of codes that only touch rules beneath them when no word agrees

CODES_ALONE = "codes_without_words"
WORDS_ALONE = "words_without_codes"
AGREED = "codes_and_words_agree"
TEXT_ALONE = "text_alone"
VOICES_DISAGREE = "voices_disagree"


@dataclass(frozen=True, slots=True)
class Heard:
    """What the voices say of one industry (0 to 1 each), and the verdict's note on how they go together."""

    hs: float = 0.0
    ics: float = 0.0
    words: float = 0.0
    covered: bool = False  # a code lies under one of its rules
    twice: bool = False  # an HS and an ICS code do
    in_products: bool = False  # the products text names it

    @property
    def codes(self) -> float:
        """Both code voices together."""
        return _either(self.hs, self.ics)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The score of one industry and the reasons (keys) that changed it."""

    score: float
    notes: tuple[str, ...] = field(default=())


def word_strengths(hits: Iterable[WordHit]) -> dict[str, float]:
    """industry -> what its words are worth together (0 to 1), the fields weighed by FIELD_REACH."""
    strengths: dict[str, float] = {}
    for (industry, name), reached in field_strengths(hits).items():
        strengths[industry] = _either(strengths.get(industry, 0.0), FIELD_REACH[name] * reached)
    return strengths


def field_strengths(hits: Iterable[WordHit], trust: Mapping[str, float] | None = None) -> dict[tuple[str, str], float]:
    """(industry, field) -> what its words there are worth together, 0 to 1.

    `trust`: rule id -> how far its word is believed.
    """
    per_word: dict[tuple[str, str, str], tuple[float, int]] = {}
    for hit in hits:
        worth = hit.worth * trust.get(hit.rule, 1.0) if trust else hit.worth
        key = hit.industry, hit.field, hit.value
        known = per_word.get(key)
        per_word[key] = (worth, 1) if known is None else (max(known[0], worth), known[1] + 1)
    sums: dict[tuple[str, str], float] = {}
    for (industry, name, _), (worth, times) in per_word.items():
        said = worth * (1 + REPEATED * min(times - 1, 4))
        sums[industry, name] = sums.get((industry, name), 0.0) + said
    return {key: 1 - math.exp(-PACE * total) for key, total in sums.items()}


def verdicts(heard: Mapping[str, Heard]) -> dict[str, Verdict]:
    """industry -> verdict, from what each voice says of all of them."""
    notice = _Whole(
        most_words=max((item.words for item in heard.values()), default=0.0),
        coded=any(item.covered for item in heard.values()),
        agreed=any(item.covered and item.words >= CLEAR / 2 for item in heard.values()),
        listed=any(item.in_products for item in heard.values()),
    )
    return {name: _verdict(item, notice) for name, item in heard.items()}


@dataclass(frozen=True, slots=True)
class _Whole:
    """What holds for the notice as a whole."""

    most_words: float
    coded: bool  # some code lies under a rule
    agreed: bool  # codes and words name the same goods somewhere
    listed: bool  # the products text names goods that the rules know


def _verdict(item: Heard, notice: _Whole) -> Verdict:
    codes, codes_note = _weigh_codes(item, notice)
    words, words_note = _weigh_words(item, notice)
    score = _either(codes, words)
    notes = [note for note in (codes_note, words_note) if note]
    if item.covered and item.words >= HEARD:
        score += AGREEMENT * min(1.0, item.words / CLEAR) * (1 - score)
        notes.append(AGREED)
    return Verdict(score, tuple(notes))


def _weigh_codes(item: Heard, notice: _Whole) -> tuple[float, str]:
    """What the codes are worth beside the words of the notice."""
    if item.codes and item.words < HEARD:
        if not item.covered:
            return item.codes * TOUCHING, ""
        if not item.twice and (notice.agreed or notice.most_words >= CLEAR):
            return item.codes * TEXT_WINS, CODES_ALONE
    return item.codes, ""


def _weigh_words(item: Heard, notice: _Whole) -> tuple[float, str]:
    """What the words are worth beside the codes of the notice and the words for other industries."""
    words = item.words if item.in_products or not notice.listed else item.words * UNLISTED
    if words < MINOR * notice.most_words:
        words *= words / (MINOR * notice.most_words)
    if item.codes or not words:
        return words, ""
    if not notice.coded:
        return words * UNSUPPORTED, ""
    return words * (ELSEWHERE if notice.agreed else UNCODED), WORDS_ALONE


def state_of(score: float, threshold: Threshold) -> State | None:
    """accepted, flagged or (None) silent."""
    if score >= threshold.accepted:
        return "accepted"
    return "flagged" if score >= threshold.flagged else None


def _either(*chances: float) -> float:
    """That at least one of several independent reasons holds."""
    doubt = 1.0
    for chance in chances:
        doubt *= 1 - min(chance, 1.0)
    return 1 - doubt
