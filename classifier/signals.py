"""What the voices tell of each industry, as numbers for the learned combiner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.codes import CodeHit
from classifier.combine import FIELD_REACH, field_strengths
from classifier.voices import Reading
from classifier.weighing import WordHit

Numbers = NDArray[np.float64]

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
    """`numbers` (industries named by any voice, len(NAMES)); `places` are those industries' places."""

    places: NDArray[np.intp]
    numbers: Numbers


def signals_of(reading: Reading, logits: Numbers, places: Mapping[str, int], trust: Mapping[str, float]) -> Signals:
    """The numbers of every industry that codes, words or the text model name.

    `logits`: what the text model says of each industry, then of none; `places`: industry -> its place among them;
    `trust`: rule id -> how far its word is believed, 1 when it is not listed.
    """
    size = len(places)
    hs, hs_above = _codes(reading.hs, places)
    ics, ics_above = _codes(reading.ics, places)
    _add_categories(ics, reading, places)
    specific = [hit for hit in reading.words if not is_umbrella(hit)]
    fields = _fields(field_strengths(specific, trust), places)
    umbrella = _umbrella([hit for hit in reading.words if is_umbrella(hit)], places)
    said = logits[:size]
    words = 1 - np.prod([1 - fields[name] * FIELD_REACH[name] for name in FIELDS], axis=0)
    named = (hs > 0) | (hs_above > 0) | (ics > 0) | (ics_above > 0) | (words > 0) | (umbrella > 0)
    named[np.argpartition(-said, BY_TEXT)[:BY_TEXT]] = True
    at = np.flatnonzero(named)
    voices = _Voices(*(row[at] for row in (hs, hs_above, ics, ics_above, *fields.values(), words, umbrella, said)))
    clear = max(float(fields["title"].max()), float(fields["products"].max())) >= CLEAR
    whole = _whole(said, float(logits[-1]), words, bool(hs.any() or ics.any()), clear)
    broad = np.fromiter((name in BROAD for name in places), dtype=bool, count=size)[at]
    return Signals(at, _numbers(voices, whole, broad))


@dataclass(frozen=True, slots=True)
class _Voices:
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


@dataclass(frozen=True, slots=True)
class _Whole:
    """What holds for the notice as a whole."""

    usual: float  # the logit of an industry that the text does not speak of
    spread: float
    best: float
    none: float
    most_words: float
    coded: bool
    clear: bool  # a word of single goods stands in title or products


def _whole(said: Numbers, none: float, words: Numbers, coded: bool, clear: bool) -> _Whole:
    spread = float(said.std()) + 1e-6
    return _Whole(float(said.mean()), spread, float(said.max()), none, float(words.max()), coded, clear)


def _numbers(v: _Voices, whole: _Whole, broad: NDArray[np.bool_]) -> Numbers:
    """(industries, len(NAMES))."""
    size = len(v.logit)
    codes = 1 - (1 - v.hs) * (1 - v.ics)
    above = (v.logit - whole.usual) / whole.spread
    share = (v.logit - whole.usual) / (whole.best - whole.usual + 1e-6)
    text = 1 / (1 + np.exp(-(v.logit + 0.5) * 4))
    uncoded = 0.0 if whole.coded else 1.0
    constant = np.ones(size)
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
            constant * (whole.best - whole.usual) / whole.spread,
            v.logit == whole.best,
            constant * whole.none,
            constant * uncoded,
            v.logit * uncoded,
            v.words * uncoded,
            v.words * text,
            codes * text,
            v.words * codes,
            (codes > 0) & (v.words < 0.15),
            v.words * broad,
            np.maximum(v.products, v.title) * share,
            v.umbrella,
            v.umbrella * (0.0 if whole.clear else 1.0),
        ]
    ).astype(np.float64)


def is_umbrella(hit: WordHit) -> bool:
    """Whether the word found means the goods of several industries at once."""
    return hit.rule.startswith("umbrella:")


def _fields(strengths: Mapping[tuple[str, str], float], places: Mapping[str, int]) -> dict[str, Numbers]:
    """field -> the strength of each industry's words in it."""
    rows = {name: np.zeros(len(places)) for name in FIELDS}
    for (industry, name), strength in strengths.items():
        if name in rows and industry in places:
            rows[name][places[industry]] = strength
    return rows


def _umbrella(hits: Sequence[WordHit], places: Mapping[str, int]) -> Numbers:
    """The strength of the umbrella terms over each industry, in the field that says most."""
    row = np.zeros(len(places))
    for (industry, name), strength in field_strengths(hits).items():
        if name in FIELDS and industry in places:
            row[places[industry]] = max(row[places[industry]], strength * FIELD_REACH[name])
    return row


def _codes(hits: Sequence[CodeHit], places: Mapping[str, int]) -> tuple[Numbers, Numbers]:
    """(strength of the best code that lies under a rule, of the best that lies above one), for each industry."""
    found = np.zeros((2, len(places)))
    for hit in hits:
        place = places.get(hit.industry)
        if place is not None:
            row = found[0 if hit.covered else 1]
            row[place] = max(row[place], hit.strength)
    return found[0], found[1]


def _add_categories(ics: Numbers, reading: Reading, places: Mapping[str, int]) -> None:
    """A source's category says as much as a code of the standards' classification; several industries share it."""
    known = [places[name] for name in reading.notice.categories if name in places]
    for place in known:
        ics[place] = max(ics[place], CATEGORY / len(known) ** 0.5)
