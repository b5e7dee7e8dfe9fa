"""Real answers of reports and feeds, kept outside the repository; skipped loudly when not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawlers.declarations import declared_source
from settings import ROOT
from store.engine import make_engine
from tests.crawlers.driving import crawl_here, write_recording
from tests.crawlers.expected import stored_notices

SAMPLES = next((p for p in (ROOT.parent / "shared/samples/feeds", ROOT.parent.parent / "shared/samples/feeds")
                if p.is_dir()), ROOT / "no-samples")  # fmt: skip
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no real answers beside the checkout: not run")


def real(name: str) -> bytes:
    return (SAMPLES / f"eu_safety_gate/safetygate-{name}").read_bytes()


def test_the_real_list_and_report_of_the_safety_gate(sqlite_url: str, tmp_path: Path) -> None:
    gate = declared_source("eu_safety_gate_alerts")
    address = gate.url.replace("list/xml/en", "detail/xml/{0}?language=en&search=WEB_REPORT%7C:%7C{0}{1}")
    lines = [
        {"url": address.format(number, comma), "match": "exact", "status": 404}
        for number in (10000315, 10000323, 10000325)  # listed, but not kept
        for comma in (",", "")
    ]
    lines.append({"url": address.format(10000324, ","), "match": "exact", "status": 400})
    lines.append({"url": address.format(10000324, ""), "match": "exact", "body": real("report-10000324.xml")})
    folder = write_recording(tmp_path / "r", {"url": gate.url, "body": real("list.xml")}, *lines)
    report = crawl_here(sqlite_url, gate.id, folder, now="2026-10-05T09:00:00+08:00")
    assert report.new == 4 and report.rejected == 0
    assert [note.kind for note in report.issues] == ["PageMissing"] * 3
    engine = make_engine(sqlite_url)
    found = {notice["key"]: notice for notice in stored_notices(engine)}
    engine.dispose()
    charger, car = found["SR/02540/26"], found["SR/02583/26"]
    assert charger["title"] == "USB charger · USB-C 20W Power Adapter" and charger["origins"] == ["CHN"]
    assert charger["published_on"] == "2026-09-25" and len(charger["attributes"]["measures"]) == 3
    assert charger["attributes"]["measures"][0] == "Withdrawal of the product from the market (Distributor, 21/05/2025)"
    assert (car["origins"], car["attributes"]["company_recall"]) == (["NLD"], "61D167_IONIQ")
    assert found["SR/02546/26"]["attributes"]["industries"] == ["toys"]


def test_the_real_entry_of_uk_legislation(sqlite_url: str, tmp_path: Path) -> None:
    source = declared_source("uk_legislation_uksi")
    body = (SAMPLES / "uk_legislation/new-uksi.excerpt.atom").read_bytes()
    report = crawl_here(sqlite_url, source.id, write_recording(tmp_path / "r", {"url": source.url, "body": body}))
    engine = make_engine(sqlite_url)
    (notice,) = stored_notices(engine)
    engine.dispose()
    assert (report.new, report.rejected) == (1, 0)
    assert notice["title"].startswith("The Nutrition (Amendment etc.)") and notice["published_on"] == "2026-04-21"
    assert notice["links"][0]["url"] == "http://www.legislation.gov.uk/uksi/2026/412/made"
    assert notice["attributes"]["references"] == ["UKSI 2026/412"]
