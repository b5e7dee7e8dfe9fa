"""What is done quickly gives exactly what is done plainly: words, cues, codes, doubts, and notices read together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import pytest

from classifier import codes, doubts, signals
from classifier.classify import assess, assess_all
from classifier.codes import codes_in
from classifier.contract import NoticeText
from classifier.evaluation import strip_codes
from classifier.met import Met
from classifier.scope import Scope
from classifier.text import FieldText, ends_of, matches_at, read_fields
from classifier.voices import word_index
from tests.classifier import plain_words
from tests.classifier.learned import material, reference, rules, small_model
from tests.classifier.plain_words import CLAUSE_END, PlainWords
from tests.classifier.samples import notice

HARD = [
    notice("Excluding toys; toys for dogs, made of steel", "Salvo los juguetes", "不包括玩具，电池除外，玩具用电池"),
    notice("Toys used in, for use in and intended for batteries (HS code: 9503)", "autres que les jouets"),
    notice(
        "exceptional toys. Toys, exempted from batteries", "LED灯; LED lamp, led lamp", "toy - car, toy  car, toy.car"
    ),
    notice("鞋", "鞋", "茶"),
    notice("Thé vert, the vert, THÉS", "câbles électriques et cables electriques", "用于儿童的玩具，供电池"),
    notice("toys", "", "toys whether or not in the form of batteries; put up for sale, of a kind used for steel"),
    notice("x_for toys", "３for toys", "ｆｏｒ toys, for"),
]


@lru_cache(maxsize=1)
def notices() -> list[NoticeText]:
    """The reference set as it is and without its codes, and some that are hard to read."""
    return [each for item in [*(one.notice for one in reference()), *HARD] for each in (item, strip_codes(item))]


def fields() -> Iterator[FieldText]:
    return (part for each in notices() for part in read_fields(each))


def test_words_are_found_and_weighed_as_by_plain_reading() -> None:
    plain, quick = PlainWords(rules().rules), word_index(rules())
    read: dict[tuple[str, str, frozenset[str]], FieldText] = {}
    for part in fields():
        read.setdefault((part.name, part.text, part.languages), part)
    found = {key: quick.hits(part) for key, part in read.items()}
    assert found == {key: plain.hits(part) for key, part in read.items()}
    assert sum(map(len, found.values())) > 1500


def test_notices_read_together_are_judged_as_each_alone() -> None:
    some = notices()[: 3 * signals.AT_ONCE + 5]
    together = assess_all(some, rules(), small_model())
    assert together == [assess(each, rules(), small_model()) for each in some]
    assert together[::-1] == assess_all(some[::-1], rules(), small_model())
    assert assess_all([], rules(), small_model()) == []
    assert sum(len(each.suggestions) for each in together) > 100


LEFT_OUT = """
excluding|excludes|exclude|excl.|excepting|except|except for|other than|not including|with the exception of
does not apply to|do not cover|shall not include|will not cover|not applicable to|exempt|exempts
exempted from|excepto|con excepción de|a excepcion de|se excluyen|quedan excluidos|excluida|salvo
no se aplica a|no incluye|no aplica a|à l'exception de|a l'exclusion d'|sauf|hormis|autre que|autres que
excluant|ne s'applique pas|ne s'appliquent pas|ne couvre pas|不包括|不包含|不适用于|不含|不涉及|除玩具以外
is excluded|are exempt|was exempted|were not covered|are not included|is out of scope|sont exclus|est exclue
son excluidos|除外|不在其范围|不在此列|被排除|exceptional|exemption|salvoconducto|other thank|carry out
notice|not
"""
PASSING = """
for use in|for use by|used in|used as|intended for|designed to|suitable for|for|containing|made of|made with
contained in|in contact with|mounted on|installed in|incorporated into|para su uso en|para uso en
utilizado en|utilizadas como|destinado a|destinadas al|para|que contengan|que contenga|hecho de|hechas de
utilisé pour|utilisees dans|destinée aux|destines à|pour|contenant|fabriquées en|fabrique en|用于|适用于|供
whether or not|in the form of|of a kind used|of a kind designed|put up for|format|in|used|made|que|forms
"""


@pytest.mark.parametrize(
    "text", ["toys {} steel (glass). paper", "玩具，{}电池。", "{}", "x{} toys", "{}x toys", "-{}-"]
)
def test_a_cue_leaves_out_and_sets_aside_what_its_pattern_says(text: str) -> None:
    met = 0
    for cue in filter(None, re.split("[|\n]", LEFT_OUT + PASSING)):
        (part,) = read_fields(notice(text.format(cue)))
        left_out, asides = plain_words.left_out(part.lowered), plain_words.asides(part.lowered)
        assert (cue, Scope(part).left_out, Scope(part).asides) == (cue, left_out, asides)
        met += bool(left_out or asides)
    assert met > 8  # Chinese cues alone where a letter stands before


def test_ends_are_those_of_the_pattern() -> None:
    marks = re.compile(r"[,;；，、。！？:：()（）\n.]")
    texts = ["1.5 mm. Toys.", "a.b", ".", "", "Toys.\n", "Toys. ", *(part.lowered for part in fields())]
    assert [ends_of(marks, text) for text in texts] == [[f.end() for f in CLAUSE_END.finditer(text)] for text in texts]


def test_a_pattern_asked_at_words_finds_what_it_finds_everywhere() -> None:
    for part in fields():
        everywhere = [found.span() for found in doubts._FROM_EN.finditer(part.text)]
        assert [
            found.span() for found in matches_at(doubts._FROM_EN, part.text, part, doubts._FROM_WORDS)
        ] == everywhere


ROMANCE = """procedente de|procedentes de|originario de|originaria de|originarios de|originarias de|proveniente de
provenientes de|importado de|importada de|importados de|importadas de|desde|aplicada sobre|aplicadas sobre
en provenance du|originaire d'|originaires de""".replace("\n", "|").replace("originaires de", "originaires du")


