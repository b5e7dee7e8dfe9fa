"""The voice of the codes: HS and ICS, longest prefix first, in both directions, many to many."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from classifier.contract import Rule

Scheme = Literal["hs", "ics"]

# What one code is worth that lies under a rule's prefix, by the prefix's depth (HS digits; ICS levels).
COVERED = {"hs": {2: 0.74, 3: 0.74, 4: 0.82, 5: 0.82, 6: 0.9}, "ics": {1: 0.5, 2: 0.76, 3: 0.85}}
TOUCHED = {"hs": 0.5, "ics": 0.42}  # a code above a rule's prefix ("95" above 950300): weak, shared by all beneath
SHARED = 0.5  # n industries on one prefix: each is worth n ** -SHARED of it
BENEATH = 0.6  # the same for a code that merely touches n industries
MOST_KNOWN = 10_000  # codes whose hits are kept
CROWD = 4  # from so many codes on, an industry met by one of them is in passing


@dataclass(frozen=True, slots=True)
class CodeHit:
    """A notice's code that met a rule's prefix, and what that alone is worth (0 to 1)."""

    scheme: Scheme
    code: str
    prefix: str
    industry: str
    rule: str
    strength: float
    covered: bool  # the rule covers the code; else the code is only above the rule's prefix


class CodeIndex:
    """The code rules of one mapping, by prefix. `headings` ("hs:950300" -> name) is the nomenclature, where known."""

    def __init__(self, rules: Iterable[Rule], headings: Iterable[str] = ()) -> None:
        self._only = only_subheadings(headings)
        self._known: dict[tuple[Scheme, str], list[CodeHit]] = {}
        self._covering: dict[Scheme, dict[str, list[Rule]]] = {"hs": {}, "ics": {}}
        self._beneath: dict[Scheme, dict[str, list[Rule]]] = {"hs": {}, "ics": {}}
        for rule in sorted((r for r in rules if r.kind in ("hs", "ics")), key=lambda r: (r.value, r.industry, r.id)):
            scheme: Scheme = "hs" if rule.kind == "hs" else "ics"
            levels = levels_of(scheme, rule.value)
            if not levels:
                continue
            self._covering[scheme].setdefault(levels[0], []).append(rule)
            for above in levels[1:]:
                self._beneath[scheme].setdefault(above, []).append(rule)

    def hits(self, scheme: Scheme, codes: Iterable[str]) -> list[CodeHit]:
        """Every meeting of `codes` with the rules, in the order of the codes."""
        return [hit for code in codes for hit in self._known_hits(scheme, code)]

    def _known_hits(self, scheme: Scheme, code: str) -> list[CodeHit]:
        """The same codes come again and again."""
        found = self._known.get((scheme, code))
        if found is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            found = self._known[scheme, code] = self._hits_of(scheme, code)
        return found

    def _hits_of(self, scheme: Scheme, code: str) -> list[CodeHit]:
        levels = levels_of(scheme, self._only.get(clean_hs(code), code) if scheme == "hs" else code)
        if not levels:
            return []
        found = next((self._covering[scheme][level] for level in levels if level in self._covering[scheme]), [])
        hits = [self._covered(scheme, code, rule, len(found)) for rule in found]
        met = {rule.industry for rule in found}
        beneath = [rule for rule in self._beneath[scheme].get(levels[0], ()) if rule.industry not in met]
        industries = {rule.industry for rule in beneath}
        firsts = {rule.industry: rule for rule in reversed(beneath)}
        # Where the code itself is covered, the finer rules beneath are other industries' corners of it.
        worth = TOUCHED[scheme] / (1 + len(industries) + 2 * len(met)) ** BENEATH
        if len(industries) == 1 and not met:
            worth = TOUCHED[scheme]
        for industry in sorted(industries):
            rule = firsts[industry]
            hits.append(CodeHit(scheme, code, rule.value, industry, rule.id, worth * rule.weight, False))
        return hits

    @staticmethod
    def _covered(scheme: Scheme, code: str, rule: Rule, shared: int) -> CodeHit:
        depth = len(rule.value) if scheme == "hs" else rule.value.count(".") + 1
        worth = COVERED[scheme].get(depth, max(COVERED[scheme].values())) * shared**-SHARED
        return CodeHit(scheme, code, rule.value, rule.industry, rule.id, min(1.0, worth * rule.weight), True)


def only_subheadings(headings: Iterable[str]) -> dict[str, str]:
    """HS heading (four digits) -> its subheading, where it has only one: 9503 says exactly what 950300 says."""
    beneath: dict[str, list[str]] = {}
    for name in headings:
        scheme, _, code = name.partition(":")
        if scheme == "hs" and len(code) == 6:
            beneath.setdefault(code[:4], []).append(code)
    return {above: codes[0] for above, codes in beneath.items() if len(codes) == 1}


def levels_of(scheme: Scheme, code: str) -> tuple[str, ...]:
    """The code and everything it lies under, longest first; () when it is no code.

    HS: digits down to two ("950300", "95030", ... "95"). ICS: dotted groups ("97.200.50", "97.200", "97").
    """
    if scheme == "hs":
        digits = clean_hs(code)
        return tuple(digits[:size] for size in range(len(digits), 1, -1))
    parts = clean_ics(code).split(".")
    return tuple(".".join(parts[:size]) for size in range(len(parts), 0, -1)) if parts[0] else ()


def clean_hs(code: str) -> str:
    """Digits only; "" when fewer than two, or when it is no number ("9503.00.89" gives "95030089")."""
    digits = code if code.isdigit() else _POINTS.sub("", code)
    return digits if digits.isascii() and digits.isdigit() and len(digits) >= 2 else ""


def clean_ics(code: str) -> str:
    """The dotted code; "" when it is none."""
    found = _ICS_CODE.fullmatch(code.strip().rstrip("."))
    return found.group() if found else ""


_POINTS = re.compile(r"[.\s]")
_ICS_CODE = re.compile(r"\d{2}(?:\.\d{3}(?:\.\d{2})?)?")
_HS_NUMBER = re.compile(r"\d{4}(?:[. ]\d{2}){1,4}(?!\d)|\d{4,10}(?!\d)|\d{2}(?:\.\d{2}){0,4}(?![\d])")
_TAIL = r"\s*(?:\(s\))?\s*(?:N[o°º]s?\.?|numbers?)?\s*[:：]?\s*"
_HS_MARK = re.compile(
    r"(?:\b(?:HS|HTS|HTSUS|[Hh]armoni[sz]ed [Ss]ystem)(?![A-Za-z])"
    r"\s*(?:[Cc]odes?|[Hh]eadings?|[Ss]ubheadings?|编码|编号|税号|码)?"
    r"|\b(?:NCM|CN|[Tt]ariff|[Cc]ustoms)\s+(?:[Cc]odes?|[Hh]eadings?|[Ii]tems?|[Ll]ines?)"
    r"|\b(?:[Cc][óo]digos?|[Cc]odes?)\s*(?:\(s\))?\s*(?:del?|du)?\s*(?:la\s)?(?:SA|SH|NCM|NANDINA|arancelari[ao]s?)"
    r"|\b(?:[Pp]artidas?|[Ss]ubpartidas?)\s+arancelarias?|\b[Pp]ositions?\s+tarifaires?"
    r"|海关编码|商品编码|税则号列|税则号|税号|税目)" + _TAIL
)
# One of these is in whatever _HS_MARK finds; the pattern itself is slow where it finds nothing.
_HS_SIGNS = tuple("HS HTS armoni NCM CN ariff ustoms SA SH NANDINA arancelari tarifaire 编码 税".split())
_ICS_MARK = re.compile(r"\bICS(?![A-Za-z])\s*(?:[Cc]odes?|[Cc][óo]digos?|分类号|编码|编号|号)?" + _TAIL)
_BETWEEN = re.compile(r"\s*(?:[,，、;；/&]|-|–|and\b|or\b|y\b|et\b|to\b|至|和|及)\s*")
_RANGE_WORDS = frozenset({"-", "–", "to", "至"})
_LONGEST_RANGE = 40  # headings; a longer "range" is two numbers that mean something else
_NOMENCLATURE_YEARS = frozenset({"2012", "2017", "2022", "2028"})  # "HS 2022"; none of them is a heading
_BARE_CODES = re.compile(r"\s*\d{4}(?:\.\d{2}){1,4}(?:\s*[,;]\s*\d{4}(?:\.\d{2}){1,4})*\s*")


def codes_in(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(HS, ICS) codes written inside a text: "HS code(s): 950300; 9504", "ICS: 97.200.50", a text of codes alone."""
    if not has_digits(text):
        return (), ()
    if _BARE_CODES.fullmatch(text):
        return _unique(clean_hs(found) for found in _HS_NUMBER.findall(text)), ()
    hs_marks = _HS_MARK.finditer(text) if any(sign in text for sign in _HS_SIGNS) else ()
    ics_marks = _ICS_MARK.finditer(text) if "ICS" in text else ()
    hs = _unique(code for mark in hs_marks for code in _read_list(text, mark.end(), _HS_NUMBER)[0])
    ics = _unique(code for mark in ics_marks for code in _read_list(text, mark.end(), _ICS_CODE)[0])
    return tuple(clean_hs(code) for code in hs), ics


