"""Real answers kept outside the repository: read when their folder is there, skipped loudly when not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from crawlers.importing import import_notices
from settings import ROOT
from store.clock import fixed_clock, parse_instant
from store.engine import make_engine, reading
from store.notice import Notice
from tests.crawlers.driving import crawl_here, write_recording
from tests.crawlers.expected import stored_notices

SAMPLES = ROOT.parent / "shared" / "samples" / "wto"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no real answers at {SAMPLES}: these tests did not run")
CLOCK = fixed_clock(parse_instant("2026-06-03T09:00+08:00"))


def test_the_real_export_gives_61_notices_of_77_rows_and_nothing_the_second_time(store: Engine) -> None:
    path = SAMPLES / "eping-export-2025-06-02-to-04.xlsx"
    first = import_notices(path, store, CLOCK)
    assert (first.rows, first.new, first.changed, first.unchanged, first.rejected) == (77, 61, 0, 0, 0)
    assert first.issues == []
    second = import_notices(path, store, CLOCK)
    assert (second.rows, second.new, second.changed, second.unchanged, second.rejected) == (77, 0, 0, 61, 0)
    notices = stored_notices(store)
    assert {tuple(n["members"]) for n in notices if len(n["members"]) > 1} == {("BDI", "KEN", "RWA", "TZA", "UGA")}
    texts = [n["title"] + n["description"] + n["products"] for n in notices]
    assert not any("_x000D_" in text or "&lt;" in text or "<p" in text or "\xa0" in text for text in texts)
    bodies = [n["title"] for n in notices if " hereby " in n["title"]]
    assert bodies == [] and all(n["title"] for n in notices)


def _recordings(folder: Path) -> dict[str, Path]:
    """The portal's own answer, split by committee."""
    whole: dict[str, Any] = json.loads((SAMPLES / "eping-api-search.json").read_text(encoding="utf-8"))
    made = {}
    for area in ("TBT", "SPS"):
        items = [item for item in whole["items"] if item["area"] == area]
        body = json.dumps({**whole, "items": items, "totalCount": len(items)}).encode()
        line = {"url": "https://api.wto.org/eping/notifications/search", "match": "path", "body": body}
        made[area] = write_recording(folder / area, line, recorded_at=None)
    return made


def test_the_real_answer_of_the_api_gives_its_notices_with_clean_text_and_right_threads(
    store_url: str, tmp_path: Path
) -> None:
    recordings = _recordings(tmp_path)

    def visit() -> list[tuple[int, int]]:
        reports = [
            crawl_here(store_url, f"wto_{area.lower()}_notifications", folder, now=None)
            for area, folder in recordings.items()
        ]
        assert [report.issues for report in reports] == [[], []]
        return [(report.new, report.changed) for report in reports]

    assert visit() == [(3, 0), (2, 0)]
    assert visit() == [(0, 0), (0, 0)]
    engine = make_engine(store_url)
    notices = {n["symbols"][0]: n for n in stored_notices(engine)}
    for notice in notices.values():
        text = notice["title"] + notice["description"] + notice["products"]
        assert not any(mark in text for mark in ("<", "&lt;", "&amp;", "TITLE:", "\r"))
    whole = notices["G/TBT/N/USA/1234"]
    for number in (1, 2):  # the whole body of these stands in the title
        addendum = notices[f"G/TBT/N/USA/1234/Add.{number}"]
        assert whole["title"].startswith(addendum["title"]) and addendum["description"].startswith("AGENCY:")
    assert 60 < len(whole["description"]) < 100
    assert notices["G/TBT/N/USA/1234/Add.2"]["thread_reason"] == "adopted"
    assert notices["G/TBT/N/USA/1234/Add.1"]["ics"] == ["65.020", "65.100"]
    with reading(engine) as session:
        threads = {n.domain: set() for n in session.execute(select(Notice)).scalars()}  # type: dict[str | None, set[int]]
        for notice in session.execute(select(Notice)).scalars():
            threads[notice.domain].add(notice.thread_id)
    assert [len(threads["TBT"]), len(threads["SPS"]), len(threads["TBT"] | threads["SPS"])] == [1, 1, 2]
    engine.dispose()
