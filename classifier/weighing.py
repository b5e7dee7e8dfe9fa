"""What a word found in a field is worth: left out, in passing, before another noun, or plainly meant."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from classifier.contract import Kind
from classifier.scope import Scope
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


Speaker = tuple[str, str, str, float, float]  # industry, rule, value, the rule's weight, its share of the phrase


class Said(NamedTuple):
    """What a phrase says in a text of certain languages; all empty where none of its rules counts."""

    speaks: bool
    only_bars: bool  # speaks for nobody, in whatever language
    clear: float  # how surely it means its goods
    speakers: tuple[Speaker, ...]  # by industry
    against: tuple[str, ...]  # industries


@dataclass(frozen=True, slots=True)
class Phrase:
    """What the rules write, once, with everyone who wrote it. `capitals`: an acronym, matched as written."""

    number: int  # its place among those of its index
    length: int  # characters
    parts: int  # words
    chinese: bool
    capitals: str
    targets: tuple[Target, ...]

    def said_in(self, languages: frozenset[str]) -> Said:
        """What it says in such a text; `languages` are those of the field, empty when unknown."""
        heard = [target for target in self.targets if speaks(target, languages)]
        against = tuple([target.industry for target in heard if target.is_exclusion])
        return Said(bool(heard), self._only_bars(), _specificity(self), _speakers(heard), against)

    def _only_bars(self) -> bool:
        return all(target.is_exclusion for target in self.targets)


def _speakers(heard: Sequence[Target], stopped: Collection[str] = ()) -> tuple[Speaker, ...]:
    """The first target of each industry that is not stopped; n words share, an umbrella means all of each."""
    speakers = {
        target.industry: target
        for target in reversed(heard)
        if not target.is_exclusion and target.industry not in stopped
    }
    share = max(1, sum(target.kind == "word" for target in speakers.values())) ** -SHARED
    return tuple(
        [
            (name, target.rule, target.value, target.weight, 1.0 if target.kind == "umbrella" else share)
            for name, target in sorted(speakers.items())
        ]
    )


class Found(NamedTuple):
    """A phrase at [start, end) of a field; `place` and `after`: its first word, and the word after it (Latin only)."""

    start: int
    end: int
    phrase: Phrase
    place: int = 0
    after: int = 0


Spoken = tuple[Found, Said]


class WordHit(NamedTuple):
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

    def __init__(self, part: FieldText, found: Sequence[Found], scope: Scope) -> None:
        self.part = part
        self.found = found
        self.scope = scope
        self.starts = {item.start for item in found}
        self.ends = {item.end for item in found}
        self.first_end = min(self.ends, default=0)
        # Spanish and French put the noun first: what follows there describes it.
        self.english = not part.languages or "en" in part.languages

    def is_aside(self, item: Found) -> bool:
        """Whether other goods stand before it in its clause and a word such as "for" between (玩具用电池: the toys)."""
        for clause, start, end in self.scope.asides if self.first_end <= item.start else ():
            if start <= item.start < end and any(clause <= each.start and each.end <= start for each in self.found):
                return True
        lowered = self.part.lowered
        if self.part.runs and lowered.startswith("用", item.end) and not lowered.startswith(_USE_WORDS, item.end):
            return any(0 < each.start - item.end <= FAR_HEAD for each in self.found)
        return False

    def headship(self, item: Found) -> float:
        """1 for the noun that is meant; less for a word that only describes it."""
        if item.phrase.chinese:
            return MODIFIER if item.end in self.starts else 1.0
        return min(self._before_noun(item), self._after_of(item.place))

    def _before_noun(self, item: Found) -> float:
        words = self.part.words
        if item.after == len(words) or self.part.parts[2 * item.after] not in (" ", "-"):
            return 1.0
        if item.end + 1 in self.starts:
            return MODIFIER
        word = words[item.after]
        plain = not self.english or word in _LEADS_NOWHERE or not word.isalpha()
        return 1.0 if plain else BEFORE_UNKNOWN

    def _after_of(self, place: int) -> float:
        words = self.part.words
        left = place - 1
        if left >= 0 and words[left] in _ARTICLES:
            left -= 1
        if left < 1 or words[left] not in _OF:
            return 1.0
        return MODIFIER if self.part.starts[left - 1] + len(words[left - 1]) in self.ends else 1.0


_SMALL = frozenset(
    """the of and for to in on is are with by or this from as at its that de la en que el los las y para por con et
    pour dans par sur a an be""".split()
)


_LEADS_NOWHERE = _NEUTRAL | _SMALL


def speaks(target: Target, languages: frozenset[str]) -> bool:
    """Whether a word of this language counts in a text of these: "pan" is no cookware in Spanish."""
    if not target.lang or not languages or target.lang in languages or target.lang == "zh":
        return True
    return len(target.value) >= LONG_ENOUGH or " " in target.value or target.value.isupper()


def weigh(found: Sequence[Spoken], barred: Sequence[tuple[int, int, str]], part: FieldText) -> list[WordHit]:
    """The hits of the words found in one field; `barred` are places at which an industry's words must not count."""
    scope = Scope(part)
    kept = [each for each in found if not scope.is_left_out(each[0].start)] if scope.left_out else found
    around = _Around(part, [item for item, _ in kept], scope)
    return [hit for item, said in kept for hit in _hits_of(item, said, around, barred)]


def _hits_of(item: Found, said: Said, around: _Around, barred: Sequence[tuple[int, int, str]]) -> list[WordHit]:
    speakers = said.speakers
    if barred and (stopped := {name for left, right, name in barred if left < item.end and item.start < right}):
        targets = [target for target in item.phrase.targets if speaks(target, around.part.languages)]
        speakers = _speakers(targets, stopped)
    if not speakers:
        return []
    aside = around.is_aside(item)
    worth = said.clear * (IN_PASSING if aside else around.headship(item))
    if around.scope.echoes and around.scope.is_echo(item.start):
        worth *= ECHO
    name, start, end = around.part.name, item.start, item.end
    return [
        WordHit(name, start, end, industry, rule, value, worth * weight * share, aside)
        for industry, rule, value, weight, share in speakers
    ]


def _specificity(phrase: Phrase) -> float:
    """How surely a phrase means its goods, from its form alone (staff may weigh single rules besides)."""
    if phrase.chinese:
        return CHINESE.get(phrase.length, PHRASE)
    return PHRASE if phrase.parts > 1 else SINGLE
