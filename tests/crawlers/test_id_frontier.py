"""Pages with running numbers: upward from the last one found, a few a visit, and an outage is never the end."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crawlers import declarations
from crawlers.declarations import declared_source
from crawlers.visits import Report
from store.crawl import SourceState
from store.engine import make_engine, reading
from tests.crawlers.driving import crawl_here, write_recording
from tests.crawlers.expected import stored_notices

TRIS = "eu_tris_notifications"
FIRST = 28000


def page(number: int, ends: str = "17/08/2026") -> bytes:
    rows = {
        "Notification Number": f"2026/{number}/DE (Germany)",
        "Date received": "12/05/2026",
        "End of Standstill": ends,
        "Title": f"Draft rule {number}",
    }
    cells = "".join(f'<div class="ecl-col-3">{a}:</div><div class="ecl-col-9">{b}</div>' for a, b in rows.items())
    return f"<html><body><main>{cells}</main></body></html>".encode()


def answers(found: Iterable[int], upto: int, **pages: Any) -> list[dict[str, Any]]:
    """An answer for every number from the first on: a page, or the 500 that means 'no such number'."""
    known = set(found)
    return [
        {"url": declared_source(TRIS).url.replace("{number}", str(n)), "match": "exact"}
        | ({"body": page(n)} if n in known else {"status": 500})
        | pages.get(f"n{n}", {})
        for n in range(FIRST, upto + 1)
    ]


def visit(url: str, folder: Path, found: Iterable[int], upto: int = FIRST + 60, **pages: Any) -> Report:
    return crawl_here(url, TRIS, write_recording(folder, *answers(found, upto, **pages)))


def state(url: str) -> tuple[dict[str, Any], list[str]]:
    engine = make_engine(url)
    with reading(engine) as session:
        cursor = dict(session.execute(select(SourceState)).scalar_one().cursor)
    keys = [notice["key"] for notice in stored_notices(engine)]
    engine.dispose()
    return cursor, keys


def test_it_walks_upward_a_few_pages_a_visit_and_goes_on_there(sqlite_url: str, tmp_path: Path) -> None:
    there = range(FIRST, FIRST + 13)
    first = visit(sqlite_url, tmp_path / "a", there)
    assert (first.status, first.new, first.requests) == ("ok", 10, 10)
    assert state(sqlite_url)[0]["last"] == FIRST + 9
    second = visit(sqlite_url, tmp_path / "b", there)
    assert (second.new, second.requests) == (3, 10)  # 1 of control, 4 upward, 5 once more
    assert state(sqlite_url)[1] == [str(n) for n in there]


def test_a_gap_is_stepped_over_and_the_end_is_asked_again(sqlite_url: str, tmp_path: Path) -> None:
    report = visit(sqlite_url, tmp_path / "a", [FIRST, FIRST + 3])
    assert (report.new, report.requests, report.issues) == (2, 7, [])  # 2 missing, 1 found, 3 missing
    assert state(sqlite_url)[0] == {"last": FIRST + 3, "next_up": FIRST + 7}


def test_a_long_gap_is_passed_over_several_visits_and_left_for_the_beginning(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = declared_source(TRIS)
    assert source.frontier
    near = source.model_copy(update={"frontier": source.frontier.model_copy(update={"ahead": 6})})
    monkeypatch.setattr(declarations, "declared_sources", lambda: {TRIS: near})
    visit(sqlite_url, tmp_path / "a", [FIRST])
    assert state(sqlite_url)[0]["next_up"] == FIRST + 4
    assert visit(sqlite_url, tmp_path / "b", [FIRST, FIRST + 5]).new == 1
    assert state(sqlite_url)[0] == {"last": FIRST + 5, "next_up": FIRST + 9}
    visit(sqlite_url, tmp_path / "c", [FIRST, FIRST + 5])
    assert state(sqlite_url)[0]["next_up"] == FIRST + 6  # nothing in 6 numbers: from the beginning again
    assert visit(sqlite_url, tmp_path / "d", [FIRST, FIRST + 5, FIRST + 6]).new == 1


def test_recent_numbers_are_read_again_in_turn(sqlite_url: str, tmp_path: Path) -> None:
    there = range(FIRST, FIRST + 9)
    visit(sqlite_url, tmp_path / "a", there)
    extended = {f"n{FIRST + 2}": {"body": page(FIRST + 2, "17/08/2026 (17/09/2026)")}}
    report = visit(sqlite_url, tmp_path / "b", there, **extended)
    assert (report.new, report.changed) == (0, 1) and state(sqlite_url)[0]["again"] == FIRST + 4
    late = {f"n{FIRST + 6}": {"body": page(FIRST + 6, "17/08/2026 (17/10/2026)")}}
    assert visit(sqlite_url, tmp_path / "c", there, **extended, **late).changed == 1


def test_a_number_that_appears_below_the_last_one_is_found(sqlite_url: str, tmp_path: Path) -> None:
    visit(sqlite_url, tmp_path / "a", [FIRST, FIRST + 2])
    assert visit(sqlite_url, tmp_path / "b", range(FIRST, FIRST + 3)).new == 1


def test_429_stops_the_visit_at_once_and_keeps_the_place(sqlite_url: str, tmp_path: Path) -> None:
    there = range(FIRST, FIRST + 9)
    stop = {f"n{FIRST + 3}": {"status": 429, "headers": {"Retry-After": "5"}}}
    report = visit(sqlite_url, tmp_path / "a", there, **stop)
    assert (report.status, report.new, report.requests) == ("limited", 3, 4)
    assert state(sqlite_url)[0]["last"] == FIRST + 2
    assert visit(sqlite_url, tmp_path / "b", there).new == 6 and len(state(sqlite_url)[1]) == 9


def test_when_everything_answers_500_it_is_an_outage_and_not_the_end(sqlite_url: str, tmp_path: Path) -> None:
    visit(sqlite_url, tmp_path / "a", [FIRST, FIRST + 1])
    before = state(sqlite_url)
    report = visit(sqlite_url, tmp_path / "b", [])
    assert (report.status, report.issues[0].kind, report.requests) == ("failing", "ServerTrouble", 1)
    assert state(sqlite_url) == before


def test_a_page_that_changed_its_form_is_no_end_either(sqlite_url: str, tmp_path: Path) -> None:
    visit(sqlite_url, tmp_path / "a", [FIRST, FIRST + 1])
    other = {"body": page(FIRST + 1).replace(b"Date received", b"Received on")}
    report = visit(sqlite_url, tmp_path / "b", range(FIRST, FIRST + 9), **{f"n{FIRST + 1}": other})
    assert (report.status, report.issues[0].kind) == ("failing", "AllRejected")
    assert state(sqlite_url)[0]["last"] == FIRST + 1


def test_one_page_that_cannot_be_read_is_named_and_the_walk_goes_on(sqlite_url: str, tmp_path: Path) -> None:
    there = range(FIRST, FIRST + 4)
    broken = {f"n{FIRST + 2}": {"body": page(FIRST + 2).replace(b"(Germany)", b"").replace(b"/DE", b"")}}
    report = visit(sqlite_url, tmp_path / "a", there, **broken)
    assert (report.status, report.new, report.rejected) == ("ok", 3, 1)
    assert report.issues[0].record == f"number {FIRST + 2}"
    assert visit(sqlite_url, tmp_path / "b", there).new == 1  # its turn to be read again
