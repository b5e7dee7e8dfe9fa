"""The voice of the words read plainly and slowly: every pattern asked everywhere, nothing kept or looked up.

What words.py, weighing.py and scope.py of the classifier find in a hurry must be exactly this.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import pairwise

from classifier import scope, weighing, words
from classifier.contract import Rule
from classifier.text import CJK, TOKEN, FieldText, fold
from classifier.weighing import Target, WordHit, speaks

Spot = tuple[int, int, str, list[Target]]  # start, end, as the rules write it, its targets
Token = tuple[str, int, int]
CLAUSE_END = re.compile(r"[,;；，、。！？:：()（）\n]|[.](?=\s|$)")
SENTENCE_END = re.compile(r"[;；。！？\n]|[.](?=\s|$)")


class PlainWords:
    """The word rules of one mapping."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        grouped: dict[str, list[Rule]] = {}
        for rule in sorted((r for r in rules if r.kind in words.WORD_KINDS), key=lambda r: (r.value, r.id)):
            grouped.setdefault(words._key_of(rule), []).append(rule)
        self.chinese: list[tuple[str, str, list[Target]]] = []
        self.latin: dict[tuple[str, ...], list[tuple[str, list[Target]]]] = {}
        for written, group in grouped.items():
            targets = [Target(r.industry, r.id, r.value, r.lang, r.weight, r.kind) for r in group]
            if CJK.search(written):
                self.chinese.append((written.lower(), written, targets))
                continue
            for spelling in words._spellings(written, group):
                self.latin.setdefault(spelling, []).append((written, targets))
        self.sizes: dict[str, set[int]] = {}
        for spelling in self.latin:
            self.sizes.setdefault(spelling[0], set()).add(len(spelling))

    def hits(self, part: FieldText) -> list[WordHit]:
        """What WordIndex.hits gives."""
        tokens = [(found[0], *found.span()) for found in TOKEN.finditer(part.lowered)]
        spots = [*self._latin_spots(part, tokens), *_settled(self._chinese_spots(part))]
        spots = [spot for spot in spots if any(speaks(target, part.languages) for target in spot[3])]
        goods = [spot for spot in spots if not all(target.is_exclusion for target in spot[3])]
        whole = [spot for spot in goods if not any(_holds(other, spot) for other in goods)]
        gone = left_out(part.lowered)
        kept = [spot for spot in whole if not any(left <= spot[0] < right for left, right in gone)]
        return [hit for spot in sorted(kept, key=lambda s: s[:2]) for hit in _hits_of(spot, kept, spots, part, tokens)]

    def _latin_spots(self, part: FieldText, tokens: list[Token]) -> list[Spot]:
        spots = []
        for place, (token, start, _) in enumerate(tokens):
            for size in self.sizes.get(token) or self.sizes.get(fold(token)) or ():
                run = tokens[place : place + size]
                gaps = [part.lowered[left:right] for (_, _, left), (_, right, _) in pairwise(run)]
                if len(run) < size or not all(len(gap) <= 3 and set(gap) <= set(" -'’/.®™\t") for gap in gaps):
                    continue
                said = tuple(word for word, _, _ in run)
                for written, targets in self.latin.get(said) or self.latin.get(tuple(map(fold, said)), []):
                    end = run[-1][2]
                    if not words._is_acronym(written) or part.text[start:end] == written:
                        spots.append((start, end, written, targets))
        return spots

    def _chinese_spots(self, part: FieldText) -> list[Spot]:
        spots: list[Spot] = []
        if not CJK.search(part.text):
            return spots
        for lowered, written, targets in self.chinese:
            start = part.lowered.find(lowered)
            while start >= 0:
                end = start + len(lowered)
                # A letter that ends the text is met twice.
                spots += [(start, end, written, targets)] * (2 if len(lowered) == 1 and end == len(part.text) else 1)
                start = part.lowered.find(lowered, start + 1)
        return spots


def _holds(other: Spot, spot: Spot) -> bool:
    return other[0] <= spot[0] and spot[1] <= other[1] and other[:2] != spot[:2]


def _settled(spots: list[Spot]) -> list[Spot]:
    """Of two words that share characters the longer is meant, else the later."""
    kept: list[Spot] = []
    for spot in sorted(spots, key=lambda each: (each[0], each[1], -len(each[2]))):
        beaten = False
        while not beaten and kept and kept[-1][0] < spot[0] < kept[-1][1] < spot[1]:
            beaten = spot[1] - spot[0] < kept[-1][1] - kept[-1][0]
            if not beaten:
                kept.pop()
        if not beaten:
            kept.append(spot)
    return kept


