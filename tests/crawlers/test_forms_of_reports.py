"""What reports need of the forms: headings above cards, attributes of the schema, a feed that is none, addresses."""

from __future__ import annotations

import pytest

from crawlers.declaration_parts import Format
from crawlers.errors import WrongFormat
from crawlers.formats import find_records
from crawlers.recording import blank_keys

PAGE = b"""<html><body><main>
<a href="0">before all</a><h2>First  part</h2><a href="1">one</a><h3>Office <em>A</em></h3><a href="2">two</a>
<h2>Second part</h2><ul><li><a href="3">three</a></li></ul><h3>Office B</h3><p><a href="4">four</a></p>
</main></body></html>"""


def test_a_card_has_the_headings_it_stands_under() -> None:
    form = Format(type="html", root="main a", take={"n": "::attr(href)"}, before={"part": "h2", "office": "h3"})
    found = [(card["n"], card["part"], card["office"]) for card in find_records(PAGE, form).records]
    assert found == [
        ("0", "", ""), ("1", "First part", ""), ("2", "First part", "Office A"),
        ("3", "Second part", ""), ("4", "Second part", "Office B"),
    ]  # fmt: skip


def test_attributes_of_the_xml_schema_are_no_fields() -> None:
    body = (
        b'<r xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        b'<one xsi:type="Dto" id="7"><type>Consumer</type><gone xsi:nil="true"/></one></r>'
    )
    record = find_records(body, Format(type="xml", root="one")).records[0]
    assert record == {"id": "7", "type": "Consumer", "gone": "", "page": {}}


def test_whole_xml_that_is_no_feed_is_named() -> None:
    with pytest.raises(WrongFormat, match="no feed"):
        find_records(b"<error><text>busy</text></error>", Format(type="feed"))


def test_an_address_without_a_key_is_shown_as_it_is_written() -> None:
    address = "https://a.example/r?search=WEB_REPORT%7C:%7C1,"
    assert blank_keys(address, ()) == blank_keys(address, ("secret",)) == address
    assert blank_keys(address + "&key=secret", ("secret",)).endswith("key=BLANKED")
