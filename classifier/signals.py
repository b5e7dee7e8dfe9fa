"""What the voices tell of each industry, as numbers for the learned combiner: of many notices in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.combine import FIELD_REACH, field_strengths
from classifier.voices import Reading
from classifier.weighing import WordHit

Numbers = NDArray[np.float64]

AT_ONCE = 64  # notices whose numbers are worked out together: more are no quicker
BY_TEXT = 8  # industries that the text alone may bring in: those it speaks for most
CLEAR = 0.5  # words of this strength name their goods
CATEGORY = 0.8  # what the source's own category is worth when it means one industry
# Industries of materials and functions that cut across goods: named in many texts that are about others' goods.
BROAD = frozenset(
    """chemicals plastics-products packaging radio-iot-security food-contact-materials measuring-instruments
    ppe pesticides-fertilizers""".split()
)
FIELDS = ("title", "products", "description")

NAMES = tuple(
    """hs hs_above ics ics_above both codes title products description words words_share logit above_usual
    share_of_best best_above_usual first none uncoded logit_uncoded words_uncoded words_text codes_text words_codes
    codes_alone broad_words listed umbrella umbrella_alone""".split()
)


@dataclass(frozen=True, slots=True)
class Signals:
    """Of one notice: `numbers` (industries named by any voice, len(NAMES)); `places` are those industries' places."""

    places: NDArray[np.intp]
    numbers: Numbers


