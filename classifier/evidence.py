"""Evidence that people can check: the code and its heading, the words in their sentence, the rules that spoke."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from classifier.codes import CodeHit, levels_of
from classifier.contract import Evidence, Mapping
from classifier.doubts import Doubt
from classifier.text import FIELDS, FieldText
from classifier.voices import Reading, first_per
from classifier.weighing import WordHit

MOST_CODES = 5  # per scheme: a notice may list forty
MOST_WORDS = 8  # per field
MOST_TERMS = 5  # of the text model
ASKED_TERMS = 3 * MOST_TERMS  # those within each other are left out
SOURCE_CATEGORY = "source_category"


def evidence_of(
    industry: str,
    notes: Sequence[str],
    reading: Reading,
    mapping: Mapping,
    doubts: Sequence[Doubt] = (),
    terms: Sequence[tuple[str, int]] = (),
) -> tuple[Evidence, ...]:
    """Why `industry` was suggested: codes, the source's category, words per field, what the text model weighs most,
    how the voices agree or contradict each other, what is in doubt. `terms` are those of `Model.strongest`.
    """
    codes = [
        _code_evidence(hit, mapping)
        for hits in (reading.hs, reading.ics)
        for hit in sorted(first_per(hits, industry), key=lambda hit: -hit.strength)[:MOST_CODES]
    ]
    words = [
        _word_evidence(hits, part)
        for part in sorted(reading.fields, key=lambda part: FIELDS.index(part.name))
        if (hits := [hit for hit in reading.words if hit.industry == industry and hit.field == part.name])
    ]
    category = [Evidence("category", note=SOURCE_CATEGORY)] if industry in reading.notice.categories else []
    learned = _learned_evidence(terms)
    rules = [Evidence("rule", note=note) for note in notes]
    return (*codes, *category, *words, *learned, *rules, *(_doubt_evidence(doubt, reading) for doubt in doubts))


def _learned_evidence(ranked: Sequence[tuple[str, int]]) -> tuple[Evidence, ...]:
    """The terms that the text model weighs most; of terms within each other ("锂电", "锂电池") the longest."""
    terms = [term for term, _ in ranked]
    together = "\n".join(terms)
    shown = tuple(islice((term for term in terms if together.count(term) == 1), MOST_TERMS))
    return (Evidence("model", words=shown),) if shown else ()


def _doubt_evidence(doubt: Doubt, reading: Reading) -> Evidence:
    part = next(part for part in reading.fields if part.name == doubt.field)
    left, right = part.sentence_at(doubt.start, doubt.end)
    mark = (doubt.start - left, min(doubt.end, right) - left)
    return Evidence("rule", field=doubt.field, snippet=part.text[left:right], marks=(mark,), note=doubt.kind)


def _code_evidence(hit: CodeHit, mapping: Mapping) -> Evidence:
    heading = next(
        (
            mapping.headings[key]
            for level in levels_of(hit.scheme, hit.code)
            if (key := f"{hit.scheme}:{level}") in mapping.headings
        ),
        "",
    )
    return Evidence(hit.scheme, round(hit.strength, 4), hit.code, heading, hit.prefix, field="codes", rules=(hit.rule,))


def _word_evidence(hits: Sequence[WordHit], part: FieldText) -> Evidence:
    strongest = max(hits, key=lambda hit: (hit.worth, -hit.start))
    left, right = part.sentence_at(strongest.start, strongest.end)
    marks = sorted({(hit.start - left, hit.end - left) for hit in hits if left <= hit.start and hit.end <= right})
    words = tuple(dict.fromkeys(hit.value for hit in hits))[:MOST_WORDS]
    rules = tuple(dict.fromkeys(hit.rule for hit in hits))[:MOST_WORDS]
    return Evidence(
        "words",
        round(strongest.worth, 4),
        words=words,
        field=part.name,
        snippet=part.text[left:right],
        marks=tuple(marks),
        rules=rules,
        note="in_passing" if all(hit.aside for hit in hits) else "",
    )
