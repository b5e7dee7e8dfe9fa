"""References: the strict form of each scheme, in sources' own lists and in running text."""

from __future__ import annotations

import pytest

from alerts.references import (
    Reference,
    carried_references,
    cited_references,
    find_references,
    is_evidence,
    reference_of,
)


@pytest.mark.parametrize(
    ("printed", "scheme", "number"),
    [
        ("FR 2026-12345", "FR", "2026-12345"),
        ("RIN 3041-AD12", "RIN", "3041-AD12"),
        ("CPSC 26669", "CPSC", "26669"),
        ("CPSC 26-669", "CPSC", "26669"),
        ("Safety Gate SR/02540/26", "Safety Gate", "SR/02540/26"),
        ("safety gate sr/02540/26", "Safety Gate", "SR/02540/26"),
        ("OPSS 2609-0229", "OPSS", "2609-0229"),
        ("HC RA-12345", "HC", "RA-12345"),
        ("docket CPSC-2026-0012", "docket", "CPSC-2026-0012"),
        ("Docket CPSC–2026–0012", "docket", "CPSC-2026-0012"),
        ("CELEX 32026R0123", "CELEX", "32026R0123"),
        ("WTO G/TBT/N/USA/1234", "WTO", "G/TBT/N/USA/1234"),
        ("G/SPS/N/EEC/12/Add.1", "WTO", "G/SPS/N/EU/12"),
        ("RASFF 2026.8625", "RASFF", "2026.8625"),
        ("openFDA D-1234-2026", "openFDA", "D-1234-2026"),
    ],
)
def test_what_sources_list_has_one_form(printed: str, scheme: str, number: str) -> None:
    assert reference_of(printed) == Reference(scheme, number)


@pytest.mark.parametrize("printed", ["", "CELEX", "CELEX ", "see above", "none"])
def test_what_has_no_number_is_none(printed: str) -> None:
    assert reference_of(printed) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("notified as G/TBT/N/USA/1234/Rev.1/Add.2, see", ["WTO G/TBT/N/USA/1234"]),
        ("[Docket No. CPSC–2026–0012]", ["docket CPSC-2026-0012"]),
        ("EERE-2025-BT-STD-0003-0001", ["docket EERE-2025-BT-STD-0003"]),
        ("Docket FDA-2026-N-1234; EPA-HQ-OPPT-2026-0123", ["docket FDA-2026-N-1234", "docket EPA-HQ-OPPT-2026-0123"]),
        ("(RIN: 3041-AD12)", ["RIN 3041-AD12"]),
        ("[FR Doc. 2026-12345 Filed 6-4-26]", ["FR 2026-12345"]),
        ("https://www.federalregister.gov/documents/2026/06/05/2026-11111/toys", ["FR 2026-11111"]),
        ("https://www.govinfo.gov/content/pkg/FR-2026-06-05/html/2026-22222.htm", ["FR 2026-22222"]),
        ("alerts SR/02540/26 and A12/01234/26", ["Safety Gate SR/02540/26", "Safety Gate A12/01234/26"]),
        ("OPSS product safety database, PSD number 2609-0229", ["OPSS 2609-0229"]),
        ("with the US CPSC (recall number 26-669)", ["CPSC 26669"]),
        ("Health Canada's recall RA-77777", ["HC RA-77777"]),
        ("RASFF notification 2026.8625", ["RASFF 2026.8625"]),
        ("?uri=CELEX:32026R0123", ["CELEX 32026R0123"]),
        ("http://data.europa.eu/eli/reg_impl/2026/123/oj", ["CELEX 32026R0123"]),
    ],
)
def test_what_texts_cite(text: str, found: list[str]) -> None:
    assert [str(one) for one in find_references(text)] == found


@pytest.mark.parametrize(
    "text",
    [
        "2026-12345 pieces",
        "call 2609-0229",
        "model RA-12345",
        "recall 26-669 units",
        "2026.8625 kg",
        "ISO-2020-1234",
        "3041-AD12",
        "32026R0123",
        "XSR/02540/26",
        "SR/02540/26/1",
        "CPSC-2026-00123",
        "The CPSC met. Later a recall 26-669 followed",
    ],
)
def test_what_only_looks_like_a_number_is_none(text: str) -> None:
    assert find_references(text) == []


def test_own_numbers_come_from_the_list_and_the_symbols_and_broken_lists_are_none() -> None:
    listed = ["FR 2026-1234", "docket CPSC-2026-0012", "", 5]
    own = [str(one) for one in carried_references(listed, ["G/TBT/N/USA/1/Add.1", "G/TBT/N/USA/1"])]
    assert own == ["FR 2026-1234", "docket CPSC-2026-0012", "WTO G/TBT/N/USA/1"]
    assert carried_references({"a": 1}, []) == []
    assert carried_references("RIN 3041-AD12", []) == [Reference("RIN", "3041-AD12")]


def test_a_citation_remembers_the_first_field_it_stands_in() -> None:
    texts = {"title": "Toys", "description": "RIN 3041-AD12", "products": "RIN 3041-AD12"}
    assert cited_references(texts) == {Reference("RIN", "3041-AD12"): "description"}


@pytest.mark.parametrize(
    ("scheme", "owned", "same_issuer", "both_notified", "shows"),
    [
        ("docket", False, True, False, True),
        ("docket", True, False, False, False),
        ("RIN", False, True, True, True),
        ("CPSC", True, False, False, True),
        ("CPSC", False, True, False, False),
        ("WTO", True, True, False, True),
        ("WTO", True, True, True, False),
    ],
)
def test_what_a_shared_number_shows(
    scheme: str, owned: bool, same_issuer: bool, both_notified: bool, shows: bool
) -> None:
    assert is_evidence(scheme, owned=owned, same_issuer=same_issuer, both_notified=both_notified) is shows
