"""The pieces that are looked for before a pattern of an addendum's reason never hide a match of it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.symbols import _WORD_REASONS


@pytest.mark.parametrize(("pattern", "pieces", "reason"), _WORD_REASONS, ids=[reason for *_, reason in _WORD_REASONS])
def test_every_match_holds_a_piece(pattern: re.Pattern[str], pieces: tuple[str, ...], reason: str) -> None:
    @settings(max_examples=300, derandomize=True, deadline=None, database=None)
    @given(st.from_regex(pattern))
    def check(text: str) -> None:
        assert any(piece in text.lower() for piece in pieces)

    check()
