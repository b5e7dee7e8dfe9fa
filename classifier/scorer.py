"""The learned text voice as it serves: whole numbers, added up term by term from a cache, read with numpy alone.

A notice's score for an industry is a sum of whole numbers over its terms, so any order of adding agrees: the fitted
scikit-learn pipeline with the same weights gives the same numbers (ADR 0013).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.met import Met
from classifier.terms import BODY, HEAD, bags_of, parts_of
from classifier.text import FieldText, fold

HEAD_SHARE, BODY_SHARE = 1024, 512  # what title and products count, and what the description does
MOST_ROWS = 20_000  # words kept with what their parts say together: some 10 MB for 117 columns
MOST_MET = 40_000  # words remembered, those that say nothing among them
NONE = "-"  # the column for "no industry of ours"
_NARROW, _LARGEST_WEIGHT = 2**31, 2**15
Weighed = tuple[str, int]


class _Full(Exception):
    """No row is left."""


class _Bag(NamedTuple):
    """The terms of a bag: words by their rows, all others (which have no parts) by their features."""

    rows: set[int]
    features: set[int | None]


def _array(places: Collection[int | None]) -> NDArray[np.intp]:
    return np.fromiter(places, dtype=np.intp, count=len(places))


def _summed(table: NDArray[np.int16] | NDArray[np.int32], places: Collection[int | None], largest: int) -> NDArray[Any]:
    """int64: the sum of these rows; no number is larger. Half the width, where it does, is half the time."""
    narrow = len(places) * largest < _NARROW
    rows = table.take(_array(places), axis=0)
    said: NDArray[Any] = rows.sum(axis=0, dtype=np.int32 if narrow else np.int64)
    return said.astype(np.int64, copy=False)


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
        """An empty cache with room for `wanted` words at least: nineteen in twenty words of notices were met before."""
        self._places: dict[str, int] = {}
        self._words = Met(self._place_of_word, MOST_MET)
        rows = max(MOST_ROWS, wanted + 1)
        self._rows = np.zeros((rows, len(self.columns) + 1), dtype=np.int32)  # the last column: the length
        self._filled = 1  # row 0 stays empty: words that say nothing

    def logits(self, texts: Sequence[Sequence[FieldText]]) -> NDArray[np.float64]:
        """(texts, columns): how strongly each text speaks for each; about -1 where it says nothing."""
        sums = np.empty((len(texts), len(self.columns)), dtype=np.int64)
        for row, fields in enumerate(texts):
            sums[row] = self.sums(fields)
        return np.asarray(sums * self.unit, dtype=np.float64)

    def sums(self, fields: Sequence[FieldText]) -> NDArray[np.int64]:
        """(columns): the whole numbers behind `logits`, exact in any order of adding."""
        total = self.bias.copy()
        for (rows, features), share in zip(self._bags(fields), (HEAD_SHARE, BODY_SHARE), strict=True):
            said, length = np.zeros_like(total), 0
            if rows:
                words = _summed(self._rows, rows, self._largest)
                said, length = words[:-1], int(words[-1])
            if features:
                said = said + _summed(self.weights, features, _LARGEST_WEIGHT)
                length += int(self.lengths.take(_array(features)).sum(dtype=np.int64))
            total += factor_of(share, length) * said
        return total

    def strongest(self, fields: Sequence[FieldText], columns: Collection[str], most: int) -> dict[str, list[Weighed]]:
        """column -> (term, weight) of the terms that speak most for it, the strongest first."""
        head, body = bags_of(fields)
        words = self._words_among(head | body)
        others = {term: self.features[term] for term in (head | body) - words.keys() if term in self.features}
        said_by_words, said_by_others = (
            table.take(_array(places.values()), axis=0)
            for table, places in ((self._rows, words), (self.weights, others))
        )
        found = {}
        for column in columns:
            place = self.columns.index(column)
            weights = said_by_words[:, place].tolist() + said_by_others[:, place].tolist()
            said = zip((*words, *others), weights, strict=True)
            speaking = [(term, weight) for term, weight in said if weight > 0]
            found[column] = sorted(speaking, key=lambda each: (-each[1], each[0]))[:most]
        return found

    def _words_among(self, terms: Collection[str]) -> dict[str, int]:
        """Latin word -> its row, for those the model knows."""
        words = [term for term in terms if term.isascii() and " " not in term]
        try:
            return {word: place for word in words if (place := self._words[word])}
        except _Full:
            self._forget(len(words))
            return {word: place for word in words if (place := self._words[word])}

    def _bags(self, fields: Sequence[FieldText]) -> tuple[_Bag, _Bag]:
        """The terms of `terms.bags_of`, those left out that say nothing."""
        try:
            return self._gathered(fields)
        except _Full:
            self._forget(sum(map(len, bags_of(fields))))
            return self._gathered(fields)

    def _gathered(self, fields: Sequence[FieldText]) -> tuple[_Bag, _Bag]:
        bags = _Bag(set(), set()), _Bag(set(), set())
        for part in fields:
            if part.name in HEAD:
                self._gather(part, bags[0])
            elif part.name == BODY:
                self._gather(part, bags[1])
        for rows, features in bags:
            rows.discard(0)
            features.discard(None)
        return bags

    def _gather(self, part: FieldText, into: _Bag) -> None:
        words, feature = part.words, self.features.get
        into.rows.update(map(self._words.__getitem__, words))
        if not part.is_plain:
            words = list(map(fold, words))
        # No small word and no number is in a pair that the model knows: those need not be told apart.
        pairs = zip(pairwise(words), part.parts[2:-1:2], strict=True)
        into.features.update([feature(f"{left} {right}") for (left, right), gap in pairs if len(gap) == 1])
        for run in part.runs:
            twos = [run[at : at + 2] for at in range(len(run) - 1)]
            threes = [run[at : at + 3] for at in range(len(run) - 2)]
            into.features.update(map(feature, run), map(feature, twos), map(feature, threes))

    def _place_of_word(self, word: str) -> int:
        return 0 if word.isdigit() else self._place_of(fold(word))

    def _place_of(self, word: str) -> int:
        """The row of a word; 0 when the model knows nothing of it."""
        place = self._places.get(word)
        if place is not None:
            return place
        known = [self.features[name] for name in parts_of(word) if name in self.features]
        if not known:
            return 0
        if self._filled == len(self._rows):
            raise _Full
        row = self._rows[self._filled]
        self.weights[known].sum(axis=0, dtype=np.int32, out=row[:-1])
        row[-1] = self.lengths[known].sum()
        self._largest = max(self._largest, int(np.abs(row).max()))
        self._places[word] = self._filled
        self._filled += 1
        return self._places[word]
