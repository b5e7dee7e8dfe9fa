"""References: the numbers by which authorities name a matter, in one form "SCHEME number"; read from texts. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

DOCKET, RIN = "docket", "RIN"
GATHERING = frozenset({DOCKET, RIN})  # one file for a whole rulemaking: draft, final rule, WTO notification
WTO = "WTO"
MOST_TEXT = 20_000  # characters of one field that are searched: a docket stands at the head of a document


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """A number in a scheme, both in normal form: ("docket", "CPSC-2026-0012"), ("WTO", "G/TBT/N/USA/1234")."""

    scheme: str
    number: str

    def __str__(self) -> str:
        return f"{self.scheme} {self.number}"


_DASHES = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2212", "------")  # printed dockets carry typographic ones
_NEAR = r"[^\n.;]{0,40}?"  # between the word that introduces a number and the number

# Prefixes of dockets at regulations.gov whose holders regulate goods.
_AGENCIES = (
    "AMS|APHIS|ATF|BIS|CBP|CPSC|DEA|DOC|DOE|DOT|EERE|EPA|FAA|FCC|FDA|FMCSA|FNS|FRA|FSIS|FTC|HHS|ITA|ITC|NHTSA|NIST|"
    "NOAA|NRC|NTIA|OSHA|PHMSA|TTB|USCG|USDA|USTR"
)
_ELI_KINDS = {"reg": "R", "dir": "L", "dec": "D"}


def _wto(match: re.Match[str]) -> str:
    member = {"EEC": "EU"}.get(match[2].upper(), match[2].upper())
    return f"G/{match[1].upper()}/N/{member}/{int(match[3])}"  # a whole family: its addenda are no other matter


def _eli(match: re.Match[str]) -> str:
    return f"3{match[2]}{_ELI_KINDS[match[1].lower().split('_')[0]]}{int(match[3]):04d}"


def _upper(match: re.Match[str]) -> str:
    return match[1].upper()


def _digits(match: re.Match[str]) -> str:
    return "".join(char for char in match[1] if char.isdigit())


@dataclass(frozen=True, slots=True)
class _Pattern:
    scheme: str
    pieces: tuple[str, ...]  # lower-case text of which every match holds one: looked for first, since it is quick
    pattern: re.Pattern[str]
    number: Callable[[re.Match[str]], str] = _upper


def _pattern(
    scheme: str, pieces: str, pattern: str, number: Callable[[re.Match[str]], str] = _upper, flags: int = re.IGNORECASE
) -> _Pattern:
    return _Pattern(scheme, tuple(pieces.split()), re.compile(pattern, flags), number)


_FR = r"((?:19|20)\d\d-\d{4,6})(?!\d)"
_DOCKET = rf"\b((?:{_AGENCIES})(?:-[A-Z0-9]{{2,6}}){{0,3}}-(?:19|20)\d\d-(?:[A-Z]{{1,4}}-){{0,3}}\d{{4}})(?!\d)"
_CPSC = rf"\bCPSC\b{_NEAR}\brecall\b(?: alert)?\s*(?:numbers?|no\.?)?\s*:?\s*#?\s*(\d\d-?\d{{3}})(?![\d-])"
_PATTERNS = (
    _pattern(WTO, "g/tbt g/sps", r"\bG\s*/\s*(TBT|SPS)\s*/\s*N\s*/\s*([A-Z]{2,4})\s*/\s*(\d{1,6})(?!\d)", _wto),
    _pattern(DOCKET, "-19 -20", _DOCKET),
    _pattern(RIN, "rin", r"\bRIN\b\s*(?:No\.?|number)?\s*:?\s*(\d{4}-[A-Z]{2}\d{2})\b"),
    _pattern("FR", "fr", rf"\bFR\s+Doc(?:ument|\.)?\s*(?:No\.?|number)?\s*:?\s*{_FR}"),
    _pattern("FR", "federalregister.gov", rf"federalregister\.gov/(?:d|documents/\d{{4}}/\d\d/\d\d)/{_FR}"),
    _pattern("FR", "govinfo.gov", rf"govinfo\.gov/content/pkg/FR-[\d-]{{10}}/(?:html|pdf|xml)/{_FR}"),
    _pattern("Safety Gate", "sr/ a11/ a12/ info/", r"(?<![\w/])((?:SR|A11|A12|INFO)/\d{5}/\d\d)(?![\d/])"),
    _pattern("OPSS", "opss psd", rf"\b(?:OPSS|PSD)\b{_NEAR}(?<!\d)(\d{{4}}-\d{{4}})(?!\d)"),
    _pattern("CPSC", "cpsc", _CPSC, _digits),
    _pattern("HC", "ra-", rf"\b(?:Health Canada|HC|Identification number)\b{_NEAR}\b(RA-\d{{4,6}})(?!\d)"),
    _pattern("RASFF", "rasff", rf"\bRASFF\b{_NEAR}(?<!\d)((?:19|20)\d\d\.\d{{4}})(?!\d)"),
    _pattern("CELEX", "celex", r"\bCELEX(?:\s*(?:No\.?|number))?\s*(?::|%3A)?\s*([1-9]\d{4}[A-Z]{1,2}\d{4})\b"),
    _pattern("CELEX", "/eli/", r"/eli/((?:reg|dir|dec)(?:_impl|_del)?)/((?:19|20)\d\d)/(\d{1,4})(?!\d)", _eli),
)
_SCHEMES = {p.scheme.casefold(): p.scheme for p in _PATTERNS}
_NUMBER_FORMS = {"CPSC": re.compile(r"(\d\d)-?(\d{3})")}


def reference_of(printed: str) -> Reference | None:
    """The reference that a source wrote as "SCHEME number"; None when there is no number in it.

    Known schemes are brought into the form in which texts are read; another is its first word and the rest.
    """
    text = " ".join(printed.translate(_DASHES).split())
    for folded, scheme in _SCHEMES.items():
        if text.casefold().startswith(folded + " "):
            number = text[len(folded) :].strip(" :#")
            return Reference(scheme, _in_normal_form(scheme, number)) if number else None
    found = next(iter(find_references(text)), None)
    if found is not None:  # written without its scheme, but no other thing looks like it
        return found
    scheme, _, number = text.partition(" ")
    return Reference(scheme[:40], number.strip()[:80]) if number.strip() and any(c.isdigit() for c in number) else None


def _in_normal_form(scheme: str, number: str) -> str:
    for found in find_references(f"{scheme} {number}"):
        if found.scheme == scheme:
            return found.number
    bare = _NUMBER_FORMS.get(scheme)
    if bare is not None and (match := bare.fullmatch(number)):
        return "".join(match.groups())
    return number.upper()[:80]


def find_references(text: str) -> list[Reference]:
    """The references in running text or in an address, each once, by the strict form of each scheme."""
    text = text[:MOST_TEXT].translate(_DASHES)
    low = text.casefold()
    found = [
        Reference(one.scheme, one.number(match))
        for one in _PATTERNS
        if any(piece in low for piece in one.pieces)
        for match in one.pattern.finditer(text)
    ]
    return list(dict.fromkeys(found))


def carried_references(printed: object, symbols: Iterable[str]) -> list[Reference]:
    """A notice's own references: those its source lists (`attributes["references"]`) and its WTO symbols."""
    listed = [printed] if isinstance(printed, str) else printed if isinstance(printed, (list, tuple)) else []
    own = [reference_of(str(one)) for one in listed]
    found = [one for one in own if one is not None] + find_references(" , ".join(symbols))
    return list(dict.fromkeys(found))


def cited_references(texts: Mapping[str, str]) -> dict[Reference, str]:
    """Reference -> name of the first of `texts` (field -> text) that cites it."""
    found: dict[Reference, str] = {}
    for field, text in texts.items():
        for reference in find_references(text):
            found.setdefault(reference, field)
    return found


def is_evidence(scheme: str, *, owned: bool, same_issuer: bool, both_notified: bool) -> bool:
    """Whether a reference that two notices share shows them to be one matter.

    `owned`: it is the own number of one of them. A docket or RIN gathers what one country publishes on one matter; any
    other number must be owned. Two WTO notifications that name each other's symbols are two measures all the same:
    what belongs together there, the symbols themselves say.
    """
    if scheme in GATHERING:
        return same_issuer
    return owned and not (scheme == WTO and both_notified)
