"""Titles that carry a body, languages, links."""

from __future__ import annotations

from datetime import date

import pytest

from crawlers.items import Link, NoticeItem
from crawlers.reading import Reading, distinct_links, language_of, links_in, split_title, without_future

LONG = "This regulation sets limits for the release of lead from glazed ceramic articles. " * 8


@pytest.mark.parametrize(
    ("title", "description", "expected"),
    [
        ("Toys", "Limits for bisphenols.", ("Toys", "Limits for bisphenols.")),
        ("No. 7, Kettles \nand Pots", "Text.", ("No. 7, Kettles and Pots", "Text.")),
        ("TITLE: Toys\nAGENCY: Board\nACTION: Final rule", "", ("Toys", "AGENCY: Board\nACTION: Final rule")),
        ("Toys\n\nThe measure was adopted.", "", ("Toys", "The measure was adopted.")),
        (
            "Rules for tea from JapanKorea hereby advises of the entry into force.",
            "Rules for tea from JapanKorea hereby advises of the entry into force.",
            ("Rules for tea from Japan", "Korea hereby advises of the entry into force."),
        ),
        (
            "Kettles Order, 2026",
            "Kettles Order, 2026Kettles are vessels.",
            ("Kettles Order, 2026", "Kettles are vessels."),
        ),
        (
            "Kettles Order, 2026 (4 pages, in English)",
            "Kettles Order, 2026Kettles are vessels.",
            ("Kettles Order, 2026 (4 pages, in English)", "Kettles are vessels."),
        ),
        ("Toys", "-__________1 This information can be provided by including a website address.", ("Toys", "")),
        ("Toys", "Text.https://example.org/a", ("Toys", "Text. https://example.org/a")),
        ("Safety of toys\nand games", "", ("Safety of toys and games", "")),
        ("", "", ("", "")),
    ],
)
def test_a_title_and_its_body_are_told_apart(title: str, description: str, expected: tuple[str, str]) -> None:
    assert split_title(title, description) == expected


def test_a_long_body_without_any_mark_is_cut_at_its_first_sentence() -> None:
    title, description = split_title(LONG, "")
    assert title == "This regulation sets limits for the release of lead from glazed ceramic articles."
    assert (title + " " + description).split() == LONG.split()


def test_a_body_without_a_sentence_is_cut_at_a_word_and_kept_whole_beside() -> None:
    title, description = split_title("word " * 200, "")
    assert title.endswith("word…") and len(title) <= 301
    assert description == ("word " * 200).strip()


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("The draft sets limits for the release of lead from toys", "en"),
        ("El protocolo establece los requisitos de seguridad para el calzado", "es"),
        ("Le projet précise la méthode de calcul pour les vêtements", "fr"),
        ("本通报规定了玩具中双酚的限量", "zh"),
        ("Portaria que aprova o regulamento técnico da qualidade dos brinquedos e do calçado", ""),
        ("Toys", ""),
    ],
)
def test_the_language_of_a_text(text: str, lang: str) -> None:
    assert language_of(text) == lang


def test_links_are_cut_out_of_prose_with_the_language_of_their_file() -> None:
    text = (
        "https://members.wto.org/crnattachments/2026/SPS/PER/26_1_00_s.pdf\nEl texto se puede descargar de "
        "https://www.gob.pe/x (disponible en español),https://members.wto.org/a_e.pdf"
    )
    assert [(link.lang, link.url.rsplit("/", 1)[1]) for link in links_in(text, "document")] == [
        ("es", "26_1_00_s.pdf"),
        ("", "x"),
        ("en", "a_e.pdf"),
    ]


def test_each_address_is_kept_once() -> None:
    twice = [
        Link("notification", "en", "https://a"),
        Link("document", "", "https://b"),
        Link("document", "", "https://a"),
    ]
    assert distinct_links(twice) == (twice[0], twice[1])


def test_records_of_the_future_are_bad_records() -> None:
    items = [
        NoticeItem("s", str(n), "notification", "EU", symbols=(f"G/TBT/N/EU/{n}",), published_on=day)
        for n, day in enumerate([date(2026, 6, 1), date(2026, 6, 4), date(2099, 1, 1), None])
    ]
    reading = without_future(Reading(items=items), date(2026, 6, 3))
    assert [item.source_key for item in reading.items] == ["0", "1", "3"]
    assert [error.record for error in reading.bad] == ["G/TBT/N/EU/2"]
