"""The voice of the words: the mapping's words, phrases and exclusions, found in one pass per field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise, product
from operator import concat

from classifier.contract import Rule
from classifier.met import Met
from classifier.text import ALL_STOPWORDS, CJK, LATIN, TOKEN, FieldText, fold, forms_of, normalise
from classifier.weighing import Found, Phrase, Said, Spoken, Target, WordHit, weigh

WORD_KINDS = ("word", "umbrella", "exclusion")
_JOINTS = frozenset(" -'’/.®™\t")  # what may stand between the words of a phrase
_WIDEST_GAP = 3  # characters between two words of a phrase
MOST_SAID = 10_000  # what phrases say in texts of some languages, kept: they are many, and few are met often
_MAX_SPELLINGS = 64  # singular and plural spellings of one phrase


class WordIndex:
    """The word rules of one mapping: Latin phrases by their words, Chinese ones by their opening; built once."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._latin: dict[str, tuple[Phrase, ...]] = {}  # words with one space between
        self._lengths: dict[str, tuple[int, ...]] = {}  # first word -> how many words its phrases have, ascending
        self._alone: dict[str, tuple[Phrase, ...]] = {}  # phrases of one word
        self._pairs: dict[tuple[str, str], tuple[int, ...]] = {}  # first two words -> how many words, ascending
        self._chinese: dict[str, tuple[Phrase, ...]] = {}
        grouped: dict[str, list[Rule]] = {}
        for rule in sorted((r for r in rules if r.kind in WORD_KINDS), key=lambda r: (r.value, r.id)):
            grouped.setdefault(_key_of(rule), []).append(rule)
        self._phrases = [_phrase_of(number, *each) for number, each in enumerate(grouped.items())]
        self._said = Met(self._said_by, MOST_SAID)
        for phrase, (written, group) in zip(self._phrases, grouped.items(), strict=True):
            if phrase.chinese:
                lowered = written.lower()
                self._chinese[lowered] = (*self._chinese.get(lowered, ()), phrase)
            else:
                self._plant(phrase, _spellings(written, group))
        self._openings = _openings_of(self._chinese)
        self._letters = frozenset(written for written in self._chinese if len(written) == 1)

    def _plant(self, phrase: Phrase, spellings: Iterable[tuple[str, ...]]) -> None:
        for spelling in spellings:
            words, size = " ".join(spelling), len(spelling)
            self._latin[words] = (*self._latin.get(words, ()), phrase)
            known = self._lengths.get(spelling[0], ())
            if size not in known:
                self._lengths[spelling[0]] = tuple(sorted((*known, size)))
            if size == 1:
                self._alone[words] = self._latin[words]
            elif size not in (known := self._pairs.get((spelling[0], spelling[1]), ())):
                self._pairs[spelling[0], spelling[1]] = tuple(sorted((*known, size)))

    def hits(self, part: FieldText) -> list[WordHit]:
        """Every word of the rules in `part` that counts, by place; the longest phrase at a place wins."""
        found = self._latin_found(part)
        if part.runs:
            found += _settle_overlaps(self._chinese_found(part.lowered))
        if not found:
            return []
        known, languages = self._said, part.languages
        spoken = [(item, said) for item in found if (said := known[item.phrase.number, languages]).speaks]
        barred = [(item.start, item.end, name) for item, said in spoken for name in said.against]
        return weigh(_without_contained([each for each in spoken if not each[1].only_bars]), barred, part)

    def _said_by(self, key: tuple[int, frozenset[str]]) -> Said:
        return self._phrases[key[0]].said_in(key[1])

    def _latin_found(self, part: FieldText) -> list[Found]:
        words = part.words
        if not part.is_plain:
            return self._accented_found(part)
        alone, pairs, found = self._alone, self._pairs, []
        for place in [place for place, word in enumerate(words) if word in alone]:
            word, start = words[place], part.starts[place]
            found += [Found(start, start + len(word), phrase, place, place + 1) for phrase in alone[word]]
        for place in [place for place, pair in enumerate(pairwise(words)) if pair in pairs]:
            for size in pairs[words[place], words[place + 1]]:
                if phrases := self._latin.get(" ".join(words[place : place + size])):
                    found += _placed(part, place, size, phrases)
        return [item for item in found if not item.phrase.capitals or _is_written(item, part)]

    def _accented_found(self, part: FieldText) -> list[Found]:
        """The same where words have accents: each is looked for as written, then without."""
        found, words = [], part.words
        for place, word in enumerate(words):
            lengths = self._lengths.get(word) or (None if word.isascii() else self._lengths.get(fold(word)))
            for size in lengths or ():
                said = word if size == 1 else " ".join(words[place : place + size])
                phrases = self._latin.get(said) or (() if said.isascii() else self._latin.get(fold(said), ()))
                if phrases:
                    found += _placed(part, place, size, phrases)
        return [item for item in found if not item.phrase.capitals or _is_written(item, part)]

    def _chinese_found(self, text: str) -> list[Found]:
        openings, chinese = self._openings, self._chinese
        places = [place for place, pair in enumerate(map(concat, text, text[1:])) if pair in openings]
        found = [
            Found(start, start + size, phrase)
            for start in places
            for size in openings.get(text[start : start + 3], ())
            if start + size <= len(text)
            for phrase in chinese.get(text[start : start + size], ())
        ]
        pairs = [(start, text[start : start + 2]) for start in places]
        found += [Found(start, start + 2, phrase) for start, pair in pairs for phrase in chinese.get(pair, ())]
        if self._letters.isdisjoint(text):
            return found
        letters = [start for start, letter in enumerate(text) if letter in self._letters]
        # At the end of a text a single letter counts twice: models are fitted to that.
        letters += [start for start in letters if start == len(text) - 1]
        return found + [Found(start, start + 1, phrase) for start in letters for phrase in chinese[text[start]]]


