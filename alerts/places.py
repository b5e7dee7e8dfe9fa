"""Places for a recipient's fields in a mail that was rendered once: marking them, and filling them in. Pure.

A place is `\\ue000name\\ue001`; a line that begins with `\\ue002name\\ue001` stands only where that field has a value.
The marks are private-use characters, and `plain` takes those out of every value: no value can open a place.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_PLACE = re.compile("\ue000([a-z_]+)\ue001")
_ONLY = re.compile("\\s*\ue002([a-z_]+)\ue001")
_BREAKS = re.compile(r"[\s\u2028\u2029]+")

Fields = Mapping[str, str]
Shown = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a body with its newline: fixed texts and the names of fields in turn, beginning with a text."""

    only: str | None
    texts: tuple[str, ...]
    names: tuple[str, ...]

    def filled(self, fields: Fields, shown: Shown) -> str:
        """The line for one recipient; "" when it stands only for others."""
        if self.only and not fields.get(self.only):
            return ""
        values = [shown(fields.get(name, "")) for name in self.names]
        return self.texts[0] + "".join(value + text for value, text in zip(values, self.texts[1:], strict=True))


def place(name: str) -> str:
    """The mark of a field, for templates."""
    return f"\ue000{name}\ue001"


def only(name: str) -> str:
    """The mark, at the head of a line, of a line that stands only where the field has a value; for templates."""
    return f"\ue002{name}\ue001"


def lines_of(body: str) -> list[Line]:
    """A rendered body cut into lines with their places."""
    return [_line_of(line) for line in body.splitlines(keepends=True)]


def filled(body: str, fields: Fields, *, as_html: bool = False) -> str:
    """The whole body for one recipient."""
    shown = html_value if as_html else plain
    return "".join(line.filled(fields, shown) for line in lines_of(body))


def plain(value: str) -> str:
    """A value as one line of text: no line breaks, no control, bidirectional or private-use characters."""
    if value.isascii() and value.isprintable():
        return value
    text = _BREAKS.sub(" ", value)
    return "".join(char for char in text if unicodedata.category(char)[0] != "C")


def lines_only(text: str) -> str:
    """A text of several lines without control, bidirectional or private-use characters; its places are gone too."""
    kept = (char for char in text if char in "\n\t" or unicodedata.category(char)[0] != "C")
    return "".join(" " if char in "\u2028\u2029" else char for char in kept)


def html_value(value: str) -> str:
    """A value for HTML text or a quoted attribute."""
    return html.escape(plain(value), quote=True)


def _line_of(line: str) -> Line:
    head = _ONLY.match(line)
    parts = _PLACE.split(line[head.end() :] if head else line)
    return Line(head.group(1) if head else None, tuple(parts[::2]), tuple(parts[1::2]))
