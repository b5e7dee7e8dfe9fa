"""The voice of the words: the mapping's words, phrases and exclusions, found in one pass per field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from classifier.contract import Rule
from classifier.text import ALL_STOPWORDS, CJK, LATIN, TOKEN, FieldText, fold, forms_of, normalise
from classifier.weighing import Found, Phrase, Target, WordHit, speaks, weigh

_JOINTS = frozenset(" -'’/.®™\t")  # what may stand between the words of a phrase
_WIDEST_GAP = 3  # characters between two words of a phrase
_MAX_SPELLINGS = 64  # singular and plural spellings of one phrase


class _Node:
    """A place in the trie of Latin phrases: the tokens that may follow, and the phrases that end here."""

    __slots__ = ("following", "phrases")

    def __init__(self) -> None:
        self.following: dict[str, _Node] = {}
        self.phrases: tuple[Phrase, ...] = ()

    def step(self, token: str) -> _Node | None:
        """The next place for `token`, as written or without its accents."""
        found = self.following.get(token)
        return found if found is not None or token.isascii() else self.following.get(fold(token))


class WordIndex:
    """The word rules of one mapping: a trie of Latin words and a table of Chinese openings, built once."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._root = _Node()
        self._chinese: dict[str, list[tuple[str, Phrase]]] = {}
        grouped: dict[str, list[Rule]] = {}
        for rule in sorted((r for r in rules if r.kind in ("word", "exclusion")), key=lambda r: (r.value, r.id)):
            grouped.setdefault(_key_of(rule), []).append(rule)
        latin: dict[tuple[str, ...], list[Phrase]] = {}
        for written, group in grouped.items():
            phrase = _phrase_of(written, group)
            if CJK.search(written):
                lowered = written.lower()
                self._chinese.setdefault(lowered[:2], []).append((lowered, phrase))
            else:
                for spelling in _spellings(written, group):
                    latin.setdefault(spelling, []).append(phrase)
        for table in self._chinese.values():
            table.sort(key=lambda entry: (-len(entry[0]), entry[0]))
        for spelling, phrases in latin.items():
            self._plant(spelling, phrases)

    def _plant(self, spelling: tuple[str, ...], phrases: list[Phrase]) -> None:
        node = self._root
        for token in spelling:
            node = node.following.setdefault(token, _Node())
        node.phrases = tuple(phrases)

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
        found = []
        for place, (token, start, end) in enumerate(part.tokens):
            node = self._root.step(token)
            following = place
            while node is not None:
                for phrase in node.phrases:
                    if not phrase.capitals or part.text[start:end] == phrase.capitals:
                        found.append(Found(start, end, phrase))
                following += 1
                if not node.following or following == len(part.tokens):
                    break
                token, left, right = part.tokens[following]
                if left - end > _WIDEST_GAP or not _JOINTS.issuperset(part.lowered[end:left]):
                    break
                node, end = node.step(token), right
        return found

    def _chinese_found(self, part: FieldText) -> list[Found]:
        text, table, found = part.lowered, self._chinese, []
        for start in range(len(text)):
            for opening in (text[start : start + 2], text[start]):
                for written, phrase in table.get(opening, ()):
                    if text.startswith(written, start):
                        found.append(Found(start, start + len(written), phrase))
        return found


def _key_of(rule: Rule) -> str:
    return " ".join(normalise(rule.value).split())


def _is_acronym(written: str) -> bool:
    return written.isascii() and written.isupper() and len(written) <= 6 and written.isalpha()


def _phrase_of(written: str, group: Sequence[Rule]) -> Phrase:
    targets = tuple(
        Target(rule.industry, rule.id, rule.value, rule.lang, rule.weight, rule.kind == "exclusion") for rule in group
    )
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
    bare = {tuple(fold(token) for token in spelling) for spelling in found}
    # "thé" without its accent is "the": such a word is met only as written.
    return found | {spelling for spelling in bare if not (len(spelling) == 1 and spelling[0] in ALL_STOPWORDS)}


def _barred(found: Sequence[Found], part: FieldText) -> list[tuple[int, int, str]]:
    """The places at which an industry's words must not count, from the exclusions found."""
    return [
        (item.start, item.end, target.industry)
        for item in found
        for target in item.phrase.targets
        if target.exclusion and speaks(target, part)
    ]


def _without_contained(found: Sequence[Found]) -> list[Found]:
    """Only what lies inside no longer word: "glass fibre" is no glass, "food processor" no food."""
    words = [item for item in found if not all(target.exclusion for target in item.phrase.targets)]
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
