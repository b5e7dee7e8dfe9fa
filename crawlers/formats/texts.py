"""Bytes into text, and what may go wrong with any answer before its form is looked at."""

from __future__ import annotations

import codecs
import re

from crawlers.errors import EmptyAnswer, HtmlInstead, TruncatedAnswer, WrongCharset

_HTML = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}encoding=["']([\w.:-]+)""")
_META = re.compile(rb"""<meta[^>]{0,200}charset=["']?\s*([\w.:-]+)""", re.IGNORECASE)
_HALF_CHARACTER = ("unexpected end of data", "incomplete multibyte sequence", "truncated data")
_HEAD = 4096  # bytes in which a page says its encoding


def refuse_empty(body: bytes) -> None:
    """Raises EmptyAnswer."""
    if not body.strip():
        raise EmptyAnswer("the answer is empty")


def refuse_html(body: bytes, wanted: str) -> None:
    """Raises HtmlInstead when a page came where `wanted` was asked for."""
    if _HTML.match(body[:_HEAD]):
        raise HtmlInstead(f"an HTML page came instead of {wanted}: maintenance, or a person is wanted")


def decoded(body: bytes, encoding: str) -> str:
    """`body` as text without its byte order mark.

    Raises WrongCharset naming the first byte that does not fit, TruncatedAnswer when the last character is cut.
    """
    try:
        text = body.decode("utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding)
    except LookupError:
        raise WrongCharset(f"the encoding '{encoding}' is not known") from None
    except UnicodeDecodeError as error:
        if error.end == len(error.object) and error.reason in _HALF_CHARACTER:
            raise TruncatedAnswer(f"the answer ends in the middle of a character, after {len(body)} bytes") from None
        raise WrongCharset(f"the answer is not {encoding} (byte {error.start} of {len(body)})") from None
    if text.count("\x00") > len(text) // 8:
        raise WrongCharset(f"the answer is not {encoding}: every other byte is empty, as in UTF-16")
    return text


def page_encoding(body: bytes, default: str) -> str:
    """The encoding that an HTML or XML text declares of itself, else `default`."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if body.startswith(mark):
            return name
    found = _DECLARED.search(body[:_HEAD]) or _META.search(body[:_HEAD])
    return found[1].decode("latin-1") if found else default
