"""The learned text voice as it serves: whole numbers, added up term by term from a cache, read with numpy alone.

A notice's score for an industry is a sum of whole numbers over its terms, so any order of adding agrees: the fitted
scikit-learn pipeline with the same weights gives the same numbers (ADR 0013).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.terms import bags_of, parts_of
from classifier.text import FieldText

HEAD_SHARE, BODY_SHARE = 1024, 512  # what title and products count, and what the description does
MOST_ROWS = 50_000  # terms kept: some 24 MB for 117 columns
MOST_TERMS = 300_000  # met terms remembered, those that say nothing among them
NONE = "-"  # the column for "no industry of ours"


def factor_of(share: int, length: int) -> int:
    """What each term of a bag counts when its terms weigh `length` together (a sum of squares): a whole number."""
    return round(share / math.sqrt(length)) if length > 0 else 0


class TextModel:
    """Weights of features by column; `columns` are industries and NONE.

    `weights`: int16 (features, columns); `lengths`: int32 (features), the square of what a feature weighs; `bias`:
    int64 (columns). A logit is (sum of factor * weight + bias) * `unit`.
    """

    def __init__(
        self,
        columns: Sequence[str],
        features: Mapping[str, int],
        weights: NDArray[np.int16],
        lengths: NDArray[np.int32],
        bias: NDArray[np.int64],
        unit: float,
    ) -> None:
        self.columns, self.features, self.unit = tuple(columns), features, unit
        self.weights, self.lengths, self.bias = weights, lengths, bias
        self._forget(0)

    def _forget(self, wanted: int) -> None:
        """An empty cache with room for `wanted` terms at least."""
        self._places: dict[str, int] = {}
        rows = max(MOST_ROWS, wanted + 1)
        self._rows = np.zeros((rows, len(self.columns) + 1), dtype=np.int32)  # the last column: the length
        self._filled = 1  # row 0 stays empty: terms that say nothing

    def logits(self, fields: Iterable[FieldText]) -> NDArray[np.float64]:
        """(columns): how strongly the text speaks for each; about -1 where it says nothing."""
        return np.asarray(self.sums(fields) * self.unit, dtype=np.float64)

    def sums(self, fields: Iterable[FieldText]) -> NDArray[np.int64]:
        """(columns): the whole numbers behind `logits`, exact in any order of adding."""
        total = self.bias.copy()
        for terms, share in zip(bags_of(fields), (HEAD_SHARE, BODY_SHARE), strict=True):
            if terms:
                places = self._places_of(terms)  # before the rows: it may lay them anew
                said = self._rows.take(places, axis=0).sum(axis=0, dtype=np.int64)
                total += factor_of(share, int(said[-1])) * said[:-1]
        return total

    def strongest(self, fields: Iterable[FieldText], column: str, most: int) -> list[tuple[str, int]]:
        """(term, weight) of the terms that speak most for a column, the strongest first."""
        head, body = bags_of(fields)
        place = self.columns.index(column)
        terms = sorted(head | body)
        places = self._places_of(terms)
        said = self._rows.take(places, axis=0)[:, place].tolist()
        ranked = sorted(zip(terms, said, strict=True), key=lambda each: (-each[1], each[0]))
        return [each for each in ranked[:most] if each[1] > 0]

    def _places_of(self, terms: Iterable[str]) -> list[int]:
        known = self._places
        try:
            return [known[term] for term in terms]
        except KeyError:
            pass
        terms = list(terms)
        fresh = [term for term in terms if term not in known]
        if self._filled + len(fresh) > len(self._rows) or len(known) + len(fresh) > MOST_TERMS:
            self._forget(len(terms))
            known, fresh = self._places, terms
        for term in fresh:
            known[term] = self._add(term)
        return [known[term] for term in terms]

    def _add(self, term: str) -> int:
        """The row of a term met for the first time; 0 when the model knows nothing of it."""
        known = [self.features[name] for name in parts_of(term) if name in self.features]
        if not known:
            return 0
        row = self._rows[self._filled]
        self.weights[known].sum(axis=0, dtype=np.int32, out=row[:-1])
        row[-1] = self.lengths[known].sum()
        self._filled += 1
        return self._filled - 1
