"""Reading the text of a notice: tokens with their places, the languages of a field, sentences, plural forms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from classifier.contract import NoticeText

FIELDS = ("title", "products", "description", "document")
LATIN = ("en", "es", "fr")

# Only words that no two of the three languages share (no de, la, en, que).
STOPWORDS = {
    "en": frozenset("the of and for to in on is are with by or this from which shall be as at its that not".split()),
    "es": frozenset("el los las del y para por con se una su al lo como o sobre según este esta".split()),
    "fr": frozenset("le les des du et pour dans par une sur est aux au ou d ce cette avec être sont".split()),
}
_STOPWORD_LANGUAGES = {
    word: tuple(lang for lang in LATIN if word in STOPWORDS[lang]) for words in STOPWORDS.values() for word in words
}
ALL_STOPWORDS = frozenset(_STOPWORD_LANGUAGES)

TOKEN = re.compile(r"[a-z0-9à-öø-ɏ]+")
CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_NOISE = re.compile(r"_x000D_|https?://[^\s一-鿿]+|<[^<>]{1,200}>")
_SENTENCE_END = re.compile(r"[。！？!?;；\n]|[.](?=\s|$)")
MOST_TEXT = 20_000  # characters read of a field: a longer one is a whole law, and says what it is about at the start
_MAX_SNIPPET = 240  # characters of a sentence shown around the words


def _one_letter_table() -> dict[int, str]:
    """Full-width forms to ASCII, and İ (whose lower case is two characters): every entry keeps the text's length."""
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    return {**table, 0x3000: " ", 0x0130: "I", 0x2019: "'", 0x2011: "-", 0x00A0: " ", 0x202F: " "}


_ONE_LETTER = _one_letter_table()
_ACCENTS = {
    code: unicodedata.normalize("NFD", chr(code))[0]
    for code in range(0xE0, 0x250)
    if unicodedata.normalize("NFD", chr(code))[0].isascii()
}


def fold(word: str) -> str:
    """Lower case, accents dropped; the same number of characters."""
    return word.translate(_ONE_LETTER).lower().translate(_ACCENTS)


def normalise(text: str) -> str:
    """Composed characters; markup, line-feed marks and links blanked with spaces so that places stay true."""
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return _NOISE.sub(lambda found: " " * len(found.group()), text)


