"""Cutting: whatever stands in a text is found by the terms of its parts, on every script."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.search_terms import LONGEST, MOST_ASKED, cut, fold, terms_asked, words_asked

ODD = "电池充塘锂の한𠮷a1Zé_ß. ,，。\n　'\"*%-()/İσς"
TEXTS = st.text(alphabet=st.one_of(st.sampled_from(ODD), st.characters(codec="utf-8")), max_size=80)


def has(terms: set[str], term: str, is_open: bool) -> bool:
    return any(each.startswith(term) for each in terms) if is_open else term in terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("锂电池", {"锂", "锂电", "电池", "池"}),
        ("池", {"池"}),
        ("锂\n电池", {"锂", "电", "电池", "池"}),
        ("5G手机 LED-Lampe", {"5g", "手", "手机", "机", "led", "lampe"}),
        ("G/TBT/N/USA/2101", {"g", "tbt", "n", "usa", "2101"}),
        ("étiquetage_réglé", {"étiquetage", "réglé"}),
        ("𠮷野家", {"𠮷", "𠮷野", "野家", "家"}),
        ("x" * (LONGEST + 1), {"x" * LONGEST, "x"}),
        ("", set()),
        ("%_-", set()),
    ],
)
def test_the_terms_of_a_text(text: str, terms: set[str]) -> None:
    assert set(cut(fold(text)).split()) == terms


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("锂电池", {"锂电": False, "电池": False}),
        ("池", {"池": True}),
        ("Batter", {"batter": True}),
        ("USA/2101", {"usa": False, "2101": True}),
        ("usa/usa", {"usa": False}),
        ("USB接口", {"usb": False, "接口": False}),
        ("《》", {}),
        ("x" * LONGEST, {"x" * LONGEST: True}),
    ],
)
def test_the_terms_of_a_word(question: str, terms: dict[str, bool]) -> None:
    assert terms_asked(*words_asked(question)) == terms


@settings(max_examples=500)
@given(TEXTS, st.integers(0, 80), st.integers(1, 12))
def test_every_part_of_a_text_has_terms_that_the_text_has(text: str, start: int, size: int) -> None:
    """Parts begin where a word does: the Latin ones are found from their beginning."""
    folded = fold(text)
    if start and folded[start - 1 : start].isalnum():
        start = 0
    has_terms = set(cut(folded).split())
    for word in words_asked(folded[start : start + size]):
        for term, is_open in terms_asked(word).items():
            assert has(has_terms, term, is_open), (word, term)


@given(st.text(), st.integers(0, 3))
def test_a_question_is_words_without_spaces_and_not_without_end(question: str, times: int) -> None:
    words = words_asked(question * 10**times)
    assert len(words) == len(set(words)) and all(words)
    assert not any(character.isspace() or character == "\x00" for word in words for character in word)
    assert len(words_asked("a " * 10_000)) == 1 and len("".join(words_asked("电" * 10_000))) == MOST_ASKED
