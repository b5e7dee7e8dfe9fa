"""Documents of the Federal Register: reference numbers, the ranges of the CFR they touch, and corrections."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from crawlers.declarations import declared_source
from crawlers.formats import Record
from crawlers.paths import values

SOURCE = "us_federal_register_documents"
READ = frozenset(
    "document_number docket_ids regulation_id_numbers cfr_references correction_of agencies "
    "regulations_dot_gov_info".split()
)
_RANGE = re.compile(r"(\d+) CFR (\d+)(?:-(\d+))?")
_DOCKET_WORDS = re.compile(r"^.*\b(?:Nos?\.|Number|Docket|ID)[\s:#]*", re.IGNORECASE)
_DOCKETS = re.compile(r"[A-Z][A-Z0-9]*(?:[-–_][A-Z0-9]+)+", re.IGNORECASE)  # a bare 26-36 may be of any agency
_OTHER = re.compile(r"(?:FR ID|FCC|FRL|DA)\b", re.IGNORECASE)
_NUMBER = re.compile(r"documents/([\w-]+?)(?:\.json)?/?$")


def prepare(record: Record) -> Record:
    """The record with `references`, `cfr`, `ranges` of the CFR that have a label, and why it was published again."""
    parts = [f"{one.get('title')} CFR {one.get('part')}" for one in record.get("cfr_references") or []]
    corrected = [found[1] for url in values(record, "correction_of") if (found := _NUMBER.search(url))]
    return {
        **record,
        "references": [*references_of(record), *(f"FR {number}" for number in corrected)],
        "cfr": list(dict.fromkeys(parts)),
        "ranges": [*labelled_ranges(parts), *labelled_agencies(values(record, "agencies[].slug"))],
        "reason": "corrected" if values(record, "correction_of") else "",
    }


def references_of(record: Record) -> list[str]:
    """The document's own number, its RINs and dockets, in the form "SCHEME number"."""
    dockets = [*values(record, "docket_ids[]"), *values(record, "regulations_dot_gov_info.docket_id")]
    return [
        *(f"FR {number}" for number in values(record, "document_number")),
        *(f"RIN {rin}" for rin in values(record, "regulation_id_numbers[]")),
        *(f"docket {number}" for text in dockets for number in docket_numbers(text)),
    ]


def docket_numbers(text: str) -> list[str]:
    """'CPSC Docket No. CPSC-2026-0012' as CPSC-2026-0012; what numbers another thing, or nothing, is left out."""
    pieces = [piece.strip() for piece in re.split(r"[;,]", text) if not _OTHER.match(piece.strip())]
    return [found.replace("–", "-") for piece in pieces for found in _DOCKETS.findall(_DOCKET_WORDS.sub("", piece))]


def labelled_agencies(slugs: Iterable[str]) -> list[str]:
    """Those agencies that have a label of their own."""
    category = declared_source(SOURCE).category
    return [slug for slug in slugs if category and slug in category.labels]


def labelled_ranges(parts: Iterable[str]) -> list[str]:
    """The declared ranges in which '16 CFR 1250' lies; the narrowest one of each part."""
    found: dict[str, None] = {}
    for text in parts:
        if (part := _RANGE.fullmatch(text)) and not part[3]:
            fitting = [r for r in _ranges() if r[1] == int(part[1]) and r[2] <= int(part[2]) <= r[3]]
            found.update(dict.fromkeys(label for label, *_ in sorted(fitting, key=lambda r: r[3] - r[2])[:1]))
    return list(found)


@lru_cache(maxsize=1)
def _ranges() -> list[tuple[str, int, int, int]]:
    """(label, title, first part, last part) of the declaration's labels."""
    category = declared_source(SOURCE).category
    matches = [(label, _RANGE.fullmatch(label)) for label in (category.labels if category else ())]
    return [(label, int(m[1]), int(m[2]), int(m[3] or m[2])) for label, m in matches if m]