@dataclass(frozen=True)
class FieldText:
    """One field of a notice: `text` for people, `lowered` for matching (same length), and its likely languages."""

    name: str
    text: str
    lowered: str
    tokens: tuple[tuple[str, int, int], ...]
    has_cjk: bool
    languages: frozenset[str]  # empty: unknown, words of any language count

    @cached_property
    def sentence_ends(self) -> tuple[int, ...]:
        """Where sentences end, ascending; the last is the end of the text."""
        return (*(found.end() for found in _SENTENCE_END.finditer(self.lowered)), len(self.text))

    def sentence_at(self, start: int, end: int) -> tuple[int, int]:
        """The [start, end) of the sentence around a place, at most some 240 characters of it."""
        left = max((stop for stop in self.sentence_ends if stop <= start), default=0)
        right = min((stop for stop in self.sentence_ends if stop >= end), default=len(self.text))
        if left < start - _MAX_SNIPPET // 2:
            left = self._word_edge(start - _MAX_SNIPPET // 2, start)
        if right > max(end, left + _MAX_SNIPPET):
            right = self._word_edge(max(end, left + _MAX_SNIPPET), right)
        while left < start and self.text[left].isspace():
            left += 1
        return left, right

    def _word_edge(self, place: int, last: int) -> int:
        """The next place from `place` on at which no Latin word is cut, `last` at the latest; Chinese has no edges."""
        while place < last and self.text[place - 1].isalnum() and self.text[place].isalnum():
            if CJK.match(self.text[place]):
                break
            place += 1
        return place


def read_fields(notice: NoticeText) -> tuple[FieldText, ...]:
    """The non-empty fields in fixed order, each with the languages its words may be taken from."""
    raw = [(name, normalise(getattr(notice, name)[:MOST_TEXT])) for name in FIELDS]
    parts = [(name, text, _tokens_of(text)) for name, text in raw if text.strip()]
    counts = [_count_languages(text, lowered, tokens) for _, text, (lowered, tokens) in parts]
    whole = _likely(_sum(counts)) or (frozenset({notice.lang}) if notice.lang else frozenset())
    return tuple(
        FieldText(name, text, lowered, tokens, CJK.search(text) is not None, _likely(count) or whole)
        for (name, text, (lowered, tokens)), count in zip(parts, counts, strict=True)
    )


def guess_language(text: str) -> str:
    """zh, en, es or fr by its commonest small words; "" when nothing tells."""
    text = normalise(text)
    lowered, tokens = _tokens_of(text)
    counts = _count_languages(text, lowered, tokens)
    best = max(counts, key=lambda lang: (counts[lang], lang), default="")
    return best if best and counts[best] else ""


def _tokens_of(text: str) -> tuple[str, tuple[tuple[str, int, int], ...]]:
    lowered = text.translate(_ONE_LETTER).lower()
    return lowered, tuple([(found[0], *found.span()) for found in TOKEN.finditer(lowered)])


def _count_languages(text: str, lowered: str, tokens: Iterable[tuple[str, int, int]]) -> dict[str, int]:
    counts = dict.fromkeys(LATIN, 0)
    for token, _, _ in tokens:
        if token in _STOPWORD_LANGUAGES:
            for lang in _STOPWORD_LANGUAGES[token]:
                counts[lang] += 1
    # Two Chinese characters weigh what one small word of another language does.
    return {**counts, "zh": 0 if text.isascii() else len(CJK.findall(lowered)) // 2}


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for count in counts:
        for lang, number in count.items():
            total[lang] = total.get(lang, 0) + number
    return total


def _likely(counts: dict[str, int]) -> frozenset[str]:
    """Every language with at least a sixth of the evidence: titles often come in two languages at once."""
    total = sum(counts.values())
    return frozenset(lang for lang, number in counts.items() if number and number * 6 >= total)


@lru_cache(maxsize=8192)
def forms_of(token: str, lang: str) -> frozenset[str]:
    """The singular and plural spellings of one token of a rule; never shorter than three letters."""
    if len(token) < 3 or not token.isalpha() or lang == "zh":
        return frozenset({token})
    singulars = _singulars(token, lang)
    return frozenset({token, *singulars, *(plural for base in singulars for plural in _plurals(base, lang))})


def _singulars(token: str, lang: str) -> set[str]:
    """What `token` may be the plural of; itself when it looks singular."""
    if lang == "en":
        if token in _IRREGULAR_EN:
            return {token, _IRREGULAR_EN[token]}
        if token.endswith("ies") and len(token) > 4:
            return {token[:-3] + "y"}
        if token.endswith(("sses", "shes", "ches", "xes", "zes")):
            return {token[:-2]}
        plural = token.endswith("s") and not token.endswith(("ss", "us", "is")) and len(token) > 3
        return {token[:-1]} if plural else {token}
    if token.endswith("ces") and lang == "es":
        return {token[:-3] + "z"}
    if token.endswith("aux") and lang == "fr":
        return {token[:-2] + "l", token[:-1]}
    if token.endswith("es") and lang == "es" and len(token) > 4 and token[-3] not in "aeiouáéíóú":
        return {token[:-2], token[:-1]}
    return {token[:-1]} if token.endswith("s") and not token.endswith("ss") and len(token) > 3 else {token}


def _plurals(base: str, lang: str) -> set[str]:
    if lang == "en":
        if base in _PLURAL_EN:
            return {_PLURAL_EN[base]}
        if base.endswith(("s", "x", "z", "ch", "sh")):
            return {base + "es"}
        return {base[:-1] + "ies"} if base.endswith("y") and base[-2] not in "aeiou" else {base + "s"}
    if lang == "es":
        if base.endswith("z"):
            return {base[:-1] + "ces"}
        return {base + "s"} if base[-1] in "aeiouáéíóú" else {base + "es"}
    if base.endswith("al"):
        return {base[:-1] + "ux", base + "s"}
    return {base + "x"} if base.endswith(("eau", "eu", "ou")) else {base + "s"}


_PLURAL_EN = {
    "knife": "knives",
    "leaf": "leaves",
    "shelf": "shelves",
    "foot": "feet",
    "child": "children",
    "man": "men",
    "woman": "women",
    "tooth": "teeth",
    "mouse": "mice",
    "goose": "geese",
    "loaf": "loaves",
    "half": "halves",
    "scarf": "scarves",
    "fungus": "fungi",
    "cactus": "cacti",
    "potato": "potatoes",
    "tomato": "tomatoes",
    "mango": "mangoes",
    "ox": "oxen",
}
_IRREGULAR_EN = {plural: base for base, plural in _PLURAL_EN.items()}
