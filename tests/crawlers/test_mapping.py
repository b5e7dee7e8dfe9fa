"""Records into notices: what is mapped, kept, ignored and told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from crawlers.declarations import Declaration
from crawlers.formats import Found
from crawlers.mapping import day_of, read_records
from crawlers.reading import Reading

BASE: dict[str, Any] = {
    "id": "made_up_source", "name_zh": "来源", "name_en": "source", "publisher": "p", "country": "USA",
    "kind": "recall",
    "shape": "whole_file", "url": "https://x.example/", "schedule": "7 3 * * *", "licence": "l", "attribution": "a",
    "grade": "B", "verified_on": "2026-01-01", "enabled": False, "lang": "en",
    "fields": {
        "key": "id", "title": ["brand", "name"], "description": "text", "published": "day", "deadline": "until",
        "hs": "codes", "original": "https://x.example/{id}", "references": "X {id}",
    },
    "keep": {"model": "model", "both": "{brand} {model}"},
    "origin": {"field": "from", "codes": {"PRC": "CHN"}, "none": ["unknown"]},
    "category": {"field": "group", "labels": {"Toys": ["toys"], "Other": []}},
    "ignore": ["score"],
}  # fmt: skip
GOOD = {
    "id": 7, "brand": "Mustermarke", "name": "<b>Bear</b> &amp; friends", "text": "A<br>B",
    "day": "2026-05-20T23:00:00Z",
    "until": "60 days from notification", "codes": ["9503.00; 9503", "none"], "model": "M1", "from": ["PRC", "Germany"],
    "group": "Toys", "score": 3,
}  # fmt: skip


def read(*records: dict[str, Any], **changes: Any) -> Reading:
    return read_records(Found(list(records)), Declaration(**{**BASE, **changes}))


def test_a_record_becomes_a_notice() -> None:
    reading = read(GOOD)
    [item] = reading.items
    assert (item.source_key, item.title, item.description) == ("7", "Mustermarke · Bear & friends", "A\nB")
    assert (item.published_on, item.comment_deadline) == (date(2026, 5, 20), date(2026, 7, 19))
    assert item.comment_deadline_text == "60 days from notification"
    assert (item.hs, item.origins) == (("950300", "9503"), ("CHN", "DEU"))
    assert [link.url for link in item.links] == ["https://x.example/7"]
    assert item.attributes == {
        "categories": ["Toys"], "industries": ["toys"], "model": "M1", "both": "Mustermarke M1", "references": ["X 7"],
    }  # fmt: skip
    assert reading.notes == [] and reading.bad == []


@pytest.mark.parametrize(
    ("change", "kind", "record"),
    [
        ({"surprise": 1}, "unread_field", "surprise"),
        ({"group": "Boats"}, "unknown_category", "Boats"),
        ({"from": "Atlantis"}, "unknown_origin", "Atlantis"),
    ],
)
def test_what_is_not_known_is_told_and_stops_nothing(change: dict[str, Any], kind: str, record: str) -> None:
    reading = read({**GOOD, **change})
    assert [(note.kind, note.record) for note in reading.notes] == [(kind, record)] and len(reading.items) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": None}, "no key"),
        ({"brand": "", "name": " "}, "no title"),
        ({"day": "soon"}, "the date 'soon' is not understood"),
    ],
)
def test_one_broken_record_is_named_and_the_others_stay(change: dict[str, Any], words: str) -> None:
    reading = read({**GOOD, **change}, {**GOOD, "id": 8})
    assert [item.source_key for item in reading.items] == ["8"]
    assert words in str(reading.bad[0])


def test_only_what_is_meant_is_read() -> None:
    where = [{"field": "group", "among": ["TOYS"]}, {"field": "text", "matches": "^A"}]
    reading = read(GOOD, {**GOOD, "id": 8, "group": "Other"}, {**GOOD, "id": 9, "text": "B"}, where=where)
    assert [item.source_key for item in reading.items] == ["7"]


@pytest.mark.parametrize(
    ("text", "formats"),
    [
        ("2026-05-20T01:00:00+09:00", ()),
        ("Wed, 20 May 2026 23:10:00 GMT", ()),
        ("20/05/2026", ()),
        ("20-05-2026 15:36:22", ("%d-%m-%Y %H:%M:%S",)),
        ("20260520", ("%Y%m%d",)),
        ("20-May-26", ("%d-%b-%y",)),
    ],
)
def test_a_day_is_read_as_it_is_printed(text: str, formats: tuple[str, ...]) -> None:
    assert day_of(text, formats) == date(2026, 5, 20)
