"""What a word found in a field is worth: left out, in passing, before another noun, or plainly meant."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from classifier.contract import Kind
from classifier.scope import Scope, scope_of
from classifier.text import FieldText

PHRASE, SINGLE = 1.1, 0.85  # how surely goods are meant by several words, and by one
CHINESE = {1: 0.45, 2: 0.85}  # by characters; three and more as a phrase
IN_PASSING = 0.35  # a word that only says what other goods serve or contain
MODIFIER = 0.4  # a word before the noun that is meant ("egg boiler"), or after "of" ("bolts of steel")
BEFORE_UNKNOWN = 0.7  # a word before a noun that the rules do not know
ECHO = 0.6  # a word of a heading's name printed beside its code: the code has spoken already
SHARED = 0.5  # n industries that list a word: each has n ** -SHARED of it; all of an umbrella
LONG_ENOUGH = 9  # letters from which on a word means the same in every language here
FAR_HEAD = 8  # characters between 用 and the goods it leads to

_USE_WORDS = ("用品", "用具", "用于", "用途", "用户", "用纸")
_OF = frozenset({"of", "de", "du", "des", "del", "d"})
_ARTICLES = frozenset({"the", "la", "el", "los", "las", "le", "les", "l"})
# Nouns that lead nowhere else: "toy safety requirements" are about toys.
_NEUTRAL = frozenset(
    """safety requirement requirements standard standards product products regulation regulations rule rules order
    quality control specification specifications label labels labelling labeling test tests testing method methods
    performance efficiency certification notice import imports importation importer importers manufacturer
    manufacturers export exports sector industry market marketing sale use uses user users type types series range
    model models category categories class item items article articles good goods act law ordinance directive
    programme program conservation consumption emission emissions hazard hazards risk risks recall recalls
    alert ban technical general particular design registration approval shall must should may can will has have had
    was were been being having than when where which who whose whether if but so such all any each other others only
    also not no nor into onto over under between among during after before about against through within without
    sold made used intended placed produced manufactured imported exported containing including""".split()
)


@dataclass(frozen=True, slots=True)
class Target:
    """An industry that a phrase speaks for, or (exclusion) against."""

    industry: str
    rule: str
    value: str
    lang: str
    weight: float
    kind: Kind

    @property
    def is_exclusion(self) -> bool:
        """Whether it speaks against its industry."""
        return self.kind == "exclusion"


@dataclass(frozen=True, slots=True)
class Phrase:
    """What the rules write, once, with everyone who wrote it. `capitals`: an acronym, matched as written."""

    length: int  # characters
    parts: int  # words
    chinese: bool
    capitals: str
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase at [start, end) of a field."""

    start: int
    end: int
    phrase: Phrase


@dataclass(frozen=True, slots=True)
class WordHit:
    """One word of a rule at [start, end) of a field, and what it is worth for its industry."""

    field: str
    start: int
    end: int
    industry: str
    rule: str
    value: str
    worth: float  # 0 to about 1.2
    aside: bool  # names goods in passing


class _Around:
    """The words found in one field, and what stands around each."""

    def __init__(self, part: FieldText, found: Sequence[Found]) -> None:
        self.part = part
        self.found = found
        self.starts = {item.start for item in found}
        self.ends = {item.end for item in found}
        self.token_starts = [start for _, start, _ in part.tokens]

    def is_aside(self, item: Found, scope: Scope) -> bool:
        """Whether other goods stand before it in its clause and a word such as "for" between (玩具用电池: the toys)."""
        for clause, start, end in scope.asides:
            if start <= item.start < end and any(clause <= each.start and each.end <= start for each in self.found):
                return True
        lowered = self.part.lowered
        if self.part.has_cjk and lowered.startswith("用", item.end) and not lowered.startswith(_USE_WORDS, item.end):
            return any(0 < each.start - item.end <= FAR_HEAD for each in self.found)
        return False

    def headship(self, item: Found) -> float:
        """1 for the noun that is meant; less for a word that only describes it."""
        if item.phrase.chinese:
            return MODIFIER if item.end in self.starts else 1.0
        place = bisect_left(self.token_starts, item.start)
        return min(self._before_noun(item), self._after_of(place))

    def _before_noun(self, item: Found) -> float:
        tokens = self.part.tokens
        following = bisect_left(self.token_starts, item.end)
        if following == len(tokens):
            return 1.0
        token, start, _ = tokens[following]
        if self.part.lowered[item.end : start] not in (" ", "-"):
            return 1.0
        if start in self.starts:
            return MODIFIER
        # Spanish and French put the noun first: what follows there describes it.
        english = not self.part.languages or "en" in self.part.languages
        plain = token in _NEUTRAL or token in _SMALL or not token.isalpha() or not english
        return 1.0 if plain else BEFORE_UNKNOWN

    def _after_of(self, place: int) -> float:
        tokens = self.part.tokens
        left = place - 1
        if left >= 0 and tokens[left][0] in _ARTICLES:
            left -= 1
        if left < 1 or tokens[left][0] not in _OF:
            return 1.0
        return MODIFIER if tokens[left - 1][2] in self.ends else 1.0


_SMALL = frozenset(
    """the of and for to in on is are with by or this from as at its that de la en que el los las y para por con et
    pour dans par sur a an be""".split()
)


def speaks(target: Target, part: FieldText) -> bool:
    """Whether a word of this language counts in this text: "pan" is no cookware in Spanish."""
    if not target.lang or not part.languages or target.lang in part.languages or target.lang == "zh":
        return True
    return len(target.value) >= LONG_ENOUGH or " " in target.value or target.value.isupper()


def weigh(found: Sequence[Found], barred: Sequence[tuple[int, int, str]], part: FieldText) -> list[WordHit]:
    """The hits of the words found in one field; `barred` are places at which an industry's words must not count."""
    scope = scope_of(part)
    kept = [item for item in found if not scope.is_left_out(item.start)]
    around = _Around(part, kept)
    return [hit for item in kept for hit in _hits_of(item, around, scope, barred)]


def _hits_of(item: Found, around: _Around, scope: Scope, barred: Sequence[tuple[int, int, str]]) -> list[WordHit]:
    stopped = {name for left, right, name in barred if left < item.end and item.start < right}
    speakers = {
        target.industry: target
        for target in reversed(item.phrase.targets)
        if target.kind != "exclusion" and target.industry not in stopped and speaks(target, around.part)
    }
    if not speakers:
        return []
    aside = around.is_aside(item, scope)
    sharing = sum(target.kind == "word" for target in speakers.values())
    worth = _specificity(item.phrase) * (IN_PASSING if aside else around.headship(item))
    worth *= ECHO if scope.is_echo(item.start) else 1.0
    return [
        WordHit(
            around.part.name,
            item.start,
            item.end,
            name,
            target.rule,
            target.value,
            worth * target.weight * (1.0 if target.kind == "umbrella" else sharing**-SHARED),
            aside,
        )
        for name, target in sorted(speakers.items())
    ]


def _specificity(phrase: Phrase) -> float:
    """How surely a phrase means its goods, from its form alone (staff may weigh single rules besides)."""
    if phrase.chinese:
        return CHINESE.get(phrase.length, PHRASE)
    return PHRASE if phrase.parts > 1 else SINGLE
