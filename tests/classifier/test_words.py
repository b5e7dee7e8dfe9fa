"""Words: whole words, plurals, accents, Chinese without spaces, exclusions, what is left out or named in passing."""

from __future__ import annotations

import pytest

from classifier.text import MOST_TEXT, guess_language, normalise, read_fields
from classifier.weighing import WordHit
from classifier.words import WordIndex
from tests.classifier.samples import mapping_of, notice

INDEX = WordIndex(mapping_of().rules)


def hits(text: str, lang: str = "") -> list[WordHit]:
    (part,) = read_fields(notice(products=text, lang=lang))
    return INDEX.hits(part)


def industries(text: str, lang: str = "") -> set[str]:
    return {hit.industry for hit in hits(text, lang)}


@pytest.mark.parametrize(
    ("text", "lang", "found"),
    [
        ("Toys", "", {"toys"}),
        ("BATTERIES and toys", "", {"batteries-energy-storage", "toys"}),
        ("Juguetes de madera", "es", {"toys"}),
        ("Luces de bicicletas", "es", {"lighting-led"}),
        ("Bateaux et jouets", "fr", {"shipbuilding-marine", "toys"}),
        ("stoyed, toyota, toying", "", set()),
        ("Ｔｏｙｓ in full-width letters", "", {"toys"}),
    ],
)
def test_whole_words_in_singular_and_plural(text: str, lang: str, found: set[str]) -> None:
    assert industries(text, lang) == found


def test_accents_do_not_matter_unless_the_bare_word_is_a_common_one() -> None:
    assert industries("Thés en sachets", "fr") == {"tea-coffee"}
    assert industries("les exigences pour le the", "fr") == set()
    assert industries("Júguetes y bicicletas del país", "es") == {"toys"}


def test_acronyms_are_met_as_written() -> None:
    assert industries("LED modules") == {"lighting-led"}
    assert industries("they were led by a team") == set()


def test_an_acronym_with_a_plural_s_is_no_ordinary_word() -> None:
    index = WordIndex(mapping_of([("word", "en", "POPs", "chemicals")]).rules)
    found = {text: bool(index.hits(read_fields(notice(text))[0])) for text in ("POPs in toys", "corn, pop, grain")}
    assert found == {"POPs in toys": True, "corn, pop, grain": False}


def test_a_whole_law_is_read_from_its_beginning() -> None:
    (part,) = read_fields(notice(description="toys " + "x" * MOST_TEXT + " batteries"))
    assert {hit.industry for hit in INDEX.hits(part)} == {"toys"}


def test_a_word_counts_in_its_own_language_only() -> None:
    assert industries("El pan que se vende en los mercados", "es") == {"confectionery-bakery"}
    assert industries("The pan with a handle", "en") == {"stainless-metal-ware"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("儿童玩具安全", {"toys"}),
        ("其中药品须注册", {"pharmaceuticals"}),
        ("玻璃纤维布", {"textiles-fabrics"}),
        ("玩具犬及其用具", set()),
    ],
)
def test_chinese_words_are_found_without_spaces(text: str, found: set[str]) -> None:
    assert industries(text) == found


def test_the_longer_phrase_is_meant() -> None:
    assert industries("Glass fibre mats") == {"textiles-fabrics"}
    assert industries("Glass, fibre") == {"glass"}


def test_exclusions_bar_their_industry_only_where_they_stand() -> None:
    assert industries("Food for toy dogs") == set()
    assert industries("Toys and toy dogs") == {"toys"}


@pytest.mark.parametrize(
    "text",
    [
        "Batteries, excluding toys",
        "Batteries (except toys)",
        "Batteries. Toys are excluded",
        "Batteries other than those in toys",
        "电池，不包括玩具",
        "电池，玩具除外",
    ],
)
def test_what_is_left_out_does_not_count(text: str) -> None:
    assert industries(text) == {"batteries-energy-storage"}


@pytest.mark.parametrize(
    "text",
    [
        "Batteries for toys",
        "Batteries intended for use in toys",
        "Batteries, for use in toys",
        "Batteries, whether or not in the form of wax, felt, toys",
        "玩具用电池",
    ],
)
def test_what_other_goods_serve_counts_less(text: str) -> None:
    worths = {hit.industry: hit.worth for hit in hits(text)}
    assert worths["toys"] < worths["batteries-energy-storage"] / 2


def test_a_word_before_the_noun_that_is_meant_counts_less() -> None:
    worths = {hit.industry: hit.worth for hit in hits("Glass bolts")}
    assert worths["glass"] < worths["hardware-locks-fasteners"] / 2
    worths = {hit.industry: hit.worth for hit in hits("Bolts of carbon steel")}
    assert worths["steel"] < worths["hardware-locks-fasteners"]


def test_safety_requirements_lead_nowhere_else() -> None:
    assert hits("Toy safety requirements")[0].worth == hits("Toys")[0].worth


def test_places_are_those_of_the_original_text() -> None:
    text = "<p>Ｔｏｙｓ</p> https://example.org/toy and batteries"
    (part,) = read_fields(notice(products=text))
    found = [(part.text[hit.start : hit.end], hit.industry) for hit in INDEX.hits(part)]
    assert found == [("Ｔｏｙｓ", "toys"), ("batteries", "batteries-energy-storage")]


def test_blanking_keeps_the_length() -> None:
    text = "a_x000D_b <b>bold</b> https://example.org/x y"
    assert len(normalise(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("The safety of toys and the like", "en"),
        ("La seguridad de los juguetes y sus partes", "es"),
        ("La sécurité des jouets et leurs pièces pour le marché", "fr"),
        ("玩具安全技术规范", "zh"),
        ("12345", ""),
    ],
)
def test_the_language_is_guessed_by_small_words(text: str, lang: str) -> None:
    assert guess_language(text) == lang


@pytest.mark.parametrize("before", [116, 117, 118, 119, 120, 121, 122])
def test_a_passage_never_begins_or_ends_inside_a_latin_word(before: int) -> None:
    text = "abcde " * 60 + "z" * (before - 115) + " toy" + " fghij" * 80
    [field] = read_fields(notice(description=text))
    start = text.index("toy")
    left, right = field.sentence_at(start, start + 3)
    assert left <= start < right and right - left <= 400
    assert not (text[left - 1].isalnum() and text[left].isalnum())
    assert right == len(text) or not (text[right - 1].isalnum() and text[right].isalnum())
