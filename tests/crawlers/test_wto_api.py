"""Answers of the keyed API, every trap in its own words."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from crawlers import errors
from crawlers.items import NoticeItem
from crawlers.sources.wto_api import read_answer, read_item


def record(**changes: Any) -> dict[str, Any]:
    """A regular notification, as small as the API may send it."""
    return {
        "id": "127901", "area": "TBT", "documentSymbol": " G/TBT/N/JPN/902", "notifyingMember": "Japan",
        "notificationType": "Regular notification", "distributionDate": "2026-05-22T00:00:00Z", "title": "Batteries",
        "description": None, "productsFreeText": None, **changes,
    }  # fmt: skip


def item(**changes: Any) -> NoticeItem:
    return read_item(record(**changes), "wto_tbt_notifications")[0]


def answer(*records: dict[str, Any], **envelope: Any) -> bytes:
    return json.dumps({"items": records, "currentPage": 1, "pageSize": 100, **envelope}).encode()


def test_the_smallest_record_is_read() -> None:
    found = item(title=None, id=127901)
    assert (found.source_key, found.symbols, found.issuer, found.domain) == (
        "127901",
        ("G/TBT/N/JPN/902",),
        "JPN",
        "TBT",
    )
    assert found.published_on == date(2026, 5, 22) and found.comment_deadline is None


def test_a_joint_record_names_all_members_and_its_own_first() -> None:
    found = item(documentSymbol=" G/TBT/N/ARE/741, G/TBT/N/SAU/1498", notifyingMember="Saudi Arabia, Kingdom of")
    assert (found.issuer, found.members) == ("SAU", ("ARE", "SAU"))


def test_an_unknown_name_gives_way_to_the_symbol_and_is_noted() -> None:
    found, notes = read_item(record(notifyingMember="Land of Nod"), "s")
    assert found.issuer == "JPN"
    assert [(note.kind, note.record) for note in notes] == [("unknown_member", "G/TBT/N/JPN/902")]
    assert "Land of Nod" in notes[0].message


def test_the_plain_field_goes_before_the_marked_up_one() -> None:
    found = item(
        title="<b>Batteries</b> &lt;i&gt;draft&lt;/i&gt;", titlePlain="Batteries, draft", description="<p>One</p>"
    )
    assert (found.title, found.description) == ("Batteries, draft", "One")


def test_the_body_of_an_addendum_in_its_title() -> None:
    found = item(
        documentSymbol=" G/TBT/N/JPN/902/Add.1",
        title='<p style="margin:2px">TITLE: Batteries <br />ACTION: Adopted rule</p>\r\n<p>Effective 1 June 2026</p>',
    )
    assert (found.title, found.description) == ("Batteries", "ACTION: Adopted rule\nEffective 1 June 2026")


def test_codes_are_gathered_once_from_lists_texts_and_products() -> None:
    codes = [{"id": 1, "code": "8507", "name": "8507 - Accumulators; parts"}] * 2
    found = item(
        hsCodes=codes, hsCodeText="8507, 0306", productsFreeText="(HS code(s): 850760); (ICS code(s): 29.220)",
        icsCodes=[{"id": 2, "code": "29.220.30", "name": "29.220.30 - Alkaline cells"}] * 2, icsCodeText="29.220.30",
    )  # fmt: skip
    assert found.hs == ("8507", "0306", "850760")
    assert found.ics == ("29.220.30", "29.220")


def test_dates_and_their_words() -> None:
    found = item(
        commentDeadlineDate="2026-07-21T00:00:00+00:00", proposedAdoptionDate="2026-08-31T00:00:00Z",
        proposedAdoptionDateText="August 2026", proposedEntryIntoForceDate=None,
        proposedEntryIntoForceDateText="6 months after adoption",
    )  # fmt: skip
    assert found.comment_deadline == date(2026, 7, 21)
    assert (found.adoption_on, found.adoption_text) == (date(2026, 8, 31), "August 2026")
    assert (found.force_on, found.force_text) == (date(2027, 2, 28), "6 months after adoption")


def test_links_of_both_kinds() -> None:
    found = item(
        dolLink="G\\TBTN26\\JPN902.DOCX", notifiedDocumentLink="https://a/x_e.pdf,https://a/y_x.pdf\nhttps://b/z"
    )
    assert [(link.rel, link.lang) for link in found.links] == [
        ("notification", ""), ("document", "en"), ("document", ""), ("document", ""),
    ]  # fmt: skip
    assert found.links[0].url.endswith("filename=q:/G/TBTN26/JPN902.DOCX")


@pytest.mark.parametrize(
    ("changes", "attributes"),
    [
        ({"technicalRegulationUrgent": True}, {"articles": ["2.10.1"], "urgent": True}),
        ({"technicalRegulationLocalGovernment": True, "technicalRegulation": False}, {"articles": ["3.2"]}),
        ({"notificationType": "Emergency notifications (SPS)"}, {"urgent": True}),
        ({"codexAlimentariusCommision": True, "conformStandardNo": True}, {"international_standards": ["codex"],
                                                                         "conforms_to_standard": "no"}),
        ({"allTradingPartners": True}, {"all_trading_partners": True}),
    ],
)  # fmt: skip
def test_the_boxes_ticked(changes: dict[str, Any], attributes: dict[str, object]) -> None:
    assert item(**changes).attributes == attributes


def test_the_members_named_as_affected() -> None:
    found = item(countriesAffected=[{"id": 1, "name": "China"}, {"id": 2, "name": "Atlantis"}])
    assert (found.origins, found.regions_affected) == (("CHN",), "China, Atlantis")


def test_a_field_that_nobody_reads_is_signalled() -> None:
    _, notes = read_item(record(isOpenForComments=True, version=None), "s")
    assert [(note.kind, note.record) for note in notes] == [("unread_field", "isOpenForComments")]


@pytest.mark.parametrize(
    "changes",
    [{"id": None}, {"documentSymbol": None}, {"documentSymbol": "G/TBT/N/1122"}, {"distributionDate": "soon"},
     {"hsCodes": "8507"}, {"productsFreeText": 17}],
)  # fmt: skip
def test_a_bad_record_is_named_and_the_others_are_kept(changes: dict[str, Any]) -> None:
    reading = read_answer(answer(record(), record(id="2", **{"documentSymbol": " G/TBT/N/JPN/903", **changes})), "s") \
        if "id" not in changes else read_answer(answer(record(), record(**changes)), "s")  # fmt: skip
    assert [found.source_key for found in reading.items] == ["127901"]
    assert len(reading.bad) == 1


def test_half_a_character_is_a_bad_record() -> None:
    reading = read_answer(answer(record(), record(id="2", distributionDate="2026-05-22 \ud83d")), "s")
    assert (len(reading.items), len(reading.bad)) == (1, 1)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"  ", errors.EmptyAnswer),
        (b"<!doctype html><html></html>", errors.HtmlInstead),
        (answer(record())[:-40], errors.TruncatedAnswer),
        (answer(record())[:-1], errors.TruncatedAnswer),
        (answer(record(title="caf\u00e9")).replace(b"caf\\u00e9", b"caf\xe9"), errors.WrongCharset),
        (b'{"items": nothing}', errors.WrongFormat),
        (b'{"rows": []}', errors.WrongFormat),
        (b"[]", errors.WrongFormat),
        (b'{"items": {}}', errors.WrongFormat),
    ],
)
def test_an_answer_of_another_form_has_a_name(body: bytes, error: type[errors.SourceError]) -> None:
    with pytest.raises(error):
        read_answer(body, "s")


def test_the_envelope_is_reported() -> None:
    reading = read_answer(answer(record(), totalCount=250), "s")
    assert (reading.rows, reading.total, reading.page_size) == (1, 250, 100)
