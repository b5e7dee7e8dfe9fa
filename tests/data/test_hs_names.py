"""Short Chinese names of HS headings: every heading that industries use has one; longer codes find the nearest."""

from __future__ import annotations

import pytest

from settings import DATA
from store.hs_names import hs_name_zh, hs_names
from store.reference import read_reference


def test_every_prefix_of_the_industries_and_every_heading_has_a_name() -> None:
    reference = read_reference(DATA)
    used = {code for industry in reference.industries for code in industry.hs}
    headings = {code for code in reference.hs if len(code) in (2, 4) and not code.startswith("99")}
    assert (used | headings) - set(hs_names()) == set()


def test_names_are_short_and_chinese() -> None:
    for code, name in hs_names().items():
        assert len(name) <= 24, (code, name)
        assert any("一" <= character <= "鿿" for character in name), (code, name)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("95", "玩具、游戏、运动用品"),
        ("950300", "玩具"),
        ("9503.00", "玩具"),
        ("8516719000", "电咖啡机、电茶壶"),
        ("85169", "电热水器、电吹风、电热器具"),
        ("990000", ""),
        ("", ""),
    ],
)
def test_a_code_of_any_length_finds_the_nearest_heading(code: str, name: str) -> None:
    assert hs_name_zh(code) == name