def test_no_origin_is_missed_for_want_of_its_words() -> None:
    origins = [
        notice("Imports of beef from Brazil", "Harvested in the provinces of Spain, Thai-origin rice"),
        notice(
            "Suspensión de carne procedente de Brasil", "desde Italia, aplicada sobre Chile", "originaires d'Italie"
        ),
        notice("暂停进口意大利猪肉", "原产于韩国的鱼", "en provenance de Tunisie"),
        *(notice(f"{said} Brasil") for said in ROMANCE.split("|")),
    ]
    held_out = [each.notice for each in material().held_out]
    patterns = doubts._FROM_EN, doubts._OF_ORIGIN, doubts._FROM_ROMANCE, doubts._FROM_ZH
    met = set()
    for part in (part for each in [*origins, *held_out, *notices()] for part in read_fields(each)):
        plain = [(pattern, found.span()) for pattern in patterns for found in pattern.finditer(part.text)]
        assert [(pattern, found.span()) for pattern, found in doubts._claims_in(part)] == plain
        met |= {pattern for pattern, _ in plain}
    assert met == set(patterns)


def test_no_mark_of_codes_is_missed_for_want_of_its_signs() -> None:
    texts = [
        *("HS 950300", "HTSUS: 9503", "Harmonized System heading 9503", "tariff item 9503", "Customs codes 9503"),
        *(
            "código SA 9503",
            "codes NANDINA 9503",
            "partidas arancelarias 9503",
            "position tarifaire 9503",
            "CN code 9503",
        ),
        *("海关编码 950300", "商品编码：950300", "税则号列 9503", "税目9503"),
    ]
    for text in [*texts, *(part.text for part in fields())]:
        if codes._HS_MARK.search(text):
            assert any(sign in text for sign in codes._HS_SIGNS), text
        if codes._ICS_MARK.search(text):
            assert "ICS" in text
    assert [text for text in texts if not codes_in(text)[0]] == []


@pytest.mark.parametrize("most", [1, 3, 100])
def test_what_was_met_is_kept_within_bounds(most: int) -> None:
    asked: list[str] = []
    met = Met(lambda word: asked.append(word) or len(word), most)  # type: ignore[func-returns-value]
    words = "toys and dolls and toys and bears".split()
    assert [met[word] for word in words] == [len(word) for word in words]
    assert len(met) <= most
    assert len(asked) == (4 if most == 100 else len(asked)) >= 4
