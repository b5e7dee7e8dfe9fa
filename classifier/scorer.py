"""The learned text voice as it serves: whole numbers, added up term by term from a cache, read with numpy alone.

A notice's score for an industry is a sum of whole numbers over its terms, so any order of adding agrees: the fitted
scikit-learn pipeline with the same weights gives the same numbers (ADR 0013).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from classifier.met import Met
from classifier.terms import BODY, HEAD, LONGEST_CHINESE, bags_of, is_pair, parts_of
from classifier.text import FieldText, fold

HEAD_SHARE, BODY_SHARE = 1024, 512  # what title and products count, and what the description does
MOST_ROWS = 50_000  # terms kept: some 24 MB for 117 columns
MOST_MET = 100_000  # words, pairs and Chinese letters remembered, each, those that say nothing among them
NONE = "-"  # the column for "no industry of ours"
_NARROW = 2**31
Weighed = tuple[str, int]


class _Full(Exception):
    """No row is left."""


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
        self._largest = 0  # of what any row holds, either sign
        self._forget(0)

    def _forget(self, wanted: int) -> None:
        """An empty cache with room for `wanted` terms at least."""
        self._places: dict[str, int] = {}
        self._words = Met(self._place_of_word, MOST_MET)
        self._pairs = Met(self._place_of_pair, MOST_MET)
        self._letters = Met(self._places_of_letters, MOST_MET)
        rows = max(MOST_ROWS, wanted + 1)
        self._rows = np.zeros((rows, len(self.columns) + 1), dtype=np.int32)  # the last column: the length
        self._filled = 1  # row 0 stays empty: terms that say nothing

    def logits(self, texts: Sequence[Sequence[FieldText]]) -> NDArray[np.float64]:
        """(texts, columns): how strongly each text speaks for each; about -1 where it says nothing."""
        sums = np.empty((len(texts), len(self.columns)), dtype=np.int64)
        for row, fields in enumerate(texts):
            sums[row] = self.sums(fields)
        return np.asarray(sums * self.unit, dtype=np.float64)

    def sums(self, fields: Sequence[FieldText]) -> NDArray[np.int64]:
        """(columns): the whole numbers behind `logits`, exact in any order of adding."""
        total = self.bias.copy()
        for places, share in zip(self._bags_of_places(fields), (HEAD_SHARE, BODY_SHARE), strict=True):
            if places:
                rows = self._rows.take(np.fromiter(places, dtype=np.intp, count=len(places)), axis=0)
                # Half the width is half the time, where no sum can outgrow it.
                narrow = len(places) * self._largest < _NARROW
                said = rows.sum(axis=0, dtype=np.int32 if narrow else np.int64).astype(np.int64, copy=False)
                total += factor_of(share, int(said[-1])) * said[:-1]
        return total

    def strongest(self, fields: Sequence[FieldText], columns: Collection[str], most: int) -> dict[str, list[Weighed]]:
        """column -> (term, weight) of the terms that speak most for it, the strongest first."""
        self._bags_of_places(fields)  # may lay the rows anew
        head, body = bags_of(fields)
        terms = [term for term in head | body if term in self._places]
        rows = self._rows.take(np.array([self._places[term] for term in terms], dtype=np.intp), axis=0)
        found = {}
        for column in columns:
            said = rows[:, self.columns.index(column)].tolist()
            speaking = [(term, weight) for term, weight in zip(terms, said, strict=True) if weight > 0]
            found[column] = sorted(speaking, key=lambda each: (-each[1], each[0]))[:most]
        return found

    def _bags_of_places(self, fields: Sequence[FieldText]) -> tuple[set[int], set[int]]:
        """The rows of the terms of `terms.bags_of`, those left out that say nothing."""
        try:
            return self._gathered(fields)
        except _Full:
            self._forget(sum(map(len, bags_of(fields))))
            return self._gathered(fields)

    def _gathered(self, fields: Sequence[FieldText]) -> tuple[set[int], set[int]]:
        head: set[int] = set()
        body: set[int] = set()
        for part in fields:
            if part.name in HEAD:
                self._gather(part, head)
            elif part.name == BODY:
                self._gather(part, body)
        return head - {0}, body - {0}

    def _gather(self, part: FieldText, into: set[int]) -> None:
        words, pairs = part.words, self._pairs
        into.update(map(self._words.__getitem__, words))
        side_by_side = zip(pairwise(words), part.parts[2:-1:2], strict=True)
        into.update([pairs[pair] for pair, gap in side_by_side if len(gap) == 1])
        for run in part.runs:
            letters = {run[at : at + LONGEST_CHINESE] for at in range(len(run))}
            into.update(*map(self._letters.__getitem__, letters))

    def _place_of_word(self, word: str) -> int:
        return 0 if word.isdigit() else self._place_of(fold(word))

    def _place_of_pair(self, pair: tuple[str, str]) -> int:
        left, right = map(fold, pair)
        return self._place_of(f"{left} {right}") if is_pair(left, right) else 0

    def _places_of_letters(self, letters: str) -> tuple[int, ...]:
        """The places of the terms that begin with the first of some letters."""
        places = [self._place_of(letters[:size]) for size in range(1, len(letters) + 1)]
        return tuple([place for place in places if place])

    def _place_of(self, term: str) -> int:
        """The row of a term; 0 when the model knows nothing of it."""
        place = self._places.get(term)
        if place is not None:
            return place
        known = [self.features[name] for name in parts_of(term) if name in self.features]
        if not known:
            return 0
        if self._filled == len(self._rows):
            raise _Full
        row = self._rows[self._filled]
        self.weights[known].sum(axis=0, dtype=np.int32, out=row[:-1])
        row[-1] = self.lengths[known].sum()
        self._largest = max(self._largest, int(np.abs(row).max()))
        self._places[term] = self._filled
        self._filled += 1
        return self._places[term]
