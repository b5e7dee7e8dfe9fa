"""Names of members, as the WTO writes them."""

from __future__ import annotations

import csv

import pytest

from crawlers.members import member_code
from settings import DATA


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Korea, Republic of", "KOR"),
        ("Saudi Arabia, Kingdom of", "SAU"),
        ("Bahrain, Kingdom of", "BHR"),
        ("Kuwait, the State of", "KWT"),
        ("Hong Kong, China", "HKG"),
        ("Chinese Taipei", "TPKM"),
        ("Türkiye", "TUR"),
        ("Turkey", "TUR"),
        ("Viet Nam", "VNM"),
        ("Kyrgyz Republic", "KGZ"),
        ("Tanzania", "TZA"),
        ("The Gambia", "GMB"),
        ("European Communities", "EU"),
        ("EEC", "EU"),
        ("Côte d'Ivoire", "CIV"),
        ("Korea, Democratic People's Republic of", None),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_a_name_gives_the_code_of_the_symbols(name: str, code: str | None) -> None:
    assert member_code(name) == code


def test_every_country_of_the_table_is_found_by_its_own_name() -> None:
    with (DATA / "countries.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["name_en"]: member_code(row["name_en"]) for row in rows} == {
        r["name_en"]: r["wto_symbol"] for r in rows
    }
