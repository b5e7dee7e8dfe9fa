"""Fitting the text voice with scikit-learn: one linear classifier an industry, then whole-numbered weights."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.evaluation import strip_codes
from classifier.examples import Example
from classifier.scorer import BODY_SHARE, HEAD_SHARE, NONE, TextModel, factor_of
from classifier.terms import PART, bags_of, parts_of
from classifier.text import read_fields

SEED = 7
COST = 0.4  # how much an example outweighs a simple rule (C of the support vector machine)
PART_SHARE = 0.5  # a part of a word weighs half of what a word does
EVEN = 1.0  # examples' worth of belief that a feature means nothing
HEADING_SHARE = 0.5  # an example of a heading counts half towards what a feature means
LENGTH_UNIT = 16  # lengths are kept in sixteenths
FINEST = 30_000  # the largest weight, in whole numbers
SMALLEST = 20  # weights below are noise: nine of ten weights are, and none of the decisions
TOLERANCE, ROUNDS = 0.1, 6
Bags = tuple[dict[str, int], dict[str, int]]  # feature -> how many terms of head and of body have it


@dataclass(frozen=True)
class _Table:
    """The examples as numbers: counts of features in head and body, which columns are right, what each weighs."""

    features: dict[str, int]
    head: Any  # scipy CSR (examples, features)
    body: Any
    right: NDArray[np.bool_]  # (examples, columns)
    weight: NDArray[np.float64]
    is_notice: NDArray[np.bool_]


def fit_text(examples: Sequence[Example], industries: Sequence[str]) -> TextModel:
    """The text model of these examples; the same examples in the same order give the same model.

    Texts only: codes, given or written in a text, are taken out first.
    """
    columns = (*industries, NONE)
    table = _table_of(examples, columns)
    worth = _worth_of(table)
    lengths = np.round(worth**2 * LENGTH_UNIT).astype(np.int32)
    matrix = _scaled(table, worth, lengths)
    coefficients, bias = _fit_columns(matrix, table.right, table.weight)
    return _quantised(columns, table.features, worth[:, None] * coefficients.T, lengths, bias)


def counts_of(example: Example) -> Bags:
    """The features of one example's text, without its codes."""
    return tuple(_counted(bag) for bag in bags_of(read_fields(strip_codes(example.notice))))  # type: ignore[return-value]


