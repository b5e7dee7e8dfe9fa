"""Codes out of lists, cells and prose."""

from __future__ import annotations

import pytest

from crawlers.codes import codes_in_text, hs_code, hs_in_cell, ics_code, ics_in_cell


def test_a_cell_is_split_before_codes_only_since_names_contain_semicolons() -> None:
    cell = (
        "8517 - Telephone sets, incl. smartphones; other apparatus for the transmission of voice; "
        "95 - TOYS; GAMES; PARTS; 950300 - Tricycles; 0306 - Crustaceans"
    )
    assert hs_in_cell(cell) == ("8517", "95", "950300", "0306")
    assert ics_in_cell("43.040 - Road vehicle systems; 67 - FOOD; 43.040 - Road vehicle systems") == ("43.040", "67")


def test_a_cell_of_bare_codes() -> None:
    assert hs_in_cell("8543.70.90.00; 0408, 0506") == ("8543709000", "0408", "0506")
    assert ics_in_cell("97.200.50, 29.140") == ("97.200.50", "29.140")


@pytest.mark.parametrize(
    ("text", "hs", "ics"),
    [
        ("(HS code(s): 7015; 9003; 9004); (ICS code(s): 11.040.70)", ("7015", "9003", "9004"), ("11.040.70",)),
        ("HS Code(s): 20, 3203; ICS Code(s): 67", ("20", "3203"), ("67",)),
        ("8543.70.90.00", ("8543709000",), ()),
        ("Telecommunications (ICS 33.170)", (), ("33.170",)),
        ("Metrología (Código(s) de la ICS: 17.020)", (), ("17.020",)),
        ("Juguetes (SA 9503)", ("9503",), ()),
        ('ICS:[{"uid":"97.200.50"}] HS:[{"uid":"95"}]', ("95",), ("97.200.50",)),
        ("HS:95 ICS:", ("95",), ()),
        ("Garments, HS 6101-6103 and 62", ("6101", "6102", "6103", "62"), ()),
        ("Seeds for sowing (HS code: 120991)", ("120991",), ()),
        ("Motors of 10 to 20 kW, la sa 12 piezas", (), ()),
        ("Toys for children under 36 months", (), ()),
    ],
)
def test_codes_written_into_the_products_text(text: str, hs: tuple[str, ...], ics: tuple[str, ...]) -> None:
    assert codes_in_text(text) == (hs, ics)


def test_lengths_and_fields_that_do_not_exist_are_no_codes() -> None:
    assert [hs_code(c) for c in ("95", "950", "9503", "95030", "0902", "00", "7701", "9999", "abc")] == [
        "95", None, "9503", "95030", "0902", None, None, None, None,
    ]  # fmt: skip
    assert [ics_code(c) for c in ("97", "97.200.50", "97.200.5", "98.020", "29.140.")] == [
        "97", "97.200.50", None, None, "29.140",
    ]  # fmt: skip
