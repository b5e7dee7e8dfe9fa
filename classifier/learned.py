"""A trained model as it serves: the text voice, the combiner that makes one probability of all voices, thresholds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
_LOOKED_AT = [NAMES.index(name) for name in ("words", "umbrella", "above_usual")]
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

    def probabilities(self, told: Sequence[Signals]) -> list[NDArray[np.float64]]:
        """One a notice, (industries named): the chance that an officer would name each."""
        if not told:
            return []
        ends = np.cumsum([len(each.places) for each in told]).tolist()
        numbers = (np.concatenate([each.numbers for each in told]) - self.mean) / self.scale
        spans = list(zip([0, *ends], ends, strict=False))
        # Notice by notice: in a product of all at once the last digit of each would depend on the others.
        said = np.concatenate([numbers[start:end] @ self.weights for start, end in spans])
        chances = 1 / (1 + np.exp(-(said + self.bias + self.lean[np.concatenate([each.places for each in told])])))
        return [chances[start:end] for start, end in spans]


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

    def strangers(self, industries: Collection[str]) -> set[str]:
        """Those it was not trained on: what joined the list since is left to the rules."""
        return set(industries).difference(self.places)

    def signals(self, readings: Sequence[Reading]) -> list[Signals]:
        """What the voices tell of each industry in each notice."""
        return signals_of(readings, self.text.logits([each.fields for each in readings]), self.places, self.trust)

    def verdicts(self, readings: Sequence[Reading]) -> list[dict[str, Verdict]]:
        """One a notice: industry -> its probability and how the voices go together, for those worth mentioning."""
        told = self.signals(readings) if readings else []
        chances = self.combiner.probabilities(told)
        return [self._verdicts_of(*each) for each in zip(readings, told, chances, strict=True)]

    def _verdicts_of(self, reading: Reading, signals: Signals, chances: NDArray[np.float64]) -> dict[str, Verdict]:
        named = chances.tolist()
        documents = self._documents(reading) if not named or max(named) < QUIET else {}
        worth = [row for row, chance in enumerate(named) if chance >= FAINT]
        if not worth:
            return documents
        names = self.industries
        places: list[int] = signals.places.tolist()
        words, umbrellas, above = signals.numbers[:, _LOOKED_AT].T.tolist()
        coded = {hit.industry for hit in (*reading.hs, *reading.ics) if hit.covered}
        loudest = above.index(max(above))
        loud = names[places[loudest]]
        others = bool(coded) and loud not in coded and above[loudest] > LOUD
        return documents | {
            name: Verdict(
                min(SUREST, max(named[row], documents[name].score if name in documents else 0.0)),
                _notes(name, max(words[row], umbrellas[row]), coded, split=others and name == loud),
            )
            for row in worth
            if (name := names[places[row]])
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

    def strongest(self, reading: Reading, industries: Collection[str], most: int) -> dict[str, list[tuple[str, int]]]:
        """industry -> the terms of the text that speak most for it, for those it knows."""
        return self.text.strongest(reading.fields, [name for name in industries if name in self.places], most)


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
