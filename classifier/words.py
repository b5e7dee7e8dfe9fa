"""The voice of the words: the mapping's words, phrases and exclusions, found in one pass per field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise, product

from classifier.contract import Rule
from classifier.text import ALL_STOPWORDS, CJK, LATIN, TOKEN, FieldText, fold, forms_of, normalise
from classifier.weighing import Found, Phrase, Target, WordHit, speaks, weigh

WORD_KINDS = ("word", "umbrella", "exclusion")
_JOINTS = frozenset(" -'’/.®™\t")  # what may stand between the words of a phrase
_WIDEST_GAP = 3  # characters between two words of a phrase
_MAX_SPELLINGS = 64  # singular and plural spellings of one phrase


class WordIndex:
    """The word rules of one mapping: Latin phrases by their words, Chinese ones by their opening; built once."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._latin: dict[str, tuple[Phrase, ...]] = {}  # words with one space between
        self._lengths: dict[str, tuple[int, ...]] = {}  # first word -> how many words its phrases have, ascending
        self._chinese: dict[str, list[tuple[str, Phrase]]] = {}
        grouped: dict[str, list[Rule]] = {}
        for rule in sorted((r for r in rules if r.kind in WORD_KINDS), key=lambda r: (r.value, r.id)):
            grouped.setdefault(_key_of(rule), []).append(rule)
        for written, group in grouped.items():
            if CJK.search(written):
                lowered = written.lower()
                self._chinese.setdefault(lowered[:2], []).append((lowered, _phrase_of(written, group)))
            else:
                self._plant(_phrase_of(written, group), _spellings(written, group))
        for table in self._chinese.values():
            table.sort(key=lambda entry: (-len(entry[0]), entry[0]))

    def _plant(self, phrase: Phrase, spellings: Iterable[tuple[str, ...]]) -> None:
        for spelling in spellings:
            words, size = " ".join(spelling), len(spelling)
            self._latin[words] = (*self._latin.get(words, ()), phrase)
            known = self._lengths.get(spelling[0], ())
            if size not in known:
                self._lengths[spelling[0]] = tuple(sorted((*known, size)))

    def hits(self, part: FieldText) -> list[WordHit]:
        """Every word of the rules in `part` that counts, by place; the longest phrase at a place wins."""
        found = self._latin_found(part)
        if part.has_cjk:
            found += _settle_overlaps(self._chinese_found(part))
        if not found:
            return []
        found = [item for item in found if any(speaks(target, part) for target in item.phrase.targets)]
        return weigh(_without_contained(found), _barred(found, part), part)

    def _latin_found(self, part: FieldText) -> list[Found]:
        found, tokens = [], part.tokens
        for place, (token, start, _) in enumerate(tokens):
            lengths = self._lengths.get(token) or (None if token.isascii() else self._lengths.get(fold(token)))
            if lengths is None:
                continue
            for size in lengths:
                words = token if size == 1 else " ".join([word for word, _, _ in tokens[place : place + size]])
                phrases = self._latin.get(words) or (() if words.isascii() else self._latin.get(fold(words), ()))
                if not phrases or not _adjoin(part, place, size):
                    continue
                end = tokens[place + size - 1][2]
                found += [
                    Found(start, end, phrase)
                    for phrase in phrases
                    if not phrase.capitals or part.text[start:end] == phrase.capitals
                ]
        return found

    def _chinese_found(self, part: FieldText) -> list[Found]:
        text, table, found = part.lowered, self._chinese, []
        for start in range(len(text)):
            for opening in (text[start : start + 2], text[start]):
                for written, phrase in table.get(opening, ()):
                    if text.startswith(written, start):
                        found.append(Found(start, start + len(written), phrase))
        return found


def _adjoin(part: FieldText, place: int, size: int) -> bool:
    """Whether so many words from `place` on stand together, with nothing but spaces and hyphens between."""
    run = part.tokens[place : place + size]
    return len(run) == size and all(
        right - left <= _WIDEST_GAP and _JOINTS.issuperset(part.lowered[left:right])
        for (_, _, left), (_, right, _) in pairwise(run)
    )


def _key_of(rule: Rule) -> str:
    return " ".join(normalise(rule.value).split())


def _is_acronym(written: str) -> bool:
    """LED, PPE, POPs: two capitals at least."""
    return written.isascii() and written.isalpha() and len(written) <= 6 and sum(map(str.isupper, written)) > 1


def _phrase_of(written: str, group: Sequence[Rule]) -> Phrase:
    targets = tuple([Target(rule.industry, rule.id, rule.value, rule.lang, rule.weight, rule.kind) for rule in group])
    parts = max(1, len(TOKEN.findall(written.lower())))
    capitals = written if _is_acronym(written) else ""
    return Phrase(len(written), parts, CJK.search(written) is not None, capitals, targets)


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


def _barred(found: Sequence[Found], part: FieldText) -> list[tuple[int, int, str]]:
    """The places at which an industry's words must not count, from the exclusions found."""
    return [
        (item.start, item.end, target.industry)
        for item in found
        for target in item.phrase.targets
        if target.is_exclusion and speaks(target, part)
    ]


def _without_contained(found: Sequence[Found]) -> list[Found]:
    """Only what lies inside no longer word: "glass fibre" is no glass, "food processor" no food."""
    words = [item for item in found if not all(target.is_exclusion for target in item.phrase.targets)]
    ordered = sorted(words, key=lambda item: (item.start, -item.end))
    kept: list[Found] = []
    reach = -1
    for item in ordered:
        if item.end > reach or (kept and (item.start, item.end) == (kept[-1].start, kept[-1].end)):
            kept.append(item)
            reach = max(reach, item.end)
    return kept


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
