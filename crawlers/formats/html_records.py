"""HTML pages into records: one card each, what is wanted named by CSS."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from parsel import Selector

from crawlers.declaration_parts import Format
from crawlers.errors import TruncatedAnswer, WrongFormat
from crawlers.formats import Found, Record
from crawlers.formats.texts import decoded, page_encoding, refuse_empty


def read(body: bytes, form: Format) -> Found:
    """The cards at `form.root` (the whole page when it is empty) with the fields of `form.take`."""
    page = whole_page(body, form.encoding)
    whole = taken(page, form.page_take)
    cards = page.css(form.root) if form.root else [page]
    above = headings(page, cards, form.before)
    found = Found([{**taken(card, form.take), **over, "page": whole} for card, over in zip(cards, above, strict=True)])
    if form.total:
        digits = "".join(c for c in " ".join(page.css(form.total).getall()) if c.isdigit())
        found.total = int(digits) if digits else None
    found.next_url = (page.css(form.next).get() or "") if form.next else ""
    return found


def whole_page(body: bytes, encoding: str = "utf-8") -> Selector:
    """The page in `body`. One that lacks its closing tag is cut: these sources all write it.

    Raises EmptyAnswer, WrongCharset, WrongFormat, TruncatedAnswer.
    """
    refuse_empty(body)
    text = decoded(body, page_encoding(body, encoding))
    if "<" not in text:
        raise WrongFormat("the answer is no HTML page")
    if "</html" not in text[-20_000:].lower():
        raise TruncatedAnswer(f"the page ends in the middle, after {len(body)} bytes")
    return Selector(text=text, type="html")


def taken(card: Any, wanted: dict[str, str]) -> Record:
    """Our name -> the texts that its CSS finds; one alone as a string. Without ::text or ::attr, the markup itself."""
    found: Record = {}
    for name, css in wanted.items():
        texts = [text.strip() for text in card.css(css).getall() if text and text.strip()]
        found[name] = texts if len(texts) > 1 else (texts[0] if texts else "")
    return found


def headings(page: Any, cards: Any, wanted: dict[str, str]) -> list[Record]:
    """For each card our name -> the last such heading before it; a higher heading ends the lower ones."""
    if not wanted:
        return [{} for _ in cards]
    names = list(wanted)
    level = {node.root: n for n, css in enumerate(wanted.values()) for node in page.css(css)}
    places: Record = {card.root: None for card in cards}
    current: dict[str, str] = {}
    for element in page.root.iter():
        if element in level:
            text = " ".join("".join(element.itertext()).split())
            current = {name: current.get(name, "") for name in names[: level[element]]} | {names[level[element]]: text}
        if element in places:
            places[element] = {name: current.get(name, "") for name in names}
    return [places[card.root] for card in cards]


def absolute(base: str, address: str) -> str:
    """`address` as it stands on the page at `base`."""
    return urljoin(base, address.strip())
