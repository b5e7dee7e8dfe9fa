"""Asking conditionally and knowing the same bytes again."""

from __future__ import annotations

from typing import Any

import pytest

from crawlers.freshness import conditions, is_unchanged, remembered

HEADERS = {"ETag": '"a"', "last-modified": "Fri, 29 May 2026 08:00:00 GMT", "Server": "x"}
KNOWN = remembered(200, HEADERS, b"body", "1")


def test_what_was_remembered_is_what_is_asked_with() -> None:
    asked = {"If-None-Match": '"a"', "If-Modified-Since": "Fri, 29 May 2026 08:00:00 GMT"}
    assert conditions(KNOWN) == asked
    assert conditions(remembered(200, {"etag": "b"}, b"body", "1")) == {"If-None-Match": "b"}
    assert conditions({}) == {}


@pytest.mark.parametrize("known", [{}, KNOWN, remembered(404, HEADERS, b"no", "2"), {"sha256": KNOWN["sha256"]}])
def test_what_another_parser_read_is_read_again(known: dict[str, Any]) -> None:
    assert not is_unchanged(200, b"body", known, "2")


@pytest.mark.parametrize(
    ("status", "body", "unchanged"), [(304, b"", True), (200, b"body", True), (200, b"other", False), (200, b"", False)]
)
def test_unchanged_is_what_the_source_says_or_the_bytes_show(status: int, body: bytes, unchanged: bool) -> None:
    assert is_unchanged(status, body, KNOWN, "1") is unchanged
