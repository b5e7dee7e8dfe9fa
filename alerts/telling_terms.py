"""The glossary at work: terms of the field found in a foreign text, and a notice's objectives, in Chinese. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alerts.criteria import folded, span_of

MOST_TERMS = 6
# Words of the procedure, not of the content: they stand in nearly every notice and say nothing of it.
_PROCEDURE = frozenset({"wto", "warning", "customs"})
_AMBIGUOUS = frozenset({"lead", "feed"})  # the metal and the fodder, but as often verbs
_AREA = re.compile(r"\s*\((?:TBT|SPS)\)\s*$")


@dataclass(frozen=True, slots=True)
class Glossary:
    """folded English term -> Chinese: all terms, and those that tell what a text is about, the longest first."""

    all: Mapping[str, str]
    content: Mapping[str, str]


def glossary_of(rows: Iterable[tuple[str, str, str]]) -> Glossary:
    """The glossary from (English, Chinese, category)."""
    ordered = sorted(rows, key=lambda row: (-len(row[0]), row[0]))
    return Glossary(
        {folded(en): zh for en, zh, _ in ordered},
        {folded(en): zh for en, zh, category in ordered if category not in _PROCEDURE and en not in _AMBIGUOUS},
    )


def terms_in(text: str, glossary: Glossary) -> list[str]:
    """The Chinese of the terms that occur in `text`, in its order; what is part of a longer one is left out."""
    rest, found = folded(text), []
    for term, zh in glossary.content.items():
        if span := span_of(term, rest):
            found.append((span[0], zh))
            rest = rest.replace(term, " " * len(term))
    ordered = list(dict.fromkeys(zh for _, zh in sorted(found)))
    return [zh for zh in ordered if not any(zh in other and zh != other for other in ordered)][:MOST_TERMS]


def objectives_zh(objectives: Sequence[str], glossary: Glossary) -> list[str]:
    """A notice's stated objectives in Chinese, as far as the glossary knows how they begin."""
    asked = [folded(_AREA.sub("", objective)) for objective in objectives]
    known = (next((zh for term, zh in glossary.all.items() if text.startswith(term)), "") for text in asked)
    return [zh for zh in dict.fromkeys(known) if zh]
