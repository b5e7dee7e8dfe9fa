"""Listening to a notice: what its codes and its words say under one mapping, before any verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from classifier.codes import CodeHit, CodeIndex, clean_hs, clean_ics, code_strengths, codes_in, has_digits
from classifier.combine import Heard, word_strengths
from classifier.contract import Mapping, NoticeText
from classifier.text import FieldText, read_fields
from classifier.weighing import WordHit
from classifier.words import WordIndex

LISTED = 0.3  # from this worth on a word of the products text lists its goods, rather than touching on them


@dataclass(frozen=True)
class Reading:
    """What the voices found in one notice."""

    notice: NoticeText
    fields: tuple[FieldText, ...]
    hs: tuple[CodeHit, ...]
    ics: tuple[CodeHit, ...]
    words: tuple[WordHit, ...]


def read_codes(notice: NoticeText) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(HS, ICS) of a notice: those given, then those written in its texts; cleaned, each once, order kept."""
    written = [codes_in(text) for text in (notice.products, notice.title, notice.description) if has_digits(text)]
    hs = [clean_hs(code) for code in notice.hs] + [code for found, _ in written for code in found]
    ics = [clean_ics(code) for code in notice.ics] + [code for _, found in written for code in found]
    return tuple(dict.fromkeys(filter(None, hs))), tuple(dict.fromkeys(filter(None, ics)))


def listen(notice: NoticeText, mapping: Mapping, *, codes: bool = True, words: bool = True) -> Reading:
    """Read `notice` with the voices asked for."""
    hs, ics = read_codes(notice) if codes else ((), ())
    index, lexicon = code_index(mapping), word_index(mapping)
    fields = read_fields(notice) if words else ()
    found = [hit for part in fields for hit in lexicon.hits(part)]
    return Reading(notice, fields, tuple(index.hits("hs", hs)), tuple(index.hits("ics", ics)), tuple(found))


def heard(reading: Reading) -> dict[str, Heard]:
    """industry -> what codes and words say of it, for every industry that any of them names."""
    hs, ics = code_strengths(reading.hs), code_strengths(reading.ics)
    words = word_strengths(reading.words)
    by_hs = {hit.industry for hit in reading.hs if hit.covered}
    by_ics = {hit.industry for hit in reading.ics if hit.covered}
    listed = {hit.industry for hit in reading.words if hit.field == "products" and hit.worth >= LISTED}
    return {
        name: Heard(
            hs.get(name, 0.0),
            ics.get(name, 0.0),
            words.get(name, 0.0),
            covered=name in by_hs or name in by_ics,
            twice=name in by_hs and name in by_ics,
            in_products=name in listed,
        )
        for name in sorted({*hs, *ics, *words})
    }


def code_index(mapping: Mapping) -> CodeIndex:
    """The code rules of `mapping`, indexed on first use."""
    index = mapping.built.get("codes")
    if not isinstance(index, CodeIndex):
        index = mapping.built["codes"] = CodeIndex(mapping.rules, mapping.headings)
    return index


def word_index(mapping: Mapping) -> WordIndex:
    """The word rules of `mapping`, indexed on first use."""
    index = mapping.built.get("words")
    if not isinstance(index, WordIndex):
        index = mapping.built["words"] = WordIndex(mapping.rules)
    return index


def first_per(hits: Iterable[CodeHit], industry: str) -> list[CodeHit]:
    """The hits of one industry, one a code."""
    firsts: dict[str, CodeHit] = {}
    for hit in hits:
        if hit.industry == industry:
            firsts.setdefault(hit.code, hit)
    return list(firsts.values())
