"""Training: the text voice from the examples, trust and combiner from notices held out, thresholds, one model."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.contract import Mapping
from classifier.evaluation import Gold, strip_codes
from classifier.examples import Example, fingerprint_of
from classifier.fitting import fit_text
from classifier.labelled import Labelled
from classifier.learned import Combiner, LearnedModel
from classifier.scorer import TextModel
from classifier.signals import NAMES, signals_of
from classifier.thinning import thinned
from classifier.thresholds import Judged, thresholds_of
from classifier.trust import trust_of
from classifier.voices import Reading, listen

SEED = 7
STRENGTH = 0.3  # C of the combiner's logistic regression
LEAN = 0.5  # how freely an industry may deviate from the others
MANY = 3.0  # what a held-out notice of several industries weighs: real ones have more of them than written ones
EMPTY = 2.0  # ... and one of none
KEPT = (0.6,)  # shares of words left in the thinned ones
FEWEST_HELD_OUT = 100  # notices below which there is nothing to calibrate on


@dataclass(frozen=True)
class Material:
    """What a model is made of: examples to learn the text from, and labelled notices held out from them."""

    examples: Sequence[Example]
    held_out: Sequence[Labelled]


def train(material: Material, mapping: Mapping) -> LearnedModel:
    """The model of this material under `mapping`; the same material gives the same model."""
    text = fit_text(material.examples, mapping.industries)
    trust = trust_of([(item.notice, item.industries) for item in material.examples if item.is_notice], mapping)
    rows = _rows(material.held_out, mapping, text, trust)
    combiner = _fit_combiner(rows, len(mapping.industries))
    manifest: dict[str, object] = {
        "mapping_version": mapping.number,
        "mapping_fingerprint": mapping.fingerprint,
        "examples": len(material.examples),
        "held_out": len(material.held_out),
        "data_fingerprint": fingerprint_of(material.examples),
    }
    model = LearnedModel(text, combiner, trust, {}, manifest)
    thresholds = thresholds_of(_judged(model, material.held_out, mapping))
    return LearnedModel(text, combiner, trust, thresholds, manifest)


@dataclass(frozen=True)
class _Rows:
    """One row an industry that any voice names in a held-out notice, with and without its codes."""

    numbers: NDArray[np.float64]
    places: NDArray[np.intp]
    right: NDArray[np.bool_]
    weight: NDArray[np.float64]


def _rows(held_out: Sequence[Labelled], mapping: Mapping, text: TextModel, trust: Dictionary[str, float]) -> _Rows:
    places = {name: place for place, name in enumerate(mapping.industries)}
    numbers, where, right, weight = [], [], [], []
    for item in held_out:
        for reading in all_ways(item, mapping):
            found = signals_of(reading, text.logits(reading.fields), places, trust)
            for place, row in zip(found.places.tolist(), found.numbers, strict=True):
                name = mapping.industries[place]
                if name in item.gold.optional:
                    continue
                numbers.append(row)
                where.append(place)
                right.append(name in item.gold.industries)
                weight.append(_weight(item.gold))
    return _Rows(np.array(numbers), np.array(where), np.array(right), np.array(weight))


def all_ways(item: Labelled, mapping: Mapping) -> list[Reading]:
    """A held-out notice as it is, without its codes, and each again with words that nobody knows."""
    notices = dict.fromkeys((item.notice, strip_codes(item.notice)))
    return [listen(each, mapping) for notice in notices for each in (notice, *(thinned(notice, k) for k in KEPT))]


def both_ways(item: Labelled, mapping: Mapping) -> tuple[Reading, ...]:
    """A notice as it is, and, where that differs, as if it carried no codes."""
    bare = strip_codes(item.notice)
    notices = (item.notice,) if bare == item.notice else (item.notice, bare)
    return tuple(listen(notice, mapping) for notice in notices)


def _weight(gold: Gold) -> float:
    if not gold.industries:
        return EMPTY
    return MANY if len(gold.industries) > 1 else 1.0


def _fit_combiner(rows: _Rows, industries: int) -> Combiner:
    """A logistic regression; each industry's own intercept is held close to the common one."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    mean, scale = rows.numbers.mean(axis=0), rows.numbers.std(axis=0) + 1e-9
    size = len(rows.places)
    own = csr_matrix((np.full(size, LEAN), (np.arange(size), rows.places)), shape=(size, industries))
    matrix = hstack([csr_matrix((rows.numbers - mean) / scale), own]).tocsr()
    fitted = LogisticRegression(C=STRENGTH, max_iter=2000, random_state=SEED)
    fitted.fit(matrix, rows.right, sample_weight=rows.weight)
    weights = fitted.coef_[0]
    signals = len(NAMES)
    return Combiner(mean, scale, weights[:signals], float(fitted.intercept_[0]), weights[signals:] * LEAN)


def _judged(model: LearnedModel, held_out: Sequence[Labelled], mapping: Mapping) -> list[Judged]:
    """What the model says of each held-out notice, with and without codes, beside what is right."""
    return [
        Judged({name: each.score for name, each in model.verdicts(reading).items()}, item.gold)
        for item in held_out
        for reading in both_ways(item, mapping)
    ]
