"""Guangdong is found by the names of the province and its cities, and only beside China."""

from __future__ import annotations

import pytest

from crawlers.guangdong import names_guangdong, with_guangdong


@pytest.mark.parametrize("text", ["Made in Shenzhen.", "GUANGDONG PROVINCE", "广东佛山制造", "Dongguan, China", "中山"])
def test_it_is_named(text: str) -> None:
    assert names_guangdong(text)


@pytest.mark.parametrize("text", ["", "Made in China", "Shenzhenware", "Ningbo", "浙江"])
def test_it_is_not_named(text: str) -> None:
    assert not names_guangdong(text)


def test_the_code_stands_beside_china_once() -> None:
    assert with_guangdong(("CHN",), "", "from Foshan") == ("CHN", "CN-GD")
    assert with_guangdong(("CHN", "CN-GD"), "from Foshan") == ("CHN", "CN-GD")
    assert with_guangdong(("VNM",), "from Foshan") == ("VNM",)
