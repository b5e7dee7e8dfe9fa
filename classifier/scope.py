"""Which stretches of a text name goods that are left out, and which name goods only in passing."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from classifier.text import FieldText

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
_CLAUSE_END = re.compile(r"[,;；，、。！？:：()（）\n]|[.](?=\s|$)")
_SENTENCE_END = re.compile(r"[;；。！？\n]|[.](?=\s|$)")
# "Wood sawn or chipped lengthwise (HS code(s): 4407)": the source printed the heading's name, nobody wrote it.
_CODE_BESIDE = re.compile(r"[(（]\s*(?:hs|ics)\s*(?:codes?)?\s*(?:\(s\))?\s*[:：]\s*\d")
_OPENING, _CLOSING = "(（[", ")）]"
FARTHEST = 600  # characters that one "excluding" can leave out


@dataclass(frozen=True, slots=True)
class Scope:
    """The stretches of one field, as [start, end): `left_out` goods do not count, `asides` count less."""

    left_out: tuple[tuple[int, int], ...]
    asides: tuple[tuple[int, int, int], ...]  # clause start, aside start, aside end
    echoes: tuple[tuple[int, int], ...] = ()  # the nomenclature's own words, repeated beside a code

    def is_left_out(self, start: int) -> bool:
        """Whether the word at `start` stands among what the text leaves out."""
        return any(left <= start < right for left, right in self.left_out)

    def is_echo(self, start: int) -> bool:
        """Whether the word at `start` only repeats what a code beside it is called."""
        return any(left <= start < right for left, right in self.echoes)


def scope_of(part: FieldText) -> Scope:
    """Read the stretches of `part`; a cue inside a bracket reaches to the end of that bracket, else of its sentence."""
    text = part.lowered
    left_out = [(found.end(), _reach(text, found.end())) for found in _LEFT_OUT_AFTER.finditer(text)]
    clauses, sentences = _ends(_CLAUSE_END, text), _ends(_SENTENCE_END, text)
    left_out += [(_before(clauses, found.start()), found.start()) for found in _LEFT_OUT_BEFORE.finditer(text)]
    asides = [_aside(text, found, clauses, sentences) for found in _IN_PASSING_AFTER.finditer(text)]
    asides += [
        (_before(sentences, found.start()), found.end(), _after(sentences, found.end()))
        for found in _IN_PASSING_LONG.finditer(text)
    ]
    echoes = [(_part_start(text, found.start()), found.start()) for found in _CODE_BESIDE.finditer(text)]
    return Scope(tuple(left_out), tuple(asides), tuple(echoes))


def _aside(text: str, cue: re.Match[str], clauses: list[int], sentences: list[int]) -> tuple[int, int, int]:
    """The clause of a cue; a cue that opens its clause (", for the care of furniture") looks back to the sentence."""
    start = _before(clauses, cue.start())
    if not text[start : cue.start()].strip():
        start = _before(sentences, cue.start())
    return start, cue.end(), _after(clauses, cue.end())


def _ends(pattern: re.Pattern[str], text: str) -> list[int]:
    """The places after each end of a clause or sentence, with both ends of the text."""
    return [0, *(found.end() for found in pattern.finditer(text)), len(text)]


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
