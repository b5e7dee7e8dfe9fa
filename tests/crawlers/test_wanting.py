"""Which notices want documents and which files those are; which addresses may be asked at all."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from crawlers.addresses import is_public_address
from crawlers.wanting import chosen_links, lacks_text, wanted_documents
from store.notice import HISTORY, NEWS, Notice

TODAY = date(2026, 6, 3)
FORM = "https://docs.wto.org/imrd/directdoc.asp?DDFDocuments/{}/G/SPS/NJPN1400.DOCX"
ANNEX = "https://members.wto.org/crnattachments/2026/SPS/JPN/26_00400_{:02}_{}.pdf"
LONG = (
    "The draft sets limits for lead and cadmium in the accessible parts of toys and asks for a test by a laboratory. "
)


def _notice(**fields: Any) -> Notice:
    values: dict[str, Any] = {
        "source": "wto_tbt_notifications", "thread_id": 1, "kind": "notification", "domain": "TBT", "issuer": "JPN",
        "title": "Safety of toys", "content_hash": "x", "admitted": NEWS, "published_on": date(2026, 6, 1),
        "links": [{"rel": "notification", "lang": "en", "url": FORM.format("t")}],
    }  # fmt: skip
    return Notice(**{**values, **fields})


@pytest.mark.parametrize(
    ("fields", "wants"),
    [
        ({}, True),
        ({"description": LONG * 2}, False),
        ({"title": LONG, "description": LONG}, True),  # said twice is said once
        ({"description": "https://example.org/" + "x" * 300}, True),
        ({"title": "G/TBT/N/JPN/1 Addendum to Regular Notification"}, True),
        ({"title": "关于玩具安全的技术法规" * 6}, False),
        ({"thread_reason": "deadline_changed"}, False),
        ({"thread_reason": "scope_changed"}, True),
    ],
)
def test_few_words_want_documents(fields: dict[str, Any], wants: bool) -> None:
    assert lacks_text(_notice(**fields)) is wants


@pytest.mark.parametrize(
    ("domain", "said", "wants"),
    [
        ("SPS", "Maximum residue limits for pesticides in or on food commodities. ", True),
        ("SPS", "Límites máximos de residuos de plaguicidas en los productos agrícolas frescos. ", True),
        ("SPS", "Limites maximales de résidus des pesticides dans les denrées d'origine végétale. ", True),
        ("SPS", "关于食品中农药最大残留限量的国家标准修订草案，涉及多种农产品及其加工品。", True),
        ("SPS", "Maximum residue limits for imidacloprid in tea. ", False),
        ("SPS", "Proposed tolerances for residues of the substance CAS 138261-41-3. ", False),
        ("SPS", "食品中草甘膦最大残留限量的国家标准修订草案，涉及多种农产品及其加工品。", False),
        ("SPS", "Import requirements for fresh apples, with a list of pests of concern to us. ", False),
        ("TBT", "Maximum residue limits for pesticides in or on food commodities. ", False),
    ],
)
def test_residues_without_a_substance_want_documents(domain: str, said: str, wants: bool) -> None:
    padding = "The draft takes account of the comments that were received in the first consultation. " * 4
    assert lacks_text(_notice(domain=domain, title=said, description=padding)) is wants


@pytest.mark.parametrize(
    "fields",
    [
        {"admitted": HISTORY},
        {"merged_into_id": 7},
        {"links": []},
        {"published_on": date(2026, 4, 1), "comment_deadline": date(2026, 6, 2)},
    ],
)
def test_history_and_what_is_over_want_nothing(fields: dict[str, Any]) -> None:
    assert wanted_documents(_notice(), TODAY) != ()
    assert wanted_documents(_notice(**fields), TODAY) == ()


def test_an_old_notice_that_is_still_open_wants_documents() -> None:
    assert wanted_documents(_notice(published_on=date(2026, 4, 1), comment_deadline=TODAY), TODAY) != ()


def _links(*urls: str, rel: str = "document", lang: str = "") -> list[dict[str, str]]:
    return [{"rel": rel, "lang": lang, "url": url} for url in urls]


def test_of_one_file_in_several_languages_the_best_read_is_chosen() -> None:
    form = [
        {"rel": "notification", "lang": lang, "url": FORM.format(letter)}
        for lang, letter in (("fr", "u"), ("es", "v"), ("en", "t"))
    ]
    annexes = [
        {"rel": "document", "lang": "fr", "url": ANNEX.format(0, "f")},
        {"rel": "document", "lang": "es", "url": ANNEX.format(0, "s")},
        {"rel": "document", "lang": "", "url": ANNEX.format(1, "x")},
    ]
    assert [(link.rel, link.lang) for link in chosen_links([*annexes, *form])] == [
        ("notification", "en"),
        ("document", "es"),
    ]


def test_at_most_three_files_the_form_first() -> None:
    links = [*_links(*(ANNEX.format(n, "e") for n in range(4))), *_links(FORM.format("t"), rel="notification")]
    chosen = chosen_links(links)
    assert len(chosen) == 3 and chosen[0].rel == "notification"


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://www.mhlw.example.jp/content/draft.PDF", True),
        ("https://www.mhlw.example.jp/content/draft.doc", True),
        ("https://docs.wto.org/dol2fe/Pages/SS/directdoc.aspx?filename=q:/G/TBTN16/USA1234.pdf", True),
        ("https://members.wto.org/crnattachments/2026/TBT/BRA/final_measure/26_00001_00_e", True),
        ("https://www.mhlw.example.jp/content/index.html", False),
        ("https://www.mhlw.example.jp/content/draft.xlsx", False),
        ("http://127.0.0.1:8000/secret.pdf", False),
        ("file:///etc/passwd.pdf", False),
        ("https://www.mhlw.example.jp/" + "x" * 1000 + ".pdf", False),
    ],
)
def test_only_files_at_public_addresses(url: str, taken: bool) -> None:
    assert bool(chosen_links(_links(url))) is taken


def test_a_source_web_page_is_no_document() -> None:
    assert chosen_links(_links("https://a.example.org/x.pdf", rel="original")) == ()


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://docs.wto.org/x", True),
        ("http://docs.wto.org:80/x", True),
        ("https://8.8.8.8/x", True),
        ("https://docs.wto.org:8443/x", False),
        ("https://user:word@docs.wto.org/x", False),
        ("http://localhost/x", False),
        ("http://db/x", False),
        ("http://db.internal/x", False),
        ("http://10.0.0.1/x", False),
        ("http://169.254.169.254/latest", False),
        ("http://[::1]/x", False),
        ("http://2130706433/x", False),
        ("http://0x7f.0.0.1/x", False),
        ("ftp://docs.wto.org/x", False),
        ("https:///x", False),
        ("https://[bad/x", False),
    ],
)
def test_which_addresses_are_public(url: str, public: bool) -> None:
    assert is_public_address(url) is public