def _counted(bag: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for term in sorted(bag):  # a set has another order in each process, and the fit would have, too
        for name in parts_of(term):
            counts[name] = counts.get(name, 0) + 1
    return counts


def _table_of(examples: Sequence[Example], columns: Sequence[str]) -> _Table:
    bags = [counts_of(example) for example in examples]
    features = _features_of(bags)
    place = {name: number for number, name in enumerate(columns)}
    right = np.zeros((len(examples), len(columns)), dtype=bool)
    for row, example in enumerate(examples):
        for name in example.industries or {NONE}:
            right[row, place[name]] = True
    return _Table(
        features,
        _sparse([head for head, _ in bags], features),
        _sparse([body for _, body in bags], features),
        right,
        np.array([example.weight for example in examples]),
        np.array([example.is_notice for example in examples]),
    )


def _features_of(bags: Sequence[Bags]) -> dict[str, int]:
    """Every feature by its place; parts of a word that one text alone has tell nothing that the word does not."""
    times = Counter(name for pair in bags for bag in pair for name in bag)
    kept = (name for name, number in times.items() if number > 1 or not name.startswith(PART))
    return {name: place for place, name in enumerate(kept)}


def _sparse(bags: Sequence[dict[str, int]], features: dict[str, int]) -> Any:
    from scipy.sparse import csr_matrix

    known = [[(features[name], count) for name, count in bag.items() if name in features] for bag in bags]
    starts = np.cumsum([0, *map(len, known)])
    places = np.fromiter((place for row in known for place, _ in row), dtype=np.int32, count=starts[-1])
    values = np.fromiter((count for row in known for _, count in row), dtype=np.float64, count=starts[-1])
    return csr_matrix((values, places, starts), shape=(len(bags), len(features)))


def _worth_of(table: _Table) -> NDArray[np.float64]:
    """(features): rare in notices, and gathered in few industries: such a feature tells goods apart."""
    met = (table.head + table.body)[table.is_notice]
    notices = met.shape[0]
    seen_in = np.asarray((met > 0).sum(axis=0)).ravel()
    rarity = np.log((1 + notices) / (1 + seen_in)) + 1
    share = np.where(table.is_notice, 1.0, HEADING_SHARE)[:, None] * table.right
    spread = np.asarray((table.head > 0).T @ share + 0.5 * ((table.body > 0).T @ table.right))
    usual = table.right.mean(axis=0) / table.right.mean(axis=0).sum()
    believed = spread + EVEN * usual
    believed /= believed.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        told = np.where(believed > 0, believed * np.log(believed / np.maximum(usual, 1e-12)), 0.0).sum(axis=1)
    gathered = np.clip(told / math.log(table.right.shape[1]), 0.0, 1.0)
    parts = np.fromiter((name.startswith(PART) for name in table.features), dtype=bool, count=len(table.features))
    return np.asarray(rarity * gathered * np.where(parts, PART_SHARE, 1.0))


def _scaled(table: _Table, worth: NDArray[np.float64], lengths: NDArray[np.int32]) -> Any:
    """The matrix that is fitted: each bag brought to its share by the same whole-numbered factors as in serving."""
    from scipy.sparse import diags

    total = None
    for counts, share in ((table.head, HEAD_SHARE), (table.body, BODY_SHARE)):
        factors = [factor_of(share, int(length)) / HEAD_SHARE for length in counts @ lengths]
        part = diags(np.array(factors) * math.sqrt(LENGTH_UNIT)) @ counts @ diags(worth)
        total = part if total is None else total + part
    assert total is not None
    matrix = total.tocsr()
    matrix.eliminate_zeros()
    matrix.sum_duplicates()  # unsorted indices crash the fit in threads
    return matrix


def _fit_columns(
    matrix: Any, right: NDArray[np.bool_], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(coefficients (columns, features), intercepts).

    In processes: the threads of one would draw from liblinear's one generator, and no two fits would be the same.
    """
    from joblib import Parallel, delayed

    fitted = Parallel(n_jobs=-1)(
        delayed(_fit_column)(matrix, right[:, column], weight)
        if right[:, column].any()
        else delayed(_silent)(matrix.shape[1])
        for column in range(right.shape[1])
    )
    return np.array([each[0] for each in fitted]), np.array([each[1] for each in fitted])


def _fit_column(
    matrix: Any, right: NDArray[np.bool_], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=COST, tol=TOLERANCE, max_iter=ROUNDS, random_state=SEED, dual=True)
    with warnings.catch_warnings():  # stopping early is meant: more rounds only fit the examples closer
        warnings.simplefilter("ignore", ConvergenceWarning)
        machine.fit(matrix, right, sample_weight=weight)
    return machine.coef_[0], float(machine.intercept_[0])


def _silent(features: int) -> tuple[NDArray[np.float64], float]:
    """A column without an example says nothing."""
    return np.zeros(features), -1.0


def _quantised(
    columns: Sequence[str],
    features: dict[str, int],
    weights: NDArray[np.float64],
    lengths: NDArray[np.int32],
    bias: NDArray[np.float64],
) -> TextModel:
    """Whole numbers for the weights; features that say nothing are dropped."""
    step = float(np.abs(weights).max()) / FINEST
    whole = np.round(weights / step).astype(np.int16)
    whole[np.abs(whole) < SMALLEST] = 0
    kept = np.flatnonzero((whole != 0).any(axis=1) & (lengths > 0))
    names = list(features)
    unit = step * math.sqrt(LENGTH_UNIT) / HEAD_SHARE
    return TextModel(
        columns,
        {names[place]: row for row, place in enumerate(kept.tolist())},
        np.ascontiguousarray(whole[kept]),
        lengths[kept],
        np.round(bias / unit).astype(np.int64),
        unit,
    )
