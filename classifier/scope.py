"""Which stretches of a text name goods that are left out, and which name goods only in passing.

A cue inside a bracket reaches to the end of that bracket, else of its sentence.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from classifier.met import Met
from classifier.text import FieldText, ends_of, matches_at

# What follows is left out, up to the end of the bracket or sentence ("excluding toys", "不包括玩具").
_LEFT_OUT_AFTER = re.compile(
    r"\b(?:excluding|excludes?|excl\b\.?|except(?:ing)?(?: for)?|other than|not including|with the exception of"
    r"|(?:does|do|shall|will) not (?:apply to|cover|include)|not applicable to|exempts?|exempted from"
    r"|excepto|con excepci[óo]n de|a excepci[óo]n de|se excluyen?|quedan? excluid[oa]s?|excluid[oa]s?|salvo"
    r"|no (?:se aplica|incluye|aplica) a?|[àa] l'exception d[e']|[àa] l'exclusion d[e']|sauf|hormis|autres? que"
    r"|excluant|ne (?:s'applique(?:nt)?|couvre(?:nt)?) pas)"
    r"|不包括|不包含|不适用于|不含|不涉及|除了?(?=[^。；;,，]{1,40}(?:以外|之外|外))"
)
# What stands before, back to the beginning of the sentence or clause, is left out ("X are excluded", "X除外").
_LEFT_OUT_BEFORE = re.compile(
    r"\b(?:(?:is|are|was|were) (?:excluded|exempt(?:ed)?|not covered|not included|out of scope)"
    r"|sont exclus?e?s?|est exclue?|son excluid[oa]s)\b|除外|不在[^。；;,，]{0,6}范围|不在此列|被排除"
)
# Goods after such words are what the goods before them serve, contain or are made of ("batteries for vehicles").
_IN_PASSING_AFTER = re.compile(
    r"\b(?:for use (?:in|with|on|by)|used (?:in|for|as|by|to|on|with)"
    r"|intended (?:for|to)|designed (?:for|to)|suitable for|for|containing|made (?:of|from|with)|contained in"
    r"|in contact with|mounted (?:on|in)|installed (?:in|on)|incorporated in(?:to)?"
    r"|para(?: su)? uso en|utilizad[oa]s? (?:en|para|como)|destinad[oa]s? a(?:l)?|para|que contengan?|hech[oa]s? de"
    r"|utilis[ée]e?s? (?:dans|pour|comme)|destin[ée]e?s? (?:[àa]|aux?)|pour|contenant|fabriqu[ée]e?s? en)\b"
    r"|用于|适用于|供"
)
# The nomenclature's own turns: all that follows up to the semicolon is no goods of the heading.
_IN_PASSING_LONG = re.compile(r"\b(?:whether or not|in the form of|of a kind (?:used|designed)|put up for)\b")
_CLAUSE_MARKS = re.compile(r"[,;；，、。！？:：()（）\n.]")
_SENTENCE_MARKS = re.compile(r"[;；。！？\n.]")
_SENTENCE_END = re.compile(r"[;；。！？\n]|[.](?=\s|$)")
# "Wood sawn or chipped lengthwise (HS code(s): 4407)": the source printed the heading's name, nobody wrote it.
_CODE_BESIDE = re.compile(r"[(（]\s*(?:hs|ics)\s*(?:codes?)?\s*(?:\(s\))?\s*[:：]\s*\d")
_OPENING, _CLOSING = "(（[", ")）]"
FARTHEST = 600  # characters that one "excluding" can leave out


# A pattern is asked only where a word of the text may belong to it: looking words up is many times quicker.
_PASSING, _AFTER, _BEFORE, _LONG = 1, 2, 4, 8
_WHOLE = {"not": _AFTER, "out": _BEFORE, "whether": _LONG, "form": _LONG, "kind": _LONG, "put": _LONG}
_BEGINNINGS = (
    (_AFTER, tuple("excl excep exempt than salvo sauf hormis autre incluye aplica appliq couvr".split())),
    (_BEFORE, tuple("exclu exempt covered included".split())),
)
_FIRST_WORDS = frozenset(
    """for used intended designed suitable containing made contained in mounted installed incorporated para utilizado
    utilizada utilizados utilizadas destinado destinada destinados destinadas que hecho hecha hechos hechas utilise
    utilisée utilisee utilisés utilises utilisées utilisees utilisé destiné destine destinée destinee destinés destines
    destinées destinees pour contenant fabriqué fabrique fabriquée fabriquee fabriqués fabriques fabriquées
    fabriquees""".split()
)
_CHINESE_SIGNS = ((_PASSING, ("用于", "供")), (_AFTER, "不除"), (_BEFORE, ("除外", "不在", "被排除")))
_MOST_WORDS = 50_000


def _kinds_of(word: str) -> int:
    """The kinds of cues that a word may belong to, as a sum."""
    kinds = _PASSING if word in _FIRST_WORDS else _WHOLE.get(word, 0)
    return kinds + sum(kind for kind, begin in _BEGINNINGS if word.startswith(begin))


_KINDS = Met(_kinds_of, _MOST_WORDS)


def _cues_in(part: FieldText) -> int:
    """The kinds of cues that the text may have, as a sum."""
    kinds = 0
    for kind in set(map(_KINDS.__getitem__, part.words)):
        kinds |= kind
    if part.runs:
        for kind, signs in _CHINESE_SIGNS:
            if any(sign in part.lowered for sign in signs):
                kinds |= kind
    return kinds


class Scope:
    """The stretches of one field, as [start, end): `left_out` goods do not count, `echoes` repeat the nomenclature's
    own words beside a code.
    """

    __slots__ = ("_asides", "_kinds", "_part", "echoes", "left_out")

    def __init__(self, part: FieldText) -> None:
        text = part.lowered
        self._part, self._kinds = part, _cues_in(part)
        self._asides: list[tuple[int, int, int]] | None = None
        self.left_out: list[tuple[int, int]] = []
        if self._kinds & _AFTER:
            self.left_out += [(cue.end(), _reach(text, cue.end())) for cue in _LEFT_OUT_AFTER.finditer(text)]
        if self._kinds & _BEFORE:
            clauses = _ends(_CLAUSE_MARKS, text)
            self.left_out += [(_before(clauses, cue.start()), cue.start()) for cue in _LEFT_OUT_BEFORE.finditer(text)]
        self.echoes: list[tuple[int, int]] = []
        if "(" in text or "（" in text:
            self.echoes = [(_part_start(text, cue.start()), cue.start()) for cue in _CODE_BESIDE.finditer(text)]

    @property
    def asides(self) -> list[tuple[int, int, int]]:
        """Where goods count less: (clause start, aside start, aside end); read when it is first asked for."""
        if self._asides is None:
            self._asides = _asides_of(self._part, self._kinds) if self._kinds & (_PASSING | _LONG) else []
        return self._asides

    def is_left_out(self, start: int) -> bool:
        """Whether the word at `start` stands among what the text leaves out."""
        return any(left <= start < right for left, right in self.left_out)

    def is_echo(self, start: int) -> bool:
        """Whether the word at `start` only repeats what a code beside it is called."""
        return any(left <= start < right for left, right in self.echoes)


def _asides_of(part: FieldText, kinds: int) -> list[tuple[int, int, int]]:
    text = part.lowered
    cues = _cues_of_passing(part) if kinds & _PASSING else []
    long = list(_IN_PASSING_LONG.finditer(text)) if kinds & _LONG else []
    if not cues and not long:
        return []
    clauses, sentences = _ends(_CLAUSE_MARKS, text), _ends(_SENTENCE_MARKS, text)
    return [
        *[_aside(text, cue, clauses, sentences) for cue in cues],
        *[(_before(sentences, cue.start()), cue.end(), _after(sentences, cue.end())) for cue in long],
    ]


def _cues_of_passing(part: FieldText) -> list[re.Match[str]]:
    """What `_IN_PASSING_AFTER` finds, asked only at the words that may begin a cue; Chinese has no such words."""
    text = part.lowered
    if part.runs and any(sign in text for sign in _CHINESE_SIGNS[0][1]):
        return list(_IN_PASSING_AFTER.finditer(text))
    return matches_at(_IN_PASSING_AFTER, text, part, _FIRST_WORDS)


def _aside(text: str, cue: re.Match[str], clauses: list[int], sentences: list[int]) -> tuple[int, int, int]:
    """The clause of a cue; a cue that opens its clause (", for the care of furniture") looks back to the sentence."""
    start = _before(clauses, cue.start())
    if not text[start : cue.start()].strip():
        start = _before(sentences, cue.start())
    return start, cue.end(), _after(clauses, cue.end())


def _ends(marks: re.Pattern[str], text: str) -> list[int]:
    """The places after each end of a clause or sentence, with both ends of the text."""
    return [0, *ends_of(marks, text), len(text)]


def _before(ends: list[int], place: int) -> int:
    return ends[bisect_right(ends, place) - 1]


def _after(ends: list[int], place: int) -> int:
    return ends[min(bisect_left(ends, place), len(ends) - 1)]


def _reach(text: str, start: int) -> int:
    """The end of the bracket that is open at `start`, else of the sentence."""
    depth = 0
    opened = _open_bracket(text, start)
    farthest = min(len(text), start + FARTHEST)
    for place in range(start, farthest):
        char = text[place]
        if char in _OPENING:
            depth += 1
        elif char in _CLOSING:
            if depth == 0 and opened:
                return place
            depth -= 1
        elif _SENTENCE_END.match(text, place) and (not opened or char in "。.\n"):
            return place
    return farthest


def _open_bracket(text: str, start: int) -> bool:
    near = max(0, start - FARTHEST)
    last_open = max(text.rfind(char, near, start) for char in _OPENING)
    return last_open > max(text.rfind(char, near, start) for char in _CLOSING)


def _part_start(text: str, place: int) -> int:
    """Where the part of a list begins that ends at `place`: after the last semicolon or closed code bracket."""
    return max(text.rfind(";", 0, place), text.rfind("\n", 0, place), text.rfind(")", 0, place)) + 1
