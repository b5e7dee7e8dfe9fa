"""Pages, the recent window, and fills that go on where they stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import select

from crawlers.visits import Report
from store.crawl import SourceState
from store.engine import make_engine, reading
from tests.crawlers.driving import crawl_here, write_recording
from tests.crawlers.expected import stored_notices
from tests.crawlers.test_faults import JSON, TBT, _record

URL = "https://api.wto.org/eping/notifications/search"


def page(*numbers: int, total: int | None = None, size: int = 100) -> bytes:
    envelope = {"items": [_record(n, "TBT") for n in numbers], "currentPage": 1, "pageSize": size}
    return json.dumps(envelope if total is None else {**envelope, "totalCount": total}).encode()


def asked(number: int, body: bytes, **window: str) -> dict[str, Any]:
    """The exchange for one page of one window of days."""
    query = {"language": "1", "domainIds": "1", "page": str(number), "pageSize": "100", **window}
    text = "&".join(f"{name}={value}" for name, value in sorted(query.items()))
    return {"url": f"{URL}?{text}", "match": "exact", "headers": JSON, "body": body}


RECENT = {"distributionDateFrom": "2026-05-18"}  # 16 days before 3 June


def test_pages_are_asked_until_the_count_is_reached(sqlite_url: str, tmp_path: Path) -> None:
    folder = write_recording(
        tmp_path / "r",
        asked(1, page(*range(100, 200), total=250), **RECENT),
        asked(2, page(*range(200, 300), total=250), **RECENT),
        asked(3, page(*range(300, 350), total=250), **RECENT),
    )
    report = crawl_here(sqlite_url, TBT, folder)
    assert (report.status, report.new, report.rows, report.requests) == ("ok", 250, 250, 3)


def test_without_a_count_a_short_page_is_the_last(sqlite_url: str, tmp_path: Path) -> None:
    folder = write_recording(tmp_path / "r", asked(1, page(*range(100)), **RECENT), asked(2, page(100), **RECENT))
    assert crawl_here(sqlite_url, TBT, folder).new == 101


def test_a_source_that_caps_its_pages_is_read_to_the_end(sqlite_url: str, tmp_path: Path) -> None:
    lines = [asked(n, page(*range(50 * n, 50 * n + 50), total=150, size=50), **RECENT) for n in (1, 2, 3)]
    assert crawl_here(sqlite_url, TBT, write_recording(tmp_path / "r", *lines)).new == 150


def test_a_page_that_repeats_for_ever_ends(sqlite_url: str, tmp_path: Path) -> None:
    line = {"url": URL, "match": "path", "headers": JSON, "body": page(*range(100), total=100_000)}
    report = crawl_here(sqlite_url, TBT, write_recording(tmp_path / "r", line))
    assert (report.requests, report.new, report.issues[0].kind) == (2, 100, "IncompleteListing")


def test_a_page_that_fails_keeps_those_before_it(sqlite_url: str, tmp_path: Path) -> None:
    folder = write_recording(
        tmp_path / "r",
        asked(1, page(*range(100), total=150), **RECENT),
        {**asked(2, b"", **RECENT), "status": 500},
    )
    report = crawl_here(sqlite_url, TBT, folder)
    assert (report.status, report.new, report.issues[0].kind) == ("failing", 100, "ServerTrouble")
    engine = make_engine(sqlite_url)
    assert len(stored_notices(engine)) == 100
    engine.dispose()


def test_after_a_silence_the_window_reaches_back_to_the_last_good_visit(sqlite_url: str, tmp_path: Path) -> None:
    crawl_here(sqlite_url, TBT, write_recording(tmp_path / "a", asked(1, page(1), **RECENT)))
    later = asked(1, page(2), distributionDateFrom="2026-05-27")  # 7 days before the visit of 3 June
    report = crawl_here(sqlite_url, TBT, write_recording(tmp_path / "b", later), now="2026-07-10T09:00:00+08:00")
    assert (report.status, report.new) == ("ok", 1)


def _fill(url: str, folder: Path, since: str, **changes: Any) -> Report:
    return crawl_here(url, TBT, folder, mode="fill", since=since, **changes)


def _window(first: str, last: str) -> dict[str, str]:
    return {"distributionDateFrom": first, "distributionDateTo": last}


SLICES = [_window("2026-05-04", "2026-06-03"), _window("2026-04-03", "2026-05-03"), _window("2026-03-20", "2026-04-02")]


def test_a_fill_walks_back_by_slices_to_the_day_asked_for(sqlite_url: str, tmp_path: Path) -> None:
    lines = [asked(1, page(n), **window) for n, window in enumerate(SLICES, 1)]
    report = _fill(sqlite_url, write_recording(tmp_path / "r", *lines), "2026-03-20")
    assert (report.status, report.new, report.requests) == ("ok", 3, 3)
    assert _cursor(sqlite_url) == {}
    engine = make_engine(sqlite_url)
    assert {notice["admitted"] for notice in stored_notices(engine)} == {"history"}
    engine.dispose()


def test_a_fill_that_was_cut_goes_on_where_it_stopped(sqlite_url: str, tmp_path: Path) -> None:
    cut = [asked(1, page(1), **SLICES[0]), {**asked(1, b"", **SLICES[1]), "status": 500}]
    report = _fill(sqlite_url, write_recording(tmp_path / "a", *cut), "2026-03-20")
    assert (report.status, report.new) == ("failing", 1)
    assert _cursor(sqlite_url) == {"filled_down_to": "2026-05-04"}
    rest = [asked(1, page(n), **window) for n, window in enumerate(SLICES[1:], 2)]
    report = _fill(sqlite_url, write_recording(tmp_path / "b", *rest), "2026-03-20")
    assert (report.status, report.new, report.requests) == ("ok", 2, 2)
    assert _cursor(sqlite_url) == {}


def test_a_fill_may_pass_months_without_a_notice_but_not_be_empty(sqlite_url: str, tmp_path: Path) -> None:
    lines = [asked(1, page(total=0), **SLICES[0]), asked(1, page(5), **SLICES[1]), asked(1, page(total=0), **SLICES[2])]
    assert _fill(sqlite_url, write_recording(tmp_path / "a", *lines), "2026-03-20").status == "ok"
    empty = [asked(1, page(total=0), **window) for window in SLICES]
    report = _fill(sqlite_url, write_recording(tmp_path / "b", *empty), "2026-03-20")
    assert (report.status, report.issues[0].kind) == ("failing", "NothingListed")


def test_a_fill_at_its_deadline_stops_after_a_slice_and_says_so(sqlite_url: str, tmp_path: Path) -> None:
    lines = [asked(1, page(n), **window) for n, window in enumerate(SLICES, 1)]
    report = _fill(sqlite_url, write_recording(tmp_path / "r", *lines), "2026-03-20", deadline_s=0.0)
    assert (report.status, report.new, report.requests) == ("limited", 1, 1)
    assert "run --fill again" in report.reason and _cursor(sqlite_url) == {"filled_down_to": "2026-05-04"}


def _cursor(url: str) -> dict[str, object]:
    engine = make_engine(url)
    with reading(engine) as session:
        state = session.execute(select(SourceState)).scalar_one()
    engine.dispose()
    return state.cursor
