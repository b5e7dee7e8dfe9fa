"""The small readers of feeds: what stands in a description, and what a renamed field does."""

from __future__ import annotations

import pytest

from crawlers.errors import BadRecord
from crawlers.sources import au_accc, jp_egov, uk_legislation
from crawlers.sources.eu_safety_gate import measures_of


def test_run_together_measures_are_told_apart() -> None:
    who, what, when = "Type of economic operator taking notified measure(s): ", "Category of measure(s): ", (
        "Date of entry into force: "
    )  # fmt: skip
    text = f"{who}Importer{what}Recall{when}21/05/2025{who}Other{what}Ban{when}Unknown"
    assert measures_of(text) == ["Recall (Importer, 21/05/2025)", "Ban (Other)"]
    assert measures_of("Taken off sale.") == ["Taken off sale."] and measures_of(None) == [""]
    assert measures_of(f"{what}Recall") == ["Recall"]


def test_the_lines_of_a_japanese_description_have_names() -> None:
    link = "https://public-comment.e-gov.go.jp/servlet/Public?CLASSNAME=PCMMSTDETAIL&id=595126041&Mode=0"
    summary = "案の公示日：2026/06/02<br/>受付締切日時：2026/07/02 00:00<br/>カテゴリー：工業、商業<br/>"
    found = jp_egov.prepare({"link": link, "summary": summary})
    assert (found["number"], found["opened"], found["category"]) == ("595126041", "2026/06/02", ["工業", "商業"])
    assert found["authority"] == ""


def test_a_japanese_link_without_a_number_is_a_bad_record() -> None:
    with pytest.raises(BadRecord, match="id="):
        jp_egov.prepare({"link": "https://public-comment.e-gov.go.jp/pcm/list", "summary": ""})


@pytest.mark.parametrize(
    ("markup", "told"),
    [
        ('<div class="field__item"><p>One.</p><p>Two &amp; three.</p></div>', "One. Two & three."),
        ('<div class="field__item"><ul><li>A</li><li>B</li></ul></div>', "A; B"),
        ('<div class="field__items"><div class="field__item">A</div><div class="field__item">B</div></div>', "A B"),
    ],
)
def test_a_drupal_field_gives_its_items_without_its_label(markup: str, told: str) -> None:
    name = "field field--name-field-psa-recall-hazards"
    summary = f'<div class="{name}"><h3 class="field__label">What are the hazards?</h3>{markup}</div>'
    found = au_accc.prepare({"id": "31012 at https://www.productsafety.gov.au", "summary": summary})
    assert (found["hazards"], found["number"], found["supplier"]) == (told, "31012", "")


def test_an_instrument_has_its_number() -> None:
    assert uk_legislation.prepare({"id": "http://www.legislation.gov.uk/id/uksi/2026/412"})["number"] == "2026/412"
    assert uk_legislation.prepare({"id": "else"})["number"] == ""
