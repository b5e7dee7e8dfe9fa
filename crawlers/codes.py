"""HS and ICS codes out of lists, of cells whose names contain "; ", and of the products text itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

_CODED_HS = re.compile(r"(?:^|[;,\n]\s*)(\d{2,12})\s+[-–—]\s")
_CODED_ICS = re.compile(r"(?:^|[;,\n]\s*)(\d\d(?:\.\d{3}(?:\.\d\d)?)?)\s+[-–—]\s")
_ICS = re.compile(r"(?<![\d.])\d\d(?:\.\d{3}(?:\.\d\d)?)?(?![\d])")
# A run of codes, with the words that may stand between two of them.
_RUN = r"((?:\d[\d.]*(?:\s*(?:[;,/]|\band\b|\by\b|\bet\b|\bto\b|\ba\b|[-–]|、|，|；)\s*|\s+(?=\d))?)+)"
_LABEL_END = r"\s*(?:\(s\)|s)?\s*(?:\([A-Z]{2,4}\))?\s*[:：]?\s*\(?\s*"
_HS_IN_TEXT = re.compile(
    r"(?:\b(?:HS|CN|NCM|HTS|SA|SH|NC)\b|\bH\.S\.)\s*(?:\((?:20\d\d|code)\))?\s*"  # capitals: "sa" and "nc" are words
    r"(?i:codes?|headings?|subheadings?|numbers?|nos?\.?|tariff|partidas?|códigos?|编码)?" + _LABEL_END + _RUN
)
_ICS_IN_TEXT = re.compile(r"\bICS\b\s*(?i:codes?|numbers?|nos?\.?|编码)?" + _LABEL_END + _RUN)
_UID = re.compile(r"\b(HS|ICS)\s*[:：]\s*\[([^\]]*)\]")  # how the provincial platforms print codes
_RANGE = re.compile(r"(?<![\d.])(\d{2}|\d{4})\s*(?:[-–]|\bto\b|\ba\b)\s*(\d{2}|\d{4})(?![\d.])")
_MOST_OF_RANGE = 40  # a wider one is prose, not a list of headings

ICS_FIELDS = frozenset(
    "01 03 07 11 13 17 19 21 23 25 27 29 31 33 35 37 39 43 45 47 49 "
    "53 55 59 61 65 67 71 73 75 77 79 81 83 85 87 91 93 95 97 99".split()
)


def hs_code(text: str) -> str | None:
    """One HS code as digits only ("8543.70.90.00" -> "8543709000"), leading zeros kept; None when it can be none.

    Chapters are 01 to 97 (77 is empty by the convention); lengths 2, 4, 5, 6 and more occur in real notices.
    """
    digits = re.sub(r"[.\s]", "", text)
    if not digits.isdigit() or len(digits) not in (2, 4, 5, 6, 7, 8, 9, 10, 11, 12):
        return None
    return digits if 1 <= int(digits[:2]) <= 97 and digits[:2] != "77" else None


def ics_code(text: str) -> str | None:
    """One ICS code (field, group or sub-group, dotted); None when it is none."""
    text = text.strip().rstrip(".")
    return text if re.fullmatch(r"\d\d(?:\.\d{3}(?:\.\d\d)?)?", text) and text[:2] in ICS_FIELDS else None


def hs_in_cell(cell: str) -> tuple[str, ...]:
    """The codes of a cell like "8517 - Telephone sets, ...; other apparatus; 8471 - ...", or of bare codes."""
    coded = _CODED_HS.findall(cell)
    return distinct_codes(hs_code(c) for c in (coded or re.split(r"[;,\s]+", cell)))


def ics_in_cell(cell: str) -> tuple[str, ...]:
    """The codes of a cell like "43.040 - Road vehicle systems; 13.020 - ...", or of bare codes."""
    coded = _CODED_ICS.findall(cell)
    return distinct_codes(ics_code(c) for c in (coded or re.split(r"[;,\s]+", cell)))


def codes_in_text(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(HS, ICS) codes that a member wrote into the products text: "(HS code(s): 7015; 9003); (ICS code(s): 11.040.70)".

    A text that is nothing but one tariff number counts as HS.
    """
    hs: list[str | None] = []
    ics: list[str | None] = []
    for label, inside in _UID.findall(text):
        (hs if label == "HS" else ics).extend(
            (hs_code if label == "HS" else ics_code)(c) for c in re.findall(r"[\d.]+", inside)
        )
    for run in _HS_IN_TEXT.findall(text):
        hs += _hs_of_run(run)
    for run in _ICS_IN_TEXT.findall(text):
        ics += [ics_code(c) for c in _ICS.findall(run)]
    if not hs and re.fullmatch(r"[\d.\s;,]{4,}", text):
        hs += [hs_code(c) for c in re.split(r"[;,\s]+", text)]
    return distinct_codes(hs), distinct_codes(ics)


def _hs_of_run(run: str) -> list[str | None]:
    found: list[str | None] = []
    for low, high in _RANGE.findall(run):
        found += _between(low, high)
    for piece in re.split(r"[^\d.]+", _RANGE.sub(" ", run)):
        found.append(hs_code(piece.strip(".")) if piece.strip(".") else None)
    return found


def _between(low: str, high: str) -> list[str | None]:
    if len(low) == len(high) and 0 <= int(high) - int(low) <= _MOST_OF_RANGE:
        return [hs_code(str(n).zfill(len(low))) for n in range(int(low), int(high) + 1)]
    return [hs_code(low), hs_code(high)]


def distinct_codes(*lists: Iterable[str | None]) -> tuple[str, ...]:
    """The codes of all lists in order, each once: lists on addenda are doubled."""
    return tuple(dict.fromkeys(code for codes in lists for code in codes if code))
