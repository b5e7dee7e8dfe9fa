"""Reading the text of a notice: tokens with their places, the languages of a field, sentences, plural forms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate

from classifier.contract import NoticeText

FIELDS = ("title", "products", "description", "document")
LATIN = ("en", "es", "fr")

# Only words that no two of the three languages share (no de, la, en, que).
STOPWORDS = {
    "en": frozenset("the of and for to in on is are with by or this from which shall be as at its that not".split()),
    "es": frozenset("el los las del y para por con se una su al lo como o sobre según este esta".split()),
    "fr": frozenset("le les des du et pour dans par une sur est aux au ou d ce cette avec être sont".split()),
}
# word -> a letter for each of its languages (n, s, r): counting these in one string is quicker than words one by one.
_LETTERS = {
    word: "".join(lang[1] for lang in LATIN if word in STOPWORDS[lang])
    for words in STOPWORDS.values()
    for word in words
}
ALL_STOPWORDS = frozenset(_LETTERS)

TOKEN = re.compile(r"[a-z0-9à-öø-ɏ]+")
_PARTS = re.compile(f"({TOKEN.pattern})")
CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_CHINESE_RUN = re.compile(CJK.pattern + "+")
_NOISE = re.compile(r"_x000D_|https?://[^\s一-鿿]+|<[^<>]{1,200}>")
_SENTENCE_MARKS = re.compile(r"[。！？!?;；\n.]")
MOST_TEXT = 20_000  # characters read of a field: a longer one is a whole law, and says what it is about at the start
_MAX_SNIPPET = 240  # characters of a sentence shown around the words


def _one_letter_table() -> dict[int, str]:
    """Full-width forms to ASCII, and İ (whose lower case is two characters): every entry keeps the text's length."""
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    return {**table, 0x3000: " ", 0x0130: "I", 0x2019: "'", 0x2011: "-", 0x00A0: " ", 0x202F: " "}


_ONE_LETTER = _one_letter_table()
_WIDE = re.compile("[" + "".join(map(chr, _ONE_LETTER)) + "]")
_ACCENTS = {
    code: unicodedata.normalize("NFD", chr(code))[0]
    for code in range(0xE0, 0x250)
    if unicodedata.normalize("NFD", chr(code))[0].isascii()
}


def fold(word: str) -> str:
    """Lower case, accents dropped; the same number of characters."""
    return word.lower() if word.isascii() else word.translate(_ONE_LETTER).lower().translate(_ACCENTS)


def normalise(text: str) -> str:
    """Composed characters; markup, line-feed marks and links blanked with spaces so that places stay true."""
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    if "<" not in text and "://" not in text and "_x000D_" not in text:
        return text
    return _NOISE.sub(lambda found: " " * len(found.group()), text)


Split = tuple[str, list[str], list[str], list[str]]  # lowered, parts, words, runs


class FieldText:
    """One field of a notice: `text` for people, `lowered` for matching (same length), and its likely languages.

    `parts` are all of `lowered` in turn: what stands before a word, the word, ... and what stands after the last one.
    `words` are of Latin letters and digits (`is_plain`: without accents), `runs` of Chinese characters. No `languages`:
    words of any count.
    """

    __slots__ = (
        "_sentence_ends",
        "_starts",
        "is_plain",
        "languages",
        "lowered",
        "name",
        "parts",
        "runs",
        "text",
        "words",
    )

    def __init__(self, name: str, text: str, split: Split, languages: frozenset[str]) -> None:
        self.name, self.text, self.languages = name, text, languages
        self.lowered, self.parts, self.words, self.runs = split
        self.is_plain = text.isascii() or "".join(self.words).isascii()
        self._starts: list[int] | None = None
        self._sentence_ends: list[int] | None = None

    @property
    def has_cjk(self) -> bool:
        """Whether there is a Chinese character."""
        return bool(self.runs)

    @property
    def starts(self) -> list[int]:
        """Where each word starts, ascending."""
        if self._starts is None:
            self._starts = list(accumulate(map(len, self.parts)))[:-1:2]
        return self._starts

    @property
    def sentence_ends(self) -> list[int]:
        """Where sentences end, ascending; the last is the end of the text."""
        if self._sentence_ends is None:
            self._sentence_ends = [*ends_of(_SENTENCE_MARKS, self.lowered), len(self.text)]
        return self._sentence_ends

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


def ends_of(marks: re.Pattern[str], text: str) -> list[int]:
    """The places after each of these marks, of one character; a full stop is one only before a space or at the end."""
    size = len(text)
    return [
        end
        for found in marks.finditer(text)
        if (end := found.end()) and (found[0] != "." or end == size or text[end].isspace())
    ]


def matches_at(pattern: re.Pattern[str], text: str, part: FieldText, words: frozenset[str]) -> list[re.Match[str]]:
    """What `pattern.finditer(text)` gives if each match begins with one of `words`: it is asked only where they stand.

    `text` is the field's own or its lowered one.
    """
    found, done = [], 0
    for place in [place for place, word in enumerate(part.words) if word in words]:
        start = part.starts[place]
        if start >= done and (match := pattern.match(text, start)):
            done = match.end()
            found.append(match)
    return found


def read_fields(notice: NoticeText) -> tuple[FieldText, ...]:
    """The non-empty fields in fixed order, each with the languages its words may be taken from."""
    raw = [(name, text) for name in FIELDS if (text := getattr(notice, name)) and not text.isspace()]
    texts = [(name, text) for name, each in raw if (text := normalise(each[:MOST_TEXT])) and not text.isspace()]
    split = [_split(text) for _, text in texts]
    counts = [_count_languages(words, runs) for _, _, words, runs in split]
    likely = [_likely(count) for count in counts]
    whole: frozenset[str] = frozenset()
    if not all(likely):
        whole = _likely(_sum(counts)) or (frozenset({notice.lang}) if notice.lang else frozenset())
    return tuple(
        [
            FieldText(name, text, said, own or whole)
            for (name, text), said, own in zip(texts, split, likely, strict=True)
        ]
    )


def guess_language(text: str) -> str:
    """zh, en, es or fr by its commonest small words; "" when nothing tells."""
    _, _, words, runs = _split(normalise(text))
    counts = _count_languages(words, runs)
    best = max(counts, key=lambda lang: (counts[lang], lang), default="")
    return best if best and counts[best] else ""


def _split(text: str) -> Split:
    """`lowered`, `parts`, `words` and `runs` of a FieldText."""
    if text.isascii():
        lowered = text.lower()
        parts = _PARTS.split(lowered)
        return lowered, parts, parts[1::2], []
    for letter in set(_WIDE.findall(text)):
        text = text.replace(letter, _ONE_LETTER[ord(letter)])
    lowered = text.lower()
    parts = _PARTS.split(lowered)
    return lowered, parts, parts[1::2], _CHINESE_RUN.findall(lowered)


def _count_languages(words: Iterable[str], runs: Iterable[str]) -> dict[str, int]:
    met = "".join([_LETTERS[word] for word in words if word in _LETTERS])
    # Two Chinese characters weigh what one small word of another language does.
    return {**{lang: met.count(lang[1]) for lang in LATIN}, "zh": sum(map(len, runs)) // 2}


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for count in counts:
        for lang, number in count.items():
            total[lang] = total.get(lang, 0) + number
    return total


def _likely(counts: dict[str, int]) -> frozenset[str]:
    """Every language with at least a sixth of the evidence: titles often come in two languages at once."""
    total = sum(counts.values())
    return frozenset([lang for lang, number in counts.items() if number and number * 6 >= total])


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
