"""What the classifier reads of a document: the form's answers on goods, or the whole text of a draft."""

from __future__ import annotations

from functools import cache

import pytest

from classifier.classify import assess
from classifier.contract import Mapping, NoticeText
from classifier.forms import said_in
from classifier.mapping import mapping_from_files


@cache
def shipped_mapping() -> Mapping:
    """The rules as they are shipped."""
    return mapping_from_files()


SPS_FORM = """NOTIFICATION
1. | Notifying Member: Japan
2. | Agency responsible: Department of Food Safety. Telephone: 1234
3. | Products covered (provide tariff item number(s); where applicable): Green tea
4. | Regions or countries likely to be affected: [X] All trading partners
5. | Title of the notified document: Revision of limits. Language(s): English. Number of pages: 4
6. | Description of content: limits for
1. imidacloprid in green tea
2. fipronil in tea leaves
7. | Objective and rationale: [X] food safety, [ ] plant protection
8. | Is there a relevant international standard? [ ] Codex Alimentarius Commission"""


def test_of_the_form_only_the_answers_on_goods_are_read() -> None:
    assert said_in(SPS_FORM) == (
        "Green tea\nRevision of limits.\nlimits for\n1. imidacloprid in green tea\n2. fipronil in tea leaves"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Miembro que notifica: CHILE\n" + "Artículo 1. Los juguetes", None),
        (
            "1. Miembro que notifica: X\n2. Organismo: Y\n3. Productos abarcados: Té\n4. Regiones: Z\n5. Título: W",
            "Té\nW",
        ),
        ("1. Membre notifiant: X\n2. Organisme: Y\n3. Produits visés: Thé\n4. Régions: Z\n5. Intitulé: W", "Thé\nW"),
        ("A draft of an order on toys.\n1. Title: scope", None),
        ("", ""),
    ],
)
def test_other_languages_and_other_texts(text: str, said: str | None) -> None:
    assert said_in(text) == (text if said is None else said)


def test_words_of_a_document_flag_but_never_decide() -> None:
    short = NoticeText(1, "Revision of the Specifications", lang="en")
    told = assess(NoticeText(1, short.title, lang="en", document=said_in(SPS_FORM)), shipped_mapping())
    assert assess(short, shipped_mapping()).suggestions == ()
    assert [(item.industry, item.state) for item in told.suggestions] == [("tea-coffee", "flagged")]
    assert {reason.field for reason in told.suggestions[0].evidence if reason.words} == {"document"}


def test_a_single_word_said_once_in_a_document_stays_silent() -> None:
    said = "Article 12 applies also where toys are sold."
    assert assess(NoticeText(1, "Revision", lang="en", document=said), shipped_mapping()).suggestions == ()


def test_a_document_raises_no_doubt_about_the_origin() -> None:
    said = "Import requirements for fruit from Thailand and from Viet Nam."
    assert assess(NoticeText(1, "Rules", description=said, lang="en"), shipped_mapping()).doubts == ("other_origin",)
    assert assess(NoticeText(1, "Rules", document=said, lang="en"), shipped_mapping()).doubts == ()
