"""Rows of the workbook and of exports."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from crawlers.errors import BadRecord, WrongFormat
from crawlers.items import NoticeItem
from crawlers.sources.wto_workbook import read_header, read_row
from tests.crawlers.sheets_made import HEADER, linked


def item(**changes: Any) -> NoticeItem:
    row = {"symbol": linked("G/TBT/N/JPN/902"), "member": "Japan", "published": dt.date(2026, 5, 22), **changes}
    return read_row(row, "import", 2)[0]


def test_headers_are_matched_whatever_their_spaces_and_case() -> None:
    header, notes = read_header(["DOCUMENT  symbol", "Proposed adoption  date", " Proposed entry  into  force date",
                                 "Final date for comments ", None, "Conformity with it", "Colour"])  # fmt: skip
    assert header == {0: "symbol", 1: "adoption", 2: "force", 3: "deadline"}
    assert [note.record for note in notes] == ["Colour"]


@pytest.mark.parametrize("missing", ["Document symbol", "Final date for comments"])
def test_a_missing_column_is_loud(missing: str) -> None:
    with pytest.raises(WrongFormat, match=missing):
        read_header([name for name in HEADER if name != missing])


def test_the_symbol_is_what_the_link_shows() -> None:
    found = item(symbol=linked("G/TBT/N/BDI/600, G/TBT/N/UGA/2154"), member="Uganda")
    assert (found.symbols, found.issuer) == (("G/TBT/N/BDI/600", "G/TBT/N/UGA/2154"), "UGA")
    assert found.source_key == "G/TBT/N/UGA/2154"  # its own symbol stays when the list grows
    assert item(symbol=" G/SPS/N/JPN/7/Add.1").domain == "SPS"


@pytest.mark.parametrize(
    ("cell", "day", "words"),
    [
        (dt.datetime(2026, 7, 21), dt.date(2026, 7, 21), "2026-07-21"),  # noqa: DTZ001
        (46224, dt.date(2026, 7, 21), "2026-07-21"),
        ("46224", dt.date(2026, 7, 21), "2026-07-21"),
        ("21/07/2026", dt.date(2026, 7, 21), "21/07/2026"),
        ("2026-07-21", dt.date(2026, 7, 21), "2026-07-21"),
        ("60 days from notification", dt.date(2026, 7, 21), "60 days from notification"),
        ("通报后60天", dt.date(2026, 7, 21), "通报后60天"),
        ("Not applicable", None, "Not applicable"),
        (None, None, ""),
    ],
)
def test_a_deadline_in_every_form(cell: object, day: dt.date | None, words: str) -> None:
    found = item(deadline=cell)
    assert (found.comment_deadline, found.comment_deadline_text) == (day, words)


def test_texts_codes_lists_and_links() -> None:
    found = item(
        title="Toys", description="One_x000D_\nTwo", products="Cars for <10 persons (HS code(s): 8703)",
        hs="8703 - Cars for <10 persons; parts; 95 - TOYS; GAMES", ics="43.040 - Road vehicles; 43.040 - Road vehicles",
        objectives="Food safety (SPS); Food safety (SPS); Other", keywords="Pests;  Plant health",
        regions="France, Guadeloupe Islands", documents="https://a/b_f.pdf\n\n",
        link_fr='=HYPERLINK("https://docs.wto.org/u/x.DOCX", "text")',
    )  # fmt: skip
    assert (found.description, found.products) == ("One\nTwo", "Cars for <10 persons (HS code(s): 8703)")
    assert (found.hs, found.ics) == (("8703", "95"), ("43.040",))
    assert (found.objectives, found.keywords) == (("Food safety (SPS)", "Other"), ("Pests", "Plant health"))
    assert (found.origins, found.regions_affected) == (("FRA",), "France, Guadeloupe Islands")
    assert [(link.rel, link.lang, link.url) for link in found.links] == [
        ("notification", "fr", "https://docs.wto.org/u/x.DOCX"), ("document", "fr", "https://a/b_f.pdf"),
    ]  # fmt: skip


@pytest.mark.parametrize("row", [{}, {"symbol": "WT/DS/1"}, {"symbol": linked("G/TBT/N/JPN/9"), "published": "soon"}])
def test_a_bad_row_is_named_by_its_number(row: dict[str, object]) -> None:
    with pytest.raises(BadRecord, match="row 17"):
        read_row(row, "import", 17)


def test_a_symbol_from_before_2000_needs_a_known_member() -> None:
    assert item(symbol="G/TBT/Notif.99/212").issuer == "JPN"
    with pytest.raises(BadRecord, match="Atlantis"):
        item(symbol="G/TBT/Notif.99/212", member="Atlantis")