def signals_of(
    readings: Sequence[Reading], logits: Numbers, places: Mapping[str, int], trust: Mapping[str, float]
) -> list[Signals]:
    """The numbers of every industry that codes, words or the text model name, for each reading.

    `logits`: (readings, industries and none), what the text model says of each; `places`: industry -> its place among
    them; `trust`: rule id -> how far its word is believed, 1 when it is not listed. What is said of a notice does not
    depend on the others.
    """
    strengths = _strengths(readings, places, trust)
    hs, hs_above, ics, ics_above, umbrella, *fields = strengths
    said = logits[:, : len(places)]
    words = 1 - np.prod([1 - row * FIELD_REACH[name] for name, row in zip(FIELDS, fields, strict=True)], axis=0)
    named: NDArray[np.bool_] = np.any(strengths > 0, axis=0)
    np.put_along_axis(named, np.argpartition(-said, BY_TEXT, axis=1)[:, :BY_TEXT], True, axis=1)
    notice, at = np.nonzero(named)
    voices = _Voices(
        *(each[notice, at] for each in (hs, hs_above, ics, ics_above, *fields, words, umbrella, said)),
    )
    clear = np.maximum(fields[0].max(axis=1), fields[1].max(axis=1)) >= CLEAR
    coded = (hs > 0).any(axis=1) | (ics > 0).any(axis=1)
    whole = _whole(said, logits[:, -1], words, coded, clear)
    broad = np.array([name in BROAD for name in places])
    numbers = _numbers(voices, _Whole(*(row[notice] for row in whole)), broad[at])
    ends = named.sum(axis=1).cumsum().tolist()
    return [Signals(at[start:end], numbers[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


class _Voices(NamedTuple):
    hs: Numbers
    hs_above: Numbers
    ics: Numbers
    ics_above: Numbers
    title: Numbers
    products: Numbers
    description: Numbers
    words: Numbers
    umbrella: Numbers
    logit: Numbers


class _Whole(NamedTuple):
    """What holds for each notice as a whole."""

    usual: Numbers  # the logit of an industry that the text does not speak of
    spread: Numbers
    best: Numbers
    none: Numbers
    most_words: Numbers
    uncoded: Numbers  # 0 or 1
    unclear: Numbers  # 0 or 1: no word of single goods stands in title or products


def _whole(said: Numbers, none: Numbers, words: Numbers, coded: NDArray[np.bool_], clear: NDArray[np.bool_]) -> _Whole:
    spread = said.std(axis=1) + 1e-6
    uncoded, unclear = np.where(coded, 0.0, 1.0), np.where(clear, 0.0, 1.0)
    return _Whole(said.mean(axis=1), spread, said.max(axis=1), none, words.max(axis=1), uncoded, unclear)


def _numbers(v: _Voices, whole: _Whole, broad: NDArray[np.bool_]) -> Numbers:
    """(industries, len(NAMES))."""
    codes = 1 - (1 - v.hs) * (1 - v.ics)
    above = (v.logit - whole.usual) / whole.spread
    share = (v.logit - whole.usual) / (whole.best - whole.usual + 1e-6)
    text = 1 / (1 + np.exp(-(v.logit + 0.5) * 4))
    uncoded = whole.uncoded
    return np.column_stack(
        [
            v.hs,
            v.hs_above,
            v.ics,
            v.ics_above,
            (v.hs > 0) & (v.ics > 0),
            codes,
            v.title,
            v.products,
            v.description,
            v.words,
            v.words / (whole.most_words + 1e-6),
            v.logit,
            above,
            share,
            (whole.best - whole.usual) / whole.spread,
            v.logit == whole.best,
            whole.none,
            uncoded,
            v.logit * uncoded,
            v.words * uncoded,
            v.words * text,
            codes * text,
            v.words * codes,
            (codes > 0) & (v.words < 0.15),
            v.words * broad,
            np.maximum(v.products, v.title) * share,
            v.umbrella,
            v.umbrella * whole.unclear,
        ]
    ).astype(np.float64)


def is_umbrella(hit: WordHit) -> bool:
    """Whether the word found means the goods of several industries at once."""
    return hit.rule.startswith("umbrella:")


# The first axis of what codes and words say; FIELDS come last.
_HS, _ICS, _UMBRELLA, _FIRST_FIELD = 0, 2, 4, 5


def _strengths(readings: Sequence[Reading], places: Mapping[str, int], trust: Mapping[str, float]) -> Numbers:
    """(voices, readings, industries): HS codes under a rule, above one, ICS the same, umbrellas, words of FIELDS."""
    shape = _FIRST_FIELD + len(FIELDS), len(readings), len(places)
    found = np.zeros(shape)
    cells: dict[int, float] = {}  # one assignment of all is many times quicker than one each
    for row, reading in enumerate(readings):
        for voice, industry, strength in (*_coded(reading, places), *_worded(reading.words, trust)):
            if industry in places:
                cell = (voice * shape[1] + row) * shape[2] + places[industry]
                cells[cell] = max(cells.get(cell, 0.0), strength)
    found.ravel()[list(cells)] = list(cells.values())
    return found


Spoken = tuple[int, str, float]  # voice, industry, strength


def _coded(reading: Reading, places: Mapping[str, int]) -> list[Spoken]:
    """The codes; a source's category says as much as one of the standards, and several industries share it."""
    known = [name for name in reading.notice.categories if name in places]
    return [
        *[(_HS if hit.covered else _HS + 1, hit.industry, hit.strength) for hit in reading.hs],
        *[(_ICS if hit.covered else _ICS + 1, hit.industry, hit.strength) for hit in reading.ics],
        *[(_ICS, name, CATEGORY / len(known) ** 0.5) for name in known],
    ]


def _worded(hits: Sequence[WordHit], trust: Mapping[str, float]) -> list[Spoken]:
    """The words of each field; the umbrella terms over each industry in all of them."""
    umbrellas = [hit for hit in hits if is_umbrella(hit)]
    specific = [hit for hit in hits if not is_umbrella(hit)] if umbrellas else hits
    return [
        *[
            (_VOICES[name], industry, strength)
            for (industry, name), strength in field_strengths(specific, trust).items()
            if name in _VOICES
        ],
        *[
            (_UMBRELLA, industry, strength * FIELD_REACH[name])
            for (industry, name), strength in field_strengths(umbrellas).items()
            if name in _VOICES
        ],
    ]


_VOICES = {name: _FIRST_FIELD + place for place, name in enumerate(FIELDS)}