def _openings_of(chinese: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """The first two letters and the first three of words -> how many letters those of three and more have."""
    sizes: dict[str, set[int]] = {}
    for written in chinese:
        sizes.setdefault(written[:2], set())
        if len(written) > 2:
            sizes.setdefault(written[:3], set()).add(len(written))
    return {opening: tuple(sorted(each)) for opening, each in sizes.items()}


def _placed(part: FieldText, place: int, size: int, phrases: Iterable[Phrase]) -> list[Found]:
    """The phrases of so many words from `place` on, if these stand together: spaces and hyphens between at most."""
    gaps = part.parts[2 * place + 2 : 2 * (place + size) : 2]
    if place + size > len(part.words) or (gaps.count(" ") < size - 1 and not all(map(_joins, gaps))):
        return []
    start, after = part.starts[place], place + size
    end = part.starts[after - 1] + len(part.words[after - 1])
    return [Found(start, end, phrase, place, after) for phrase in phrases]


def _joins(gap: str) -> bool:
    return len(gap) <= _WIDEST_GAP and _JOINTS.issuperset(gap)


def _is_written(item: Found, part: FieldText) -> bool:
    """Whether an acronym stands there in capitals."""
    return part.text[item.start : item.end] == item.phrase.capitals


def _key_of(rule: Rule) -> str:
    return " ".join(normalise(rule.value).split())


def _is_acronym(written: str) -> bool:
    """LED, PPE, POPs: two capitals at least."""
    return written.isascii() and written.isalpha() and len(written) <= 6 and sum(map(str.isupper, written)) > 1


def _phrase_of(number: int, written: str, group: Sequence[Rule]) -> Phrase:
    targets = tuple([Target(rule.industry, rule.id, rule.value, rule.lang, rule.weight, rule.kind) for rule in group])
    parts = max(1, len(TOKEN.findall(written.lower())))
    capitals = written if _is_acronym(written) else ""
    return Phrase(number, len(written), parts, CJK.search(written) is not None, capitals, targets)


def _spellings(written: str, group: Sequence[Rule]) -> set[tuple[str, ...]]:
    """The token sequences under which a phrase is met: singular, plural, with and without accents."""
    tokens = TOKEN.findall(written.replace("’", "'").lower())
    if not tokens:
        return set()
    if _is_acronym(written):
        return {tuple(tokens)}
    found: set[tuple[str, ...]] = set()
    for lang in sorted({rule.lang for rule in group if rule.lang in LATIN} or {"en"}):
        # English puts only the last word in the plural; Spanish and French every one of them.
        choices = [
            sorted(forms_of(token, lang)) if lang != "en" or place == len(tokens) - 1 else [token]
            for place, token in enumerate(tokens)
        ]
        size = 1
        for choice in choices:
            size *= len(choice)
        found.update(product(*choices) if size <= _MAX_SPELLINGS else [tuple(tokens)])
    if written.isascii():
        return found
    bare = {tuple([fold(token) for token in spelling]) for spelling in found}
    # "thé" without its accent is "the": such a word is met only as written.
    return found | {spelling for spelling in bare if not (len(spelling) == 1 and spelling[0] in ALL_STOPWORDS)}


def _without_contained(found: Sequence[Spoken]) -> list[Spoken]:
    """Only what lies inside no longer word: "glass fibre" is no glass, "food processor" no food."""
    kept: list[Spoken] = []
    last = reach = -1
    for each in sorted(found, key=_by_place):
        start, end = each[0].start, each[0].end
        if end > reach or (start, end) == (last, reach):
            kept.append(each)
            last, reach = start, end
    return kept


def _by_place(spoken: Spoken) -> tuple[int, int]:
    return spoken[0].start, -spoken[0].end


def _settle_overlaps(found: Sequence[Found]) -> list[Found]:
    """Chinese has no spaces: of two words that share characters the longer is meant, else the later (其中|药品)."""
    kept: list[Found] = []
    for item in sorted(found, key=lambda each: (each.start, each.end)):
        while kept and kept[-1].start < item.start < kept[-1].end < item.end:
            if item.end - item.start < kept[-1].end - kept[-1].start:
                break
            kept.pop()
        else:
            kept.append(item)
    return kept
