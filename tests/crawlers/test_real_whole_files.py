"""Real answers of sources read as whole files or by search, kept outside the repository; skipped loudly without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crawlers.declarations import declared_source
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
