"""Real answers of regulators and standards bodies, kept outside the repository; skipped loudly when not there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawlers.declarations import declared_source
from crawlers.visits import Report
from settings import ROOT
from store.engine import make_engine
from tests.crawlers.driving import crawl_here, write_recording
from tests.crawlers.expected import stored_notices

SAMPLES = next((p for p in (ROOT.parent / "shared/samples/feeds", ROOT.parent.parent / "shared/samples/feeds")
                if p.is_dir()), ROOT / "no-samples")  # fmt: skip
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no real answers beside the checkout: not run")
LATER = "2026-10-05T09:00:00+08:00"


def real(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))


def crawled(url: str, folder: Path, source: str, answer: Any, *more: dict[str, Any]) -> tuple[Report, dict[str, Any]]:
    """The report and the notices by key of a visit that gets `answer` at the source's main address."""
    main = {"url": declared_source(source).url, "match": "path", "body": json.dumps(answer).encode()}
    report = crawl_here(url, source, write_recording(folder / "r", main, *more), now=LATER)
    engine = make_engine(url)
    found = {notice["key"]: notice for notice in stored_notices(engine)}
    engine.dispose()
    return report, found


def notes(report: Report) -> list[tuple[str, str]]:
    return [(note.kind, note.record) for note in report.issues if note.kind != "NothingListed"]


def test_a_real_recall_of_cpsc(sqlite_url: str, tmp_path: Path) -> None:
    report, found = crawled(sqlite_url, tmp_path, "us_cpsc_recalls", real("us_cpsc/cpsc-crib.json"))
    assert notes(report) == [] and set(found) == {"10904"}
    crib = found["10904"]
    assert (crib["published_on"], crib["origins"]) == ("2026-08-06", ["CHN"])
    assert crib["products"] == "Voomf Play Yard and Crib Mattresses"
    assert crib["attributes"]["references"] == ["CPSC 26669"]
    assert "mandatory safety standard for crib mattresses" in crib["description"]


def test_real_recalls_of_devices(sqlite_url: str, tmp_path: Path) -> None:
    answer = real("us_openfda/device-enforcement-thermometer.json")
    answer["meta"]["results"]["total"] = 2  # the sample is the first page of twelve records
    nothing = json.dumps({"error": {"code": "NOT_FOUND", "message": "No matches found!"}}).encode()
    others = [{"url": url, "match": "path", "status": 404, "body": nothing}
              for url in declared_source("us_fda_enforcement_reports").more_urls]  # fmt: skip
    report, found = crawled(sqlite_url, tmp_path, "us_fda_enforcement_reports", answer, *others)
    assert notes(report) == [] and set(found) == {"Z-2339-2024", "Z-1633-2023"}
    braun = found["Z-2339-2024"]
    assert braun["title"] == "Braun Thermoscan PRO 6000 Ear Thermometer" and braun["published_on"] == "2024-07-17"
    assert braun["attributes"]["industries"] == ["medical-devices"] and braun["origins"] == []


def test_the_real_list_of_opss_without_its_details(sqlite_url: str, tmp_path: Path) -> None:
    answer = real("uk_opss/search.json")
    gone = [{"url": f"https://www.gov.uk/api/content{one['link']}", "match": "exact", "status": 404, "body": b"{}"}
            for one in answer["results"]]  # fmt: skip
    answer["total"] = len(answer["results"])  # the sample is cut to four of 3,746
    report, found = crawled(sqlite_url, tmp_path, "uk_opss_alerts", answer, *gone)
    assert len(found) == 4 and {kind for kind, _ in notes(report)} == {"detail_missing"}
    toy = next(one for one in found.values() if "Tissue Box Toy" in one["title"])
    assert toy["attributes"]["references"] == ["OPSS 2609-0079"] and toy["published_on"] == "2026-10-01"
    assert toy["products"] == "hahaland Baby Tissue Box Toy sold via Amazon"
    assert toy["attributes"]["measures"] == ["import-rejected-at-border", "removal-of-listing-by-online-marketplace"]
    assert toy["attributes"]["industries"] == ["toys"]


def test_every_category_of_opss_has_a_label() -> None:
    facets = real("uk_opss/product_safety_alert_report_recalls.schema.json")["facets"]
    slugs = {v["value"] for facet in facets if facet["key"] == "product_category" for v in facet["allowed_values"]}
    category = declared_source("uk_opss_alerts").category
    assert category and slugs <= set(category.labels)


def test_a_real_row_of_the_federal_register(sqlite_url: str, tmp_path: Path) -> None:
    row = real("us_federal_register/documents-row.excerpt.json")
    report, found = crawled(sqlite_url, tmp_path, "us_federal_register_documents", {"count": 1, "results": [row]})
    assert notes(report) == []
    rule = found["2024-22520"]
    assert (rule["notification_type"], rule["force_on"], rule["published_on"]) == ("Rule", "2024-10-01", "2024-10-01")
    assert rule["attributes"]["cfr"] == ["2 CFR 170", "2 CFR 200"] and rule["attributes"]["references"]


def test_a_real_row_of_etsi(sqlite_url: str, tmp_path: Path) -> None:
    rows = real("etsi/standardssearch-data.excerpt.json")
    for row in rows:
        row["total_count"] = str(len(rows))  # the sample is cut
    report, found = crawled(sqlite_url, tmp_path, "etsi_standards", rows)
    assert notes(report) == []
    standard = found["69970"]
    assert standard["published_on"] == "2024-09-01" and standard["notification_type"] == "published"
    assert standard["attributes"]["references"] == ["ETSI EN 303 645", "ETSI REN/CYBER-00127"]
    assert {link["url"].rsplit("/", 1)[-1] for link in standard["links"]} >= {"en_303645v030103p.pdf"}


def test_the_shape_of_iec(sqlite_url: str, tmp_path: Path) -> None:
    answer = {"publication": [real("iec/harmonized-publication.shape.json")]}
    report, found = crawled(sqlite_url, tmp_path, "iec_publications", answer)
    assert notes(report) == []
    one = found["iec:pub:64772"]
    assert one["ics"] == ["01.040.35", "35.020"] and one["title"] == "IEC/ISO 1234-1-2 · Title - Part 05"
    assert one["attributes"]["reason"] == "withdrawn" and one["published_on"] == "2019-03-04"
