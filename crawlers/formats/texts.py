"""Bytes into text, and what may go wrong with any answer before its form is looked at."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator

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
        text = body.decode(_without_mark(encoding))
    except LookupError:
        raise WrongCharset(f"the encoding '{encoding}' is not known") from None
    except UnicodeDecodeError as error:
        if error.end == len(error.object) and error.reason in _HALF_CHARACTER:
            raise TruncatedAnswer(f"the answer ends in the middle of a character, after {len(body)} bytes") from None
        raise WrongCharset(f"the answer is not {encoding} (byte {error.start} of {len(body)})") from None
    if text.count("\x00") > len(text) // 8:
        raise WrongCharset(f"the answer is not {encoding}: every other byte is empty, as in UTF-16")
    return text


def lines_of(body: bytes, encoding: str, newline: str = "\n", *, lenient: bool = False) -> Iterator[str]:
    """The lines of `body`, each with its break, decoded as they are asked for: 60 MB need no second 60 MB.

    `newline` "" breaks at every kind of break and keeps it, as a CSV reader wants. Bytes that the encoding does not
    have become U+FFFD when `lenient`. Raises WrongCharset, as `decoded`.
    """
    number, errors = 0, "replace" if lenient else "strict"
    try:
        text = io.TextIOWrapper(io.BytesIO(body), _without_mark(encoding), errors, newline)
        for number, line in enumerate(text, 1):
            if number == 1 and line.count("\x00") > len(line) // 8:
                raise WrongCharset(f"the answer is not {encoding}: every other byte is empty, as in UTF-16")
            yield line
    except LookupError:
        raise WrongCharset(f"the encoding '{encoding}' is not known") from None
    except UnicodeDecodeError:
        raise WrongCharset(f"the answer is not {encoding} (after line {number})") from None


def _without_mark(encoding: str) -> str:
    return "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding


def page_encoding(body: bytes, default: str) -> str:
    """The encoding that an HTML or XML text declares of itself, else `default`."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if body.startswith(mark):
            return name
    found = _DECLARED.search(body[:_HEAD]) or _META.search(body[:_HEAD])
    return found[1].decode("latin-1") if found else default
