"""What readers of notifications share: titles and bodies, language, links, members, and what a reading gives back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from crawlers.errors import BadRecord
from crawlers.items import Link, NoticeItem
from crawlers.markup import one_line
from crawlers.members import member_code
from crawlers.symbols import Symbol

PARSER_VERSION = "1"  # raised when a reader gives other items for the same bytes; kept with each raw answer
LONGEST_TITLE = 300  # characters; median 99, a bilingual one reaches 500 but then it has a description beside it


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth an operator's look that stopped nothing."""

    kind: str
    record: str
    message: str


@dataclass(slots=True)
class Reading:
    """What one answer or one run of rows held: the items, the records that could not be read, and notes."""

    items: list[NoticeItem] = field(default_factory=list)
    bad: list[BadRecord] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    rows: int = 0
    total: int | None = None  # how many records the source says there are in all
    page_size: int | None = None  # how many records the source puts on a page

    def add(self, other: Reading) -> None:
        """Take over what `other` read; a note of one kind on one record is kept once."""
        self.items += other.items
        self.bad += other.bad
        self.notes = list(dict.fromkeys(self.notes + other.notes))
        self.rows += other.rows


FUTURE = timedelta(days=7)  # a day or two is a matter of time zones, a week is a typing error


def without_future(reading: Reading, today: date) -> Reading:
    """`reading` without the records dated in the future, which become bad ones: they would stand on top for years."""
    late = [item for item in reading.items if item.published_on and item.published_on > today + FUTURE]
    for item in late:
        name = item.symbols[0] if item.symbols else item.source_key
        reading.bad.append(BadRecord(name, f"dated {item.published_on}, which lies in the future"))
    if late:
        reading.items = [item for item in reading.items if item not in late]
    return reading


_LABEL = re.compile(r"^(?:TITLE|Title|Título|TÍTULO|Titre|TITRE|标题)\s*[:：]\s*")
# Exports drop line breaks, so a title runs into its body: "Rules for tea from JapanKorea hereby advises".
_GLUED = re.compile(
    r"(?<=[a-záéíóúñüç)\]”\"’.])(?=(?:The|This|These|It|By|In|Pursuant|On|Comments?|Por|El|La|Le|Les)\s"
    r"|[A-ZÁÉÍÓÚÑ][\w'áéíóúñü]+(?:\s[\w'áéíóúñü]+){0,4}\shereby\b)"
)
_SENTENCE_END = re.compile(r"(?<=[a-záéíóúñ)\]”\"]{2}\.)\s+(?=[A-ZÁÉÍÓÚÑ])")
_GLUED_URL = re.compile(r"(?<=[a-z\d.;)])(?=https?://)")
# The addendum form's own footnote, printed where nothing was filled in.
_FOOTNOTE = re.compile(r"-?\s*_{5,}\s*\d?\s*(?:This information can be provided by including a website.*)?", re.DOTALL)


def split_title(title: str, description: str) -> tuple[str, str]:
    """(title, description) as a reader expects them, from plain texts.

    An addendum may carry its whole body in `title`, with no description or the same text again: the first line
    (or what stands before the body it is glued to) is the title, the rest the description.
    """
    title, description = _tidied(title), _tidied(description)
    if description and description != title:
        head = one_line(title)
        return head, _without_repeat(head, description)
    lines = [line for line in title.splitlines() if line.strip()]
    if len(lines) > 1 and len(lines[0]) < LONGEST_TITLE * 2 and not _is_wrapped(lines):
        return _LABEL.sub("", one_line(lines[0])), "\n".join(lines[1:])
    whole = one_line(_LABEL.sub("", title))
    if description or len(whole) > LONGEST_TITLE:
        return _split_line(whole)
    return whole, ""


def _tidied(text: str) -> str:
    if "_____" in text:
        text = _FOOTNOTE.sub("", text)
    return (_GLUED_URL.sub(" ", text) if "http" in text else text).strip()


def _is_wrapped(lines: list[str]) -> bool:
    """A short title broken by its typist: the line breaks mean nothing."""
    return sum(map(len, lines)) < LONGEST_TITLE and not any(
        ":" in line or line.rstrip().endswith(".") for line in lines
    )


def _split_line(whole: str) -> tuple[str, str]:
    if glue := _GLUED.search(whole, 20):
        return whole[: glue.start()].strip(), whole[glue.start() :].strip()
    if len(whole) <= LONGEST_TITLE:
        return whole, ""
    if (end := _SENTENCE_END.search(whole, 20)) and end.start() <= LONGEST_TITLE:
        return whole[: end.start()].strip(), whole[end.end() :].strip()
    return whole[:LONGEST_TITLE].rsplit(" ", 1)[0] + "…", whole


