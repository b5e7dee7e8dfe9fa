"""What a document says of its goods: of the WTO's notification form its answers on products, title and content alone.

The rest of the form is the same in every notification (plant protection, food safety, telephone numbers) and would
point every notice to the same industries.
"""

from __future__ import annotations

import re

_IS_FORM = re.compile(r"notifying member|miembro que notifica|membre notifiant", re.IGNORECASE)
_ITEM = re.compile(r"^(\d{1,2})\s*[.)]\s*\|?\s*", re.MULTILINE)
# Labels of the items wanted, in the WTO's three languages (SPS 3, 5, 6; TBT 4, 5, 6).
_WANTED = re.compile(
    r"^\W*(?:products? covered|productos (?:abarcados|comprendidos)|produits vis[ée]s"
    r"|title|t[íi]tulo|intitul[ée]|titre|description|descripci[óo]n|teneur)",
    re.IGNORECASE,
)
_BEGINNING = 1500  # characters within which a form says what it is
_LONGEST_LABEL = 400  # characters up to the colon after which the answer stands
_FEWEST_ITEMS = 4
_TAIL = re.compile(r"\b(?:languages?\(s\)|idiomas?\(s\)|langues?\(s\)|number of pages)\s*:[^\n]*", re.IGNORECASE)


def said_in(text: str) -> str:
    """The part of one document's text that the classifier reads: all of it, unless it is the WTO's form."""
    if not _IS_FORM.search(text[:_BEGINNING]):
        return text
    items = _items_of(text)
    if len(items) < _FEWEST_ITEMS:
        return text
    return "\n".join(_answer(item) for item in items if _WANTED.match(item)).strip()


def _items_of(text: str) -> list[str]:
    """The items of a form; a numbered list within an answer does not count on from the item's number."""
    starts: list[re.Match[str]] = []
    for found in _ITEM.finditer(text):
        if int(found[1]) == len(starts) + 1:
            starts.append(found)
    ends = [*(found.start() for found in starts[1:]), len(text)]
    return [text[start.end() : ends[place]] for place, start in enumerate(starts)]


def _answer(item: str) -> str:
    """An item without its label."""
    label, colon, answer = item[:_LONGEST_LABEL].partition(":")
    said = item[len(label) + 1 :] if colon else item
    return _TAIL.sub("", said).strip() if answer.strip() else ""
