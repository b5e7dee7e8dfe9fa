"""Numbers of dockets as agencies print them, and the CFR ranges that hint at industries."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from crawlers.declaration_parts import Expect
from crawlers.declarations import declared_source, declared_sources
from crawlers.sources.us_federal_register import SOURCE, docket_numbers, labelled_ranges, prepare
from settings import DATA
from tests.crawlers.driving import crawl_here, write_recording


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("CPSC Docket No. CPSC-2026-0012", ["CPSC-2026-0012"]),
        ("EPA-HQ-OPPT-2025-0211; FRL-12345-01-OCSPP", ["EPA-HQ-OPPT-2025-0211"]),
        ("EERE–2024–BT–TP–0019", ["EERE-2024-BT-TP-0019"]),
        ("ET Docket No. 26-36; FCC 26-31; FR ID 301122", []),
        ("Doc. No. AMS-NOP-21-0073", ["AMS-NOP-21-0073"]),
        ("", []),
    ],
)
def test_dockets(text: str, numbers: list[str]) -> None:
    assert docket_numbers(text) == numbers


def test_ranges() -> None:
    assert labelled_ranges(["16 CFR 1250", "40 CFR 751", "21 CFR 177", "99 CFR 1", "16 CFR None"]) == [
        "16 CFR 1250",
        "40 CFR 751",
        "21 CFR 174-179",
    ]


@pytest.mark.parametrize("number", ["2026-09872", "E9-31313"])
def test_a_correction_names_what_it_corrects(number: str) -> None:
    address = f"https://www.federalregister.gov/api/v1/documents/{number}"
    record = prepare({"document_number": f"C1-{number}", "correction_of": address})
    assert record["reason"] == "corrected" and record["references"] == [f"FR C1-{number}", f"FR {number}"]
    assert prepare({"document_number": number, "correction_of": None})["reason"] == ""


def test_every_label_of_every_source_is_an_industry() -> None:
    with (DATA / "industries.csv").open(encoding="utf-8", newline="") as lines:
        known = {row["id"] for row in csv.DictReader(lines)}
    labels = {
        (source.id, label, industry)
        for source in declared_sources().values()
        if source.category
        for label, industries in source.category.labels.items()
        for industry in industries
    }
    assert {found for found in labels if found[2] not in known} == set()


HERE, THERE = "https://www.federalregister.gov", "https://elsewhere.example"


def page(number: int, following: str | None = None) -> dict[str, object]:
    document = {"document_number": f"2026-1000{number}", "title": f"Rule {number}", "publication_date": "2026-06-01"}
    answer = {"count": 2, "results": [document], **({"next_page_url": following} if following else {})}
    return {"headers": {"Content-Type": "application/json"}, "body": json.dumps(answer).encode()}


@pytest.mark.parametrize(
    ("host", "status", "new", "kinds"), [(HERE, "ok", 2, []), (THERE, "failing", 1, ["WrongFormat"])]
)
def test_the_next_page_is_followed_on_the_same_host_only(
    sqlite_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    status: str,
    new: int,
    kinds: list[str],
) -> None:
    source = declared_source(SOURCE).model_copy(update={"expect": Expect(least=1)})
    monkeypatch.setattr("crawlers.process.declared_source", lambda name: source)
    second = "/api/v1/documents.json?conditions%5Btype%5D%5B%5D=RULE&page=2&search_after=1779235200000"
    folder = write_recording(
        tmp_path / "r",
        {"url": HERE + second, "match": "exact", **page(2)},
        {"url": source.url, "match": "path", **page(1, host + second)},
    )
    report = crawl_here(sqlite_url, SOURCE, folder)
    assert (report.status, report.new, [note.kind for note in report.issues]) == (status, new, kinds)
