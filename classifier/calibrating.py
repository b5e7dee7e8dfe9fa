"""Calibration: the combiner of all voices, fitted on labelled notices that the text voice has not learned from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.contract import Mapping as Rules
from classifier.contract import NoticeText
from classifier.counting import Gold
from classifier.evaluation import strip_codes
from classifier.labelled import Labelled
from classifier.learned import Combiner
from classifier.scorer import TextModel
from classifier.signals import AT_ONCE, NAMES, Signals, signals_of
from classifier.thinning import thinned
from classifier.thresholds import Judged
from classifier.voices import listen

SEED = 7
STRENGTH = 0.3  # C of the logistic regression
LEAN = 0.1  # how freely an industry may deviate from the others
MANY = 2.0  # what a held-out notice of several industries weighs: real ones have more of them than written ones
EMPTY = 2.0  # ... and one of none
KEPT = 0.6  # share of words left in the thinned ones


@dataclass(frozen=True)
class Heard:
    """What the voices tell of one held-out notice, in one of its forms, beside what is right."""

    signals: Signals
    gold: Gold
    is_whole: bool  # no words were taken out


def hear(held_out: Sequence[Labelled], rules: Rules, text: TextModel, trust: Mapping[str, float]) -> list[Heard]:
    """Every held-out notice as it is and without its codes, and each again with words that nobody knows."""
    places = {name: place for place, name in enumerate(rules.industries)}
    forms = [(notice, item.gold, is_whole) for item in held_out for notice, is_whole in _forms(item.notice)]
    found = []
    for start in range(0, len(forms), AT_ONCE):
        some = forms[start : start + AT_ONCE]
        readings = [listen(notice, rules) for notice, _, _ in some]
        told = signals_of(readings, text.logits([reading.fields for reading in readings]), places, trust)
        found += [Heard(signals, gold, is_whole) for signals, (_, gold, is_whole) in zip(told, some, strict=True)]
    return found


def _forms(notice: NoticeText) -> Iterator[tuple[NoticeText, bool]]:
    for each in dict.fromkeys((notice, strip_codes(notice))):
        yield each, True
        yield thinned(each, KEPT), False


def fit_combiner(heard: Sequence[Heard], industries: Sequence[str]) -> Combiner:
    """A logistic regression; each industry's own intercept is held close to the common one.

    What is optional in a notice is neither right nor wrong, and teaches nothing.
    """
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    numbers, places, right, weight = _rows(heard, industries)
    mean, scale = numbers.mean(axis=0), numbers.std(axis=0) + 1e-9
    size = len(places)
    own = csr_matrix((np.full(size, LEAN), (np.arange(size), places)), shape=(size, len(industries)))
    matrix = hstack([csr_matrix((numbers - mean) / scale), own]).tocsr()
    fitted = LogisticRegression(C=STRENGTH, max_iter=2000, random_state=SEED)
    fitted.fit(matrix, right, sample_weight=weight)
    weights = fitted.coef_[0]
    signals = len(NAMES)
    return Combiner(mean, scale, weights[:signals], float(fitted.intercept_[0]), weights[signals:] * LEAN)


def _rows(
    heard: Sequence[Heard], industries: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.bool_], NDArray[np.float64]]:
    """(numbers, places, right, weight): one row for each industry that any voice names in a notice."""
    numbers = np.vstack([each.signals.numbers for each in heard])
    places = np.concatenate([each.signals.places for each in heard])
    named = [industries[place] for place in places.tolist()]
    golds = [each.gold for each in heard for _ in each.signals.places]
    right = np.array([name in gold.industries for name, gold in zip(named, golds, strict=True)])
    counts = np.array([name not in gold.optional for name, gold in zip(named, golds, strict=True)])
    weight = np.array([_weight(gold) for gold in golds])
    return numbers[counts], places[counts], right[counts], weight[counts]


def _weight(gold: Gold) -> float:
    if not gold.industries:
        return EMPTY
    return MANY if len(gold.industries) > 1 else 1.0


def judged(heard: Sequence[Heard], combiner: Combiner, industries: Sequence[str]) -> list[Judged]:
    """What the combiner says of the whole notices, beside what is right: thresholds are read off it."""
    whole = [each for each in heard if each.is_whole]
    return [
        Judged(
            {
                industries[place]: chance
                for place, chance in zip(each.signals.places.tolist(), chances.tolist(), strict=True)
            },
            each.gold,
        )
        for each, chances in zip(whole, combiner.probabilities([each.signals for each in whole]), strict=True)
    ]
