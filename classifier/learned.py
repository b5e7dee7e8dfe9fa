"""A trained model as it serves: the text voice, the combiner that makes one probability of all voices, thresholds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from classifier.combine import (
    AGREED,
    CODES_ALONE,
    FIELD_REACH,
    TEXT_ALONE,
    VOICES_DISAGREE,
    WORDS_ALONE,
    Verdict,
    field_strengths,
)
from classifier.contract import USUAL, Threshold
from classifier.scorer import TextModel
from classifier.signals import NAMES, Signals, signals_of
from classifier.voices import Reading

FAINT = 0.02  # probability below which an industry is not worth mentioning
HEARD = 0.15  # words below this are as good as silent
SUREST = 0.99  # nothing is said to be certain
_SAID = [NAMES.index(name) for name in ("words", "umbrella")]
_ABOVE = NAMES.index("above_usual")
QUIET = 0.3  # below this for every industry, a notice's own text names no goods
LOUD = 4.0  # standard deviations above the usual: the text model clearly speaks for an industry


@dataclass(frozen=True)
class Combiner:
    """A logistic regression over `signals.NAMES`, with what each industry deviates from the others by.

    `mean`, `scale`, `weights`: (len(NAMES)); `lean`: (industries), in logits.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: float
    lean: NDArray[np.float64]

    def probabilities(self, signals: Signals) -> NDArray[np.float64]:
        """(industries named): the chance that an officer would name each."""
        logits = ((signals.numbers - self.mean) / self.scale) @ self.weights + self.bias + self.lean[signals.places]
        return np.asarray(1 / (1 + np.exp(-logits)))


@dataclass(frozen=True)
class LearnedModel:
    """What `artefact.read_model` gives back: everything that serving needs, and where it comes from.

    `trust`: rule id -> how far its word is believed. `manifest`: versions, fingerprints and sizes of what it learned
    from, as JSON values.
    """

    text: TextModel
    combiner: Combiner
    trust: Mapping[str, float]
    thresholds: Mapping[str, Threshold]
    manifest: Mapping[str, object]
    version: int = 0
    fingerprint: str = ""
    _settled: dict[str, Threshold] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def industries(self) -> tuple[str, ...]:
        """The industries it knows, in the order of its columns."""
        return self.text.columns[:-1]

    @cached_property
    def places(self) -> dict[str, int]:
        """industry -> its place among the columns."""
        return {name: place for place, name in enumerate(self.industries)}

    def knows(self, industry: str) -> bool:
        """Whether it was trained on this industry; one that joined the list since is left to the rules."""
        return industry in self.places

    def signals(self, reading: Reading) -> Signals:
        """What the voices tell of each industry in one notice."""
        return signals_of(reading, self.text.logits(reading.fields), self.places, self.trust)

    def verdicts(self, reading: Reading) -> dict[str, Verdict]:
        """industry -> its probability and how the voices go together, for those worth mentioning."""
        signals = self.signals(reading)
        chances = self.combiner.probabilities(signals)
        documents = self._documents(reading) if not len(chances) or chances.max() < QUIET else {}
        worth = np.flatnonzero(chances >= FAINT).tolist()
        if not worth:
            return documents
        rows = signals.numbers
        loudest = int(rows[:, _ABOVE].argmax())
        coded = {hit.industry for hit in (*reading.hs, *reading.ics) if hit.covered}
        loud = self.industries[signals.places[loudest]]
        others = bool(coded) and loud not in coded and rows[loudest, _ABOVE] > LOUD
        return documents | {
            name: Verdict(
                min(SUREST, max(float(chances[row]), documents[name].score if name in documents else 0.0)),
                _notes(name, float(rows[row, _SAID].max()), coded, split=others and name == loud),
            )
            for row in worth
            if (name := self.industries[signals.places[row]])
        }

    def _documents(self, reading: Reading) -> dict[str, Verdict]:
        """What the attached text names, where the notice itself names nothing: enough to be flagged, never more."""
        trusted = field_strengths([hit for hit in reading.words if hit.field == "document"], self.trust)
        return {
            name: Verdict(FIELD_REACH["document"] * strength)
            for (name, _), strength in trusted.items()
            if name in self.places
        }

    def threshold(self, industry: str, staff: Threshold) -> Threshold:
        """The model's own threshold, unless staff set the mapping's to other than the usual."""
        return staff if staff != USUAL else self.thresholds.get(industry, USUAL)

    def strongest(self, reading: Reading, industry: str, most: int) -> list[tuple[str, int]]:
        """The terms of the text that speak most for an industry."""
        return self.text.strongest(reading.fields, industry, most) if industry in self.places else []


def _notes(industry: str, strength: float, coded: Collection[str], *, split: bool) -> tuple[str, ...]:
    """How the voices go together for one industry.

    `strength` of its words; `coded`: the industries of the notice's codes; `split`: codes name others, the text loudly
    this one.
    """
    codes, words = industry in coded, strength > HEARD
    notes = []
    if codes and words:
        notes.append(AGREED)
    elif codes:
        notes.append(CODES_ALONE)
    elif words and coded:
        notes.append(WORDS_ALONE)
    elif not words:
        notes.append(TEXT_ALONE)
    if split:
        notes.append(VOICES_DISAGREE)
    return tuple(notes)
