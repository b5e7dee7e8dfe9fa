"""Bytes into text: another encoding is told from a text that was cut."""

from __future__ import annotations

import pytest

from crawlers.errors import SourceError, TruncatedAnswer, WrongCharset
from crawlers.formats.texts import decoded


@pytest.mark.parametrize(
    ("body", "encoding", "error"),
    [
        ("玩具".encode()[:-1], "utf-8", TruncatedAnswer),
        (b"\xef\xbb\xbf" + "玩具".encode()[:-2], "utf-8", TruncatedAnswer),
        ("玩具".encode("gb18030")[:-1], "gb18030", TruncatedAnswer),
        ("玩具".encode("shift_jis")[:-1], "shift_jis", TruncatedAnswer),
        ("玩具".encode("utf-16")[:-1], "utf-16", TruncatedAnswer),
        ("玩具和灯具".encode("gb18030"), "utf-8", WrongCharset),
        ("é".encode("latin-1"), "utf-8", TruncatedAnswer),  # nothing follows that could tell
        ("été".encode("latin-1"), "utf-8", WrongCharset),
        ("toys".encode("utf-16-le"), "utf-8", WrongCharset),
        (b"toys", "no-such-encoding", WrongCharset),
    ],
)
def test_what_is_no_text_has_a_name(body: bytes, encoding: str, error: type[SourceError]) -> None:
    with pytest.raises(error):
        decoded(body, encoding)


def test_a_text_loses_its_mark() -> None:
    assert decoded(b"\xef\xbb\xbf" + "玩具".encode(), "utf-8") == "玩具"
