"""Real answers of sources read as whole files or by search, kept outside the repository; skipped loudly without."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from crawlers.declarations import declared_source
from crawlers.formats import Found
from crawlers.mapping import read_records
from crawlers.visits import Report
from settings import ROOT
from store.engine import make_engine
from tests.crawlers.driving import crawl_here, write_recording
from tests.crawlers.expected import stored_notices

SAMPLES = ROOT.parent / "shared" / "samples" / "feeds"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no real answers at {SAMPLES}: these tests did not run")


def visit(url: str, source: str, folder: Path, body: bytes, now: str) -> tuple[Report, dict[str, dict[str, Any]]]:
    recording = write_recording(folder / "recording", {"url": declared_source(source).url, "body": body})
    report = crawl_here(url, source, recording, now=now)
    engine = make_engine(url)
    found = {notice["key"]: notice for notice in stored_notices(engine)}
    engine.dispose()
    return report, found


def test_the_real_rows_of_canada(sqlite_url: str, tmp_path: Path) -> None:
    body = (SAMPLES / "health_canada/sample.json").read_bytes()
    report, found = visit(sqlite_url, "ca_health_recalls", tmp_path, body, "2026-10-05T09:00:00+08:00")
    assert (report.new, report.rejected, report.issues) == (7, 0, [])
    warmer, snack, bus = found["82676"], found["82687"], found["82705"]
    assert warmer["title"] == "HotHands Rechargeable Hand Warmers recalled due to burn hazard"
    assert warmer["published_on"] == "2026-10-01" and warmer["attributes"]["reason"] == "Burn hazard"
    assert "refund. To process" in warmer["attributes"]["what_to_do"]
    assert "batteries. Batteries" in warmer["attributes"]["what_to_do"]
    assert snack["attributes"]["industries"] == ["confectionery-bakery"]
    assert "recalled products\nDo not consume" in snack["attributes"]["what_to_do"]
    assert bus["attributes"]["references"] == ["HC 82705", "TC 2026437"]
    assert bus["attributes"]["industries"] == ["motor-vehicles"]


def test_the_real_lines_of_iso(sqlite_url: str, tmp_path: Path) -> None:
    body = (SAMPLES / "iso_open_data/88821-88915.jsonl").read_bytes()
    reviewed = (SAMPLES / "iso_open_data/62085.json").read_bytes()  # ISO 9001:2015, to be revised: not our concern
    whole = body.rstrip(b"\n") + b"\n" + reviewed
    source = "iso_open_data_deliverables"
    report, found = visit(sqlite_url, source, tmp_path, whole, "2025-01-15T09:00:00+08:00")
    assert {note.kind for note in report.issues} == {"NothingListed"}  # so few lines are no true file
    assert report.rejected == 0 and len(found) == len(body.splitlines())
    pipes = found["88821-6060"]
    assert (pipes["ics"], pipes["published_on"]) == (["23.040.10"], "2024-09-30")
    assert pipes["title"].startswith("ISO/TR 7035-2:2024") and pipes["notification_type"] == "publication"
    assert "[if" not in pipes["description"] and "practices for design" in pipes["description"]


def test_the_real_header_of_fdas_refusals(sqlite_url: str, tmp_path: Path) -> None:
    table = (SAMPLES / "us_fda_import_refusals/REFUSAL_ENTRY.header-real.rows-invented.csv").read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("REFUSAL_ENTRY_2024-present.csv", table)
        archive.writestr("ACT_SECTION_CHARGES.csv", "ASC_ID,CHRG_STMNT_TEXT\n100,It appears to be filthy.\n")
    now = "2026-01-20T09:00:00+08:00"
    report, found = visit(sqlite_url, "us_fda_import_refusals", tmp_path, packed.getvalue(), now)
    assert report.rejected == 0 and {note.kind for note in report.issues} == {"NothingListed"}
    fish = found["ENTRY-1|DOC-1|1||06-Jan-26"]
    assert (fish["published_on"], fish["origins"]) == ("2026-01-06", ["CHN"])
    assert fish["description"] == "It appears to be filthy." and fish["attributes"]["industries"] == [
        "aquatic-products"
    ]
    assert len(found) == 2


def test_the_real_notification_of_rasff() -> None:
    real = json.loads((SAMPLES / "eu_rasff/search-item-and-detail.excerpt.json").read_text(encoding="utf-8"))
    found = Found([{**real["search_item"], "detail": real["detail"]}])
    reading = read_records(found, declared_source("eu_rasff_notifications"))
    (item,) = reading.items
    assert (item.source_key, item.origins, str(item.published_on)) == ("2026.8210", ("IND",), "2026-09-16")
    assert item.title == "Ethylene oxide in cumin seeds from India" and item.products == "Cumin seeds"
    assert item.description == "ethylene oxide - pesticide residues: 0.26 mg/kg - ppm (at most 0.1 mg/kg - ppm)"
    assert item.attributes["measures"] == "official detention" and reading.notes == [] and reading.bad == []
