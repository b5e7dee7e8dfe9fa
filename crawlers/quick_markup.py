"""The common cases of crawlers/markup.py without its patterns: ASCII text whose tags are all plain and known.

Whatever is not plain (another alphabet, a comment, a tag that may be none) gives None and is read by the patterns,
which say what is right: tests/crawlers/test_markup.py holds the two against each other.
"""

from __future__ import annotations

import html
import re

LINE, PARAGRAPH = "\x01", "\x02"  # breaks that join with their neighbours; <br> is a line of its own
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # \r too: rare, and a line break of its own


def has_controls(text: str) -> bool:
    """Whether `text` holds characters that carry nothing, or line breaks of other systems."""
    return _ODD.search(text) is not None


class Tags:
    """What each known tag leaves, looked up by what stands between < and > (with its attributes cut off)."""

    def __init__(self, gaps: dict[str, str], names: list[str], hidden: list[str]) -> None:
        self._left: dict[str, str] = {}
        for name in names:
            if name not in hidden:
                gap = gaps.get(name, "")
                opened = LINE + "* " if name == "li" else gap
                self._left.update({name: opened, f"{name}/": opened, f"/{name}": gap})

    def left_by(self, tag: str) -> str | None:
        """What `tag` leaves in the text; None when it is not plainly a known tag."""
        found = self._left.get(tag)
        if found is not None:
            return found
        name, space, attributes = tag.partition(" ")
        if space and (name.endswith("/") or attributes.count('"') % 2 or attributes.count("'") % 2):
            return None  # a quoted > may follow
        return self._left.get(name.lower())


def without_tags(text: str, tags: Tags) -> str | None:
    """Plain text of ASCII `text` that holds a "<"; None when the patterns must look."""
    if not text.isprintable():
        if has_controls(text):
            return None
        text = " ".join(text.split())
    first, *pieces = text.split("<")
    made = [first]
    for piece in pieces:
        tag, closed, rest = piece.partition(">")
        left = tags.left_by(tag) if closed else None
        if left is None:
            return None
        made.append(left)
        made.append(rest)
    flowing = "".join(made)
    if PARAGRAPH in flowing or LINE in flowing:
        flowing = _in_lines(flowing)
    return without_entities(flowing)


def _in_lines(text: str) -> str:
    """Neighbouring blocks share one break: a paragraph's, or two lines, is an empty line."""
    lines: list[str] = []
    breaks = 0
    for part in text.replace(PARAGRAPH, f"{LINE}\n\n{LINE}").split(LINE):
        words = part.strip(" \n")
        if not words:
            breaks += part.count("\n")
            continue
        if "\n" in part:
            breaks += part[: part.index(words)].count("\n")
        if lines:
            lines.append("\n\n" if breaks > 1 else "\n")
        lines.append(words)
        breaks = part[part.rindex(words) + len(words) :].count("\n") if "\n" in part else 0
    return "".join(lines)


def without_entities(text: str) -> str | None:
    """`text` with its entities resolved and single spaces; None when an entity gives more than ASCII."""
    if "&" in text:
        if "&nbsp;" in text:
            text = text.replace("&nbsp;", " ")
        if text.count("&") == text.count("&amp;"):
            text = text.replace("&amp;", "&")
        else:
            text = html.unescape(text)
            if not text.isascii() or (not text.isprintable() and has_controls(text)):
                return None
    if "  " in text or "\n" in text or "\t" in text:
        return _single(text)
    return text.strip()


_SPACES = re.compile(r"[ \t]+")
_LINES = re.compile(r" ?\n ?")
_BLANKS = re.compile(r"\n{3,}")


def _single(text: str) -> str:
    if "  " in text or "\t" in text:
        text = _SPACES.sub(" ", text)
    if "\n" in text:
        if " \n" in text or "\n " in text:
            text = _LINES.sub("\n", text)
        if "\n\n\n" in text:
            text = _BLANKS.sub("\n\n", text)
    return text.strip()