def _ends(pattern: re.Pattern[str], text: str) -> list[int]:
    return [0, *(found.end() for found in pattern.finditer(text)), len(text)]


def _before(ends: list[int], place: int) -> int:
    return ends[bisect_right(ends, place) - 1]


def _after(ends: list[int], place: int) -> int:
    return ends[min(bisect_left(ends, place), len(ends) - 1)]


def left_out(text: str) -> list[tuple[int, int]]:
    """What Scope.left_out gives."""
    clauses = _ends(CLAUSE_END, text)
    after = [(found.end(), scope._reach(text, found.end())) for found in scope._LEFT_OUT_AFTER.finditer(text)]
    return after + [(_before(clauses, f.start()), f.start()) for f in scope._LEFT_OUT_BEFORE.finditer(text)]


def asides(text: str) -> list[tuple[int, int, int]]:
    """What Scope.asides gives."""
    clauses, sentences = _ends(CLAUSE_END, text), _ends(SENTENCE_END, text)
    found = []
    for cue in scope._IN_PASSING_AFTER.finditer(text):
        start = _before(clauses, cue.start())
        opens = not text[start : cue.start()].strip()
        found.append((_before(sentences, cue.start()) if opens else start, cue.end(), _after(clauses, cue.end())))
    for cue in scope._IN_PASSING_LONG.finditer(text):
        found.append((_before(sentences, cue.start()), cue.end(), _after(sentences, cue.end())))
    return found


def _hits_of(spot: Spot, kept: list[Spot], spots: list[Spot], part: FieldText, tokens: list[Token]) -> list[WordHit]:
    start, end, written, targets = spot
    stopped = {
        target.industry
        for left, right, _, others in spots
        for target in others
        if target.is_exclusion and speaks(target, part.languages) and left < end and start < right
    }
    speakers: dict[str, Target] = {}
    for target in targets:
        if not target.is_exclusion and target.industry not in stopped and speaks(target, part.languages):
            speakers.setdefault(target.industry, target)
    sharing = sum(target.kind == "word" for target in speakers.values())
    aside = _is_aside(spot, kept, part.lowered)
    worth = _sureness(written) * (weighing.IN_PASSING if aside else _headship(spot, kept, part, tokens))
    echoes = [
        (scope._part_start(part.lowered, f.start()), f.start()) for f in scope._CODE_BESIDE.finditer(part.lowered)
    ]
    worth *= weighing.ECHO if any(left <= start < right for left, right in echoes) else 1.0
    return [
        WordHit(part.name, start, end, name, target.rule, target.value, worth * target.weight * share, aside)
        for name, target in sorted(speakers.items())
        for share in [1.0 if target.kind == "umbrella" else sharing**-weighing.SHARED]
    ]


def _sureness(written: str) -> float:
    if CJK.search(written):
        return weighing.CHINESE.get(len(written), weighing.PHRASE)
    return weighing.PHRASE if len(TOKEN.findall(written.lower())) > 1 else weighing.SINGLE


def _is_aside(spot: Spot, kept: list[Spot], text: str) -> bool:
    start, end = spot[:2]
    for clause, left, right in asides(text):
        if left <= start < right and any(clause <= other[0] and other[1] <= left for other in kept):
            return True
    if CJK.search(text) and text.startswith("用", end) and not text.startswith(weighing._USE_WORDS, end):
        return any(0 < other[0] - end <= weighing.FAR_HEAD for other in kept)
    return False


def _headship(spot: Spot, kept: list[Spot], part: FieldText, tokens: list[Token]) -> float:
    start, end, written, _ = spot
    starts, ends = {other[0] for other in kept}, {other[1] for other in kept}
    if CJK.search(written):
        return weighing.MODIFIER if end in starts else 1.0
    worth = 1.0
    following = [token for token in tokens if token[1] >= end][:1]
    if following and part.lowered[end : following[0][1]] in (" ", "-"):
        word = following[0][0]
        known = word in weighing._NEUTRAL or word in weighing._SMALL or not word.isalpha()
        if following[0][1] in starts:
            worth = weighing.MODIFIER
        elif not known and (not part.languages or "en" in part.languages):
            worth = weighing.BEFORE_UNKNOWN
    leading = [token for token in tokens if token[1] < start]
    if leading and leading[-1][0] in weighing._ARTICLES:
        leading.pop()
    if len(leading) > 1 and leading[-1][0] in weighing._OF and leading[-2][2] in ends:
        worth = min(worth, weighing.MODIFIER)
    return worth
