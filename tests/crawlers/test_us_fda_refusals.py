"""FDA's refusals: where a maker is, and charges in words."""

from __future__ import annotations

import pytest

from crawlers.sources.us_fda_refusals import is_guangdong, prepare


@pytest.mark.parametrize(
    ("province", "city", "expected"),
    [
        ("Guangdong", "", True),
        ("GUANGDONG PROVINCE", "Chaozhou", True),
        ("CN-44", "Somewhere", True),
        ("Cn-Gd", "", True),
        ("GD", "", True),
        ("Shenzhen", "Longgang", True),
        ("", "Shantou City", True),
        ("CN", "Zhanjiang", True),
        ("China", "dongguan", True),
        ("Liaoning", "Dalian Zhongshan", False),
        ("CN-35", "Zhongshan Road, Xiamen", False),
        ("Cn-Fj", "Xiamen", False),
        ("", "Ningbo", False),
        ("CN-440", "", False),
        ("", "", False),
    ],
)
def test_guangdong_is_told_from_the_rest(province: str, city: str, expected: bool) -> None:
    assert is_guangdong(province, city) is expected


def test_a_row_has_a_key_only_when_all_but_the_suffix_is_there() -> None:
    row = {"ENTRY_NUM": "A-1", "RFRNC_DOC_ID": "2", "LINE_NUM": "3", "LINE_SFX_ID": "", "REFUSAL_DATE": "06-Jan-26"}
    beside = {"file": {"charges": {"7": "It appears to be mislabelled."}}, "REFUSAL_CHARGES": "7, 8,"}
    whole = prepare({**row, **beside, "PRODUCT_CODE": "16ABC"})
    assert whole["key"] == "A-1|2|3||06-Jan-26" and whole["title"] == "Import refusal: 16ABC"
    assert whole["charges"] == ["It appears to be mislabelled.", "FDA charge 8"]
    assert prepare({**row, **beside, "ENTRY_NUM": " "})["key"] == ""
