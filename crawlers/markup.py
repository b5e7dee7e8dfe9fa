"""Plain text out of what publications call text: HTML, entity-escaped HTML, spreadsheet escapes, odd spaces."""

from __future__ import annotations

import html
import re
import unicodedata

from crawlers.quick_markup import (
    LINE,
    PARAGRAPH,
    has_controls,
    left_by_tags,
    without_entities,
    without_tags,
)

_TAGS = (
    "p|br|span|div|a|b|i|u|em|strong|ul|ol|li|table|thead|tbody|tfoot|tr|td|th|h[1-6]|font|sup|sub|img|hr|blockquote|o:p|"
    "style|script|html|body|head|meta|title|s|small|pre|code|article|section|dl|dt|dd|label|col|colgroup|caption|center|"
    "strike|abbr|cite|q|time|wbr|ins|del|big|tt|figure|header|footer|main|nav|aside"
)
_TAG = re.compile(rf"</?(?:{_TAGS})(?:(?:\s[^<>]*)?/?>|\s[^<>]*\Z)|<!--", re.IGNORECASE)
_ATTRIBUTES = r"(?:\s(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)?"
_ANY_TAG = re.compile(rf"</?({_TAGS})(?:{_ATTRIBUTES}/?>|\s[^<>]*(?:>|\Z))", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_WHITE = re.compile(r"[ \t\r\n\f]+")
_PARAGRAPHS = "p table ul ol dl blockquote pre h1 h2 h3 h4 h5 h6 section article hr center".split()
_GAPS = {
    **dict.fromkeys(_PARAGRAPHS, PARAGRAPH),
    **dict.fromkeys("div li tr dt dd caption header footer main nav aside figure body html".split(), LINE),
    **dict.fromkeys("td th".split(), " "),
    "br": "\n",
}
_QUICK = left_by_tags(_GAPS, [*_TAGS.replace("h[1-6]", "h1|h2|h3|h4|h5|h6").split("|")], ["script", "style", "head"])
_GAP = re.compile(r"[ \n]*[\x01\x02][ \n\x01\x02]*")
_ESCAPED_TAG = re.compile(rf"&(?:amp;)*lt;/?(?:{_TAGS})(?=[\s/&]|&(?:amp;)*gt;)", re.IGNORECASE)
_NOT_A_TAG = re.compile(rf"<(?!/?(?:{_TAGS})[\s/>]|!--)", re.IGNORECASE)
_SHEET_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
# C0 controls, soft hyphens, zero-width characters, byte order marks and halves of surrogate pairs carry nothing.
_DROPPED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b-\u200f\u2060\ufeff\ud800-\udfff]")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_LINES = re.compile(r" ?\n ?")
_BLANKS = re.compile(r"\n{3,}")
_MAX_UNESCAPES = 3
LONGEST_FIELD = 100_000  # characters; a real one has a few thousand, and patterns must not be fed a bomb
_PLAIN = re.compile(r"[^&<\x00-\x1f\x7f\u00a0\u00ad\u2000-\u200f\u202f\u205f\u2060\u3000\ufeff\ud800-\udfff]*\Z")


def plain_text(value: str | None) -> str:
    """`value` without markup: tags gone, entities resolved, lines kept, spaces single, NFC.

    "<10 persons" is no tag and stays. Entity-escaped HTML is unescaped first, however often it was escaped.
    """
    if not value:
        return ""
    if ("_" not in value or "_x" not in value) and value.isascii() and len(value) <= LONGEST_FIELD:
        found = _quickly(value)
        if found is not None:
            return found
    elif _PLAIN.match(value) and "_x" not in value and "  " not in value:
        return unicodedata.normalize("NFC", value.strip())
    return by_patterns(value)


def _quickly(text: str) -> str | None:
    """The same for plain ASCII; None when only the patterns can tell."""
    if "&" in text and "lt;" in text:
        text = _unescaped(text)
        if not text.isascii():
            return None
    if "<" in text:
        return without_tags(text, _QUICK)
    return None if has_controls(text) else without_entities(text)


def by_patterns(value: str) -> str:
    """`plain_text` of any text, by patterns throughout."""
    text = _SHEET_ESCAPE.sub(lambda m: chr(int(m[1], 16)), value) if "_x" in value else value
    text = _unescaped(text[:LONGEST_FIELD])
    text = _without_tags(text) if _TAG.search(text) else html.unescape(text)
    return unicodedata.normalize("NFC", tidy(text))


def _unescaped(text: str) -> str:
    """HTML that was escaped as text, however often, as HTML."""
    for _ in range(_MAX_UNESCAPES):
        if "lt;" not in text or not _ESCAPED_TAG.search(text):
            break
        text = html.unescape(text)
    return text


def _without_tags(text: str) -> str:
    """What a browser would show, as lines: fragments of the kind met here need no layout engine."""
    flowing = _WHITE.sub(" ", _HIDDEN.sub(" ", text))  # line breaks in the source mean nothing
    return html.unescape(_GAP.sub(_as_lines, _ANY_TAG.sub(_as_gap, flowing)))


def _as_gap(tag: re.Match[str]) -> str:
    name = tag[1].lower()
    return LINE + "* " if name == "li" and not tag[0].startswith("</") else _GAPS.get(name, "")


def _as_lines(gap: re.Match[str]) -> str:
    """Neighbouring blocks share one break: a paragraph's is an empty line."""
    return "\n\n" if PARAGRAPH in gap[0] or gap[0].count("\n") > 1 else "\n"


def tidy(text: str) -> str:
    """Single spaces, at most one empty line, no invisible characters, nothing at the ends."""
    text = _DROPPED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _LINES.sub("\n", _SPACES.sub(" ", text))
    return _BLANKS.sub("\n\n", text).strip()


def one_line(text: str) -> str:
    """`text` on a single line, as titles are."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(text.split())