_PAGES = re.compile(r"\s*\((?:[\d+ ]+(?:pages?|páginas?|page\(s\))|available in|in [A-Z])[^()]*\)\s*$", re.IGNORECASE)


def _without_repeat(title: str, description: str) -> str:
    """`description` without the title it was glued to ("Kettles Order, 2026Kettles are...")."""
    if description[:12] != title[:12]:  # most: nothing is repeated
        return description
    for repeated in (title, _PAGES.sub("", title)):
        rest = description[len(repeated) :]
        if repeated and description.startswith(repeated) and rest[:1].isupper():
            return rest.strip()
    return description


_WORDS = {
    "en": frozenset("the of and for to in on is are this that with which by from shall be has".split()),
    "es": frozenset("el la los las de del para por que con en una se al como y establece requisitos".split()),
    "fr": frozenset("le la les des du pour par que avec dans une et au aux sur est ce cette relatif projet".split()),
    "": frozenset("o os as do da dos das em não uma pelo na no e com".split()),  # Portuguese: known, not served
}
_WORD = re.compile(r"[a-zà-ÿ]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
# ASCII to words in lower case with spaces between.
_LETTERS = bytes(ord(chr(n).lower()) if chr(n).isascii() and chr(n).isalpha() else 32 for n in range(256))
_BITS = 10  # a thousand characters hold at most 500 words
# word -> its languages' counters, side by side in one number: one sum counts for all languages at once.
_COUNTED = {
    word: sum(1 << (_BITS * place) for place, known in enumerate(_WORDS.values()) if word in known)
    for word in frozenset().union(*_WORDS.values())
}
_COUNTED_ASCII = {word.encode(): counted for word, counted in _COUNTED.items() if word.isascii()}
_FIRST = (1 << _BITS) - 1
_LANGUAGES = tuple(_WORDS)


def language_of(text: str) -> str:
    """en | es | fr | zh, or "" when the text is too short to tell or in another language."""
    sample = text[:1000]
    if sample.isascii():
        counted = sum(filter(None, map(_COUNTED_ASCII.get, sample.encode().translate(_LETTERS).split())))
    else:
        sample = sample.lower()
        if len(_HAN.findall(sample)) * 4 > len(sample.strip()):
            return "zh"
        counted = sum(filter(None, map(_COUNTED.get, _WORD.findall(sample))))
    scores = [counted & _FIRST, counted >> _BITS & _FIRST, counted >> 2 * _BITS & _FIRST, counted >> 3 * _BITS]
    best = max(scores)
    return _LANGUAGES[scores.index(best)] if best >= 2 else ""


_URL = re.compile(r"https?://[^\s,;<>\"'，；]+")
_FILE_LANG = re.compile(r"_([efs])\.\w{3,4}$", re.IGNORECASE)  # members.wto.org names: x is another language
_DOCUMENT_LANG = re.compile(r"DDFDocuments/([tuv])/", re.IGNORECASE)
_LANGS = {"e": "en", "f": "fr", "s": "es", "t": "en", "u": "fr", "v": "es"}


def links_in(text: str, rel: str) -> list[Link]:
    """The addresses in `text` (joined by commas, newlines or prose), with the language their file name gives."""
    return [Link(rel, _lang_of(url), url) for url in (u.rstrip(".)") for u in _URL.findall(text))]


def _lang_of(url: str) -> str:
    found = _FILE_LANG.search(url) or _DOCUMENT_LANG.search(url)
    return _LANGS[found[1].lower()] if found else ""


def distinct_links(links: Iterable[Link]) -> tuple[Link, ...]:
    """Each address once, the first mention kept."""
    kept: dict[str, Link] = {}
    for link in links:
        kept.setdefault(link.url, link)
    return tuple(kept.values())


def members_of(name: str, symbols: tuple[Symbol, ...]) -> tuple[str, tuple[str, ...], list[Note]]:
    """(issuer, all co-notifying members, notes) of a record by `name` with these symbols.

    An unknown name, or one that does not fit the symbols, is noted, and the symbol's own code is used.
    Raises BadRecord when neither name nor symbol gives a member.
    """
    printed = tuple(dict.fromkeys(symbol.code for symbol in symbols if symbol.code))
    code = member_code(name) if name else None
    if code and (code in printed or not printed):
        return code, printed or (code,), []
    record = str(symbols[0])
    if not printed:
        raise BadRecord(record, f"the notifying member '{name}' is not in data/countries.csv and the symbol names none")
    kind = "unknown_member" if code is None else "member_mismatch"
    return (
        printed[0],
        printed,
        [
            Note(
                kind,
                record,
                f"notifying member '{name}' does not give the code {printed[0]} "
                "of the symbol: add the name to data/countries.csv",
            )
        ],
    )
