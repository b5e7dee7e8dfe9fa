"""Codes: longest prefix, both directions, many to many; codes written inside a text."""

from __future__ import annotations

import pytest

from classifier.codes import CodeIndex, clean_hs, clean_ics, code_strengths, codes_in, levels_of, without_codes
from tests.classifier.samples import mapping_of

INDEX = CodeIndex(mapping_of().rules)


def covered(scheme: str, *codes: str) -> set[str]:
    return {hit.industry for hit in INDEX.hits(scheme, codes) if hit.covered}  # type: ignore[arg-type]


def test_a_code_longer_than_the_prefix_lies_under_it() -> None:
    assert covered("hs", "95030089") == {"toys"}
    assert covered("ics", "97.200.50") == {"toys"}


def test_a_six_digit_prefix_beats_a_two_digit_prefix_of_another_industry() -> None:
    assert covered("hs", "851671") == {"small-kitchen-appliances"}
    assert covered("hs", "853669") == {"wire-cable-connectors"}
    assert covered("ics", "71.100.70") == {"cosmetics"}
    assert covered("ics", "71.100.40") == {"chemicals"}


def test_two_industries_on_one_prefix_both_count_and_share_it() -> None:
    assert covered("hs", "392350") == {"packaging", "plastics-products"}
    shared, alone = INDEX.hits("hs", ["392350"])[0], INDEX.hits("hs", ["391710"])[0]
    assert shared.prefix == "3923" and alone.prefix == "39"
    assert shared.strength < 0.7 < alone.strength


def test_a_chapter_only_touches_the_rules_beneath_it() -> None:
    hits = INDEX.hits("hs", ["95"])
    assert {hit.industry for hit in hits} == {"toys", "sports-fitness", "gaming-amusement"}
    assert not any(hit.covered for hit in hits)
    assert all(hit.strength < 0.3 for hit in hits)


def test_a_code_that_touches_one_industry_says_more_than_one_that_touches_three() -> None:
    one, three = INDEX.hits("hs", ["9503"]), INDEX.hits("hs", ["95"])
    assert [hit.industry for hit in one] == ["toys"]
    assert one[0].strength > max(hit.strength for hit in three)


def test_ics_levels_are_not_letters() -> None:
    assert levels_of("ics", "97.200.50") == ("97.200.50", "97.200", "97")
    assert covered("ics", "97.20") == set()  # no ICS code at all


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("9503.00.89", "95030089"),
        (" 95 03 ", "9503"),
        ("84362", "84362"),
        ("9", ""),
        ("toys", ""),
        ("", ""),
        ("９５", ""),
    ],
)
def test_hs_codes_are_digits(written: str, clean: str) -> None:
    assert clean_hs(written) == clean


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("97.200.50", "97.200.50"),
        ("97.200.", "97.200"),
        ("97", "97"),
        ("97.2", ""),
        ("97200", ""),
        ("", ""),
    ],
)
def test_ics_codes_are_dotted(written: str, clean: str) -> None:
    assert clean_ics(written) == clean


@pytest.mark.parametrize(
    ("text", "hs", "ics"),
    [
        ("Toys (HS code(s): 950300); Toys (ICS code(s): 97.200.50)", ("950300",), ("97.200.50",)),
        ("HS Code(s): 20, 3203; ICS Code(s): 67", ("20", "3203"), ("67",)),
        ("ICS: 97.200.50", (), ("97.200.50",)),
        ("HS:95", ("95",), ()),
        ("8543.70.90.00", ("8543709000",), ()),
        ("HS 0401-0403", ("0401", "0402", "0403"), ()),
        ("HS headings 9503 and 9504", ("9503", "9504"), ()),
        ("海关编码：9503.00，9504 和 9505", ("950300", "9504", "9505"), ()),
        ("Código(s) del SA: 8415.10, 8415.20", ("841510", "841520"), ()),
        ("Código(s) de la ICS: 17.020", (), ("17.020",)),
        ("HS 2022 nomenclature, SA 8000, CN 2025, 12 V, ISO 9001", (), ()),
        ("Plastics", (), ()),
    ],
)
def test_codes_written_in_a_text_are_read(text: str, hs: tuple[str, ...], ics: tuple[str, ...]) -> None:
    assert codes_in(text) == (hs, ics)


def test_written_codes_can_be_taken_out() -> None:
    stripped = without_codes("Toys (HS code(s): 950300, 9504); dolls (ICS code(s): 97.200.50)")
    assert codes_in(stripped) == ((), ())
    assert "Toys" in stripped and "dolls" in stripped and "950" not in stripped
    assert without_codes("8543.70.90.00") == ""
    assert without_codes("HS 2022 nomenclature is used here") == "HS 2022 nomenclature is used here"


def test_an_industry_met_by_one_of_many_codes_is_in_passing() -> None:
    few = code_strengths(INDEX.hits("hs", ["9506"]))
    many = code_strengths(INDEX.hits("hs", ["9506", "391710", "391721", "391722", "391723", "391729", "391731"]))
    assert many["sports-fitness"] < few["sports-fitness"]
    assert many["plastics-products"] > many["sports-fitness"]


def test_a_heading_with_one_subheading_says_what_the_subheading_says() -> None:
    headings = {
        "hs:9503": "Toys",
        "hs:950300": "Toys",
        "hs:8516": "Heaters",
        "hs:851660": "Ovens",
        "hs:851671": "Coffee",
    }
    rules = mapping_of().rules
    whole, split = CodeIndex(rules, headings), CodeIndex(rules)
    [plain] = [hit for hit in split.hits("hs", ["950300"]) if hit.industry == "toys"]
    [short] = [hit for hit in whole.hits("hs", ["9503"]) if hit.industry == "toys"]
    assert (short.code, short.covered, short.strength) == ("9503", True, plain.strength)
    assert whole.hits("hs", ["8516"]) == split.hits("hs", ["8516"])