def has_digits(text: str) -> bool:
    """Whether any of 0 to 9 stands in it; quicker than a pattern."""
    return any(digit in text for digit in "0123456789")


def without_codes(text: str) -> str:
    """The text with its written codes taken out (for evaluation without codes)."""
    if _BARE_CODES.fullmatch(text):
        return ""
    for mark, number in ((_HS_MARK, _HS_NUMBER), (_ICS_MARK, _ICS_CODE)):
        kept, done = [], 0
        for found in mark.finditer(text):
            codes, end = _read_list(text, found.end(), number)
            if codes and found.start() >= done:
                kept.append(text[done : found.start()])
                done = end
        text = "".join([*kept, text[done:]])
    return text


def _read_list(text: str, place: int, number: re.Pattern[str]) -> tuple[list[str], int]:
    """The codes listed from `place` on, ranges of headings filled in, and where the list ends."""
    codes: list[str] = []
    end, joint = place, ""
    while (found := number.match(text, place)) and found.group() not in _NOMENCLATURE_YEARS:
        if joint in _RANGE_WORDS and codes:
            codes += _between(codes[-1], found.group())
        codes.append(found.group())
        end = found.end()
        gap = _BETWEEN.match(text, end)
        if gap is None:
            break
        place, joint = gap.end(), gap.group().strip()
    return codes, end


def _between(first: str, last: str) -> list[str]:
    """The headings strictly between two of four digits ("0401-0406")."""
    if len(first) != 4 or len(last) != 4 or not (first + last).isdigit():
        return []
    distance = int(last) - int(first)
    return [str(int(first) + step).zfill(4) for step in range(1, distance)] if distance <= _LONGEST_RANGE else []


def _unique(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for code in codes if code))


def code_strengths(hits: Iterable[CodeHit]) -> dict[str, float]:
    """industry -> what one scheme's codes are worth for it: its best hit, less when few of many codes meet it."""
    hits = list(hits)
    total = len({hit.code for hit in hits})
    best: dict[str, float] = {}
    met: dict[str, set[str]] = {}
    for hit in hits:
        best[hit.industry] = max(best.get(hit.industry, 0.0), hit.strength)
        met.setdefault(hit.industry, set()).add(hit.code)
    if total <= CROWD:
        return best
    return {name: worth * min(1.0, 0.5 + 2 * len(met[name]) / total) for name, worth in best.items()}
