"""The common cases of crawlers/markup.py without its patterns: ASCII text whose tags are all plain and known.

Whatever is not plain (another alphabet, a comment, a tag that may be none) gives None and is read by the patterns,
which say what is right: tests/crawlers/test_quick_markup.py holds the two against each other.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

LINE, PARAGRAPH = "\x01", "\x02"  # breaks that join with their neighbours; <br> is a line of its own
_ITEM = LINE + "* "
_AND = "\x03"
# Controls carry nothing; \r is rare, and a line break of its own.
_ODD = bytes(code for code in range(128) if (code < 32 and chr(code) not in "\t\n") or code == 127)
_SPACES = re.compile(r"[ \t]+")
_LINES = re.compile(r" ?\n ?")
_BLANKS = re.compile(r"\n{3,}")


def left_by_tags(gaps: Mapping[str, str], names: list[str], hidden: list[str]) -> dict[str, str]:
    """What stands between < and > -> what the tag leaves in the text; `hidden` elements are none of ours."""
    left: dict[str, str] = {}
    for name in names:
        if name not in hidden:
            gap = gaps.get(name, "")
            opened = _ITEM if name == "li" else gap
            left.update({name: opened, f"{name}/": opened, f"{name} /": opened, f"/{name}": gap})
    return left


def without_tags(text: str, left_by: Mapping[str, str]) -> str | None:
    """Plain text of ASCII `text` that holds a "<"; None when the patterns must look."""
    if has_controls(text):
        return None
    if "\n" in text or "\t" in text:
        text = " ".join(text.split())
    # The commonest blocks at C's speed; then only tags within lines are left to look at one by one.
    text = text.replace("<p>", PARAGRAPH).replace("</p>", PARAGRAPH)
    if "<li>" in text:
        text = text.replace("<li>", _ITEM).replace("</li>", LINE).replace("<ul>", PARAGRAPH).replace("</ul>", PARAGRAPH)
    if "<" in text:
        found = _without_others(text, left_by)
        if found is None:
            return None
        text = found
    if "&" in text and "&nbsp;" in text and LINE not in text:  # a line of a space is no line, but a paragraph may go
        text = text.replace("&nbsp;", " ")
    return without_entities(_laid_out(text), is_laid_out=True)


def _without_others(text: str, left_by: Mapping[str, str]) -> str | None:
    first, *pieces = text.split("<")
    made = [first]
    for piece in pieces:
        tag, closed, rest = piece.partition(">")
        left = left_by.get(tag) if closed else None
        if left is None and (not closed or (left := _left_by_attributed(tag, left_by)) is None):
            return None
        if left:
            if left == "\n":
                return None  # lines of their own within paragraphs: counted by the patterns
            made.append(left)
        made.append(rest)
    return "".join(made)


def _laid_out(text: str) -> str:
    """Neighbouring blocks share one break: a paragraph's is an empty line."""
    if LINE not in text:
        return "\n\n".join(filter(None, map(str.strip, text.split(PARAGRAPH))))
    blocks = [
        "\n".join(filter(None, map(str.strip, block.split(LINE)))) if LINE in block else block.strip()
        for block in text.split(PARAGRAPH)
    ]
    return "\n\n".join(filter(None, blocks))


def _left_by_attributed(tag: str, left_by: Mapping[str, str]) -> str | None:
    """The same for a tag with attributes or capitals; None when it is not plainly a known tag."""
    name, space, attributes = tag.partition(" ")
    if space and (name.endswith("/") or attributes.count('"') % 2 or attributes.count("'") % 2):
        return None  # a quoted > may follow
    if LINE in attributes or PARAGRAPH in attributes:
        return None  # a tag began within this one, so this one may be none
    return left_by.get(name.lower())


def without_entities(text: str, *, is_laid_out: bool = False) -> str | None:
    """`text`, which has no controls, with its entities resolved and single spaces; None when one gives more than ASCII.

    `is_laid_out`: its lines are as they should be already.
    """
    if "&" in text:
        if "&nbsp;" in text:
            text = text.replace("&nbsp;", " ")
            is_laid_out = False
        ands = text.replace("&amp;", _AND)
        if "&" not in ands:
            text = ands.replace(_AND, "&")
        else:
            text = html.unescape(text)
            if not text.isascii() or has_controls(text):
                return None
            is_laid_out = False
    if "  " in text or "\t" in text:
        text = _SPACES.sub(" ", text)
    if not is_laid_out and "\n" in text:
        if " \n" in text or "\n " in text:
            text = _LINES.sub("\n", text)
        if "\n\n\n" in text:
            text = _BLANKS.sub("\n\n", text)
    return text.strip()


def has_controls(text: str) -> bool:
    """Whether ASCII `text` holds characters that carry nothing, or line breaks of other systems."""
    return len(text.encode().translate(None, _ODD)) != len(text)
