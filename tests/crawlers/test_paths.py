"""Paths and templates over records, and what is filled into a question."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from crawlers.declaration_parts import Paging, Window
from crawlers.paths import at, filled, gathered, getter_of, heads, values
from crawlers.places import day_parameters, day_places, page_parameters, page_places, placed

RECORD: dict[str, Any] = {
    "id": 15120.0,
    "title": " Toys ",
    "flag": True,
    "none": None,
    "dc:date": "2026-05-20",
    "a.b": "dotted",
    "products": [{"name": "Bear", "tags": ["x", "y"]}, {"name": "Bear"}, {"name": ""}],
    "place": {"country": {"code": "CN"}},
}


@pytest.mark.parametrize(
    ("path", "texts"),
    [
        ("title", ["Toys"]),
        ("id", ["15120"]),
        ("flag", ["yes"]),
        ("none", []),
        ("missing.deep", []),
        ("a.b", ["dotted"]),
        ("dc:date", ["2026-05-20"]),
        ("products[].name", ["Bear", "Bear"]),
        ("products.tags", ["x", "y"]),
        ("place.country.code", ["CN"]),
        ("place", []),
    ],
)
def test_a_path_gives_every_text_there(path: str, texts: list[str]) -> None:
    assert values(RECORD, path) == texts
    assert list(getter_of([path])(RECORD)) == list(dict.fromkeys(texts))


def test_a_template_needs_all_of_its_places() -> None:
    assert filled("https://x.example/{id}/{place.country.code}", RECORD) == "https://x.example/15120/CN"
    assert filled("{id} of {missing}", RECORD) == ""
    assert gathered(["products.name", "title", "n {id}", "no {none}"], RECORD) == ["Bear", "Toys", "n 15120"]
    assert list(getter_of(["products.name", "n {id}"])(RECORD)) == ["Bear", "n 15120"]


def test_what_is_read_of_a_record_is_known() -> None:
    assert {"products", "id"} <= heads("{products[].name} {id}") and "dc:date" in heads("dc:date")
    assert at(RECORD, "place.country") == {"code": "CN"} and at(RECORD, "title.x") is None


def test_a_question_is_filled_and_braces_of_json_stay() -> None:
    window = Window(days=7, earliest=date(2000, 1, 1), format="%d-%m-%Y", from_parameter="since")
    paging = Paging(by="offset", parameter="skip", size_parameter="limit", size=100)
    places = {**day_places(window, date(2026, 5, 1), None), **page_places(paging, 3)}
    assert (
        placed('{"from": "{from}", "n": {page}, "to": "{to}"}', places)
        == '{"from": "01-05-2026", "n": 3, "to": "{to}"}'
    )
    assert day_parameters(window, places) == {"since": "01-05-2026"}
    assert page_parameters(paging, places) == {"skip": "200", "limit": "100"}
    assert page_parameters(None, {}) == {}
