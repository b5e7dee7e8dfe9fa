"""A visit is held against what is expected and usual: pure judgements, then the same through real visits."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from crawlers.declaration_parts import Expect
from crawlers.declarations import declared_source
from crawlers.health import Look, judge
from store.crawl import SourceState
from store.engine import make_engine, reading
from tests.crawlers.driving import crawl_here, write_recording

TODAY = date(2026, 6, 3)
SOURCE = "wto_tbt_notifications"


def look(rows: int, newest_on: date | None = TODAY, **filled: int) -> Look:
    return Look(rows, rows, rows, {"links": rows, **filled}, newest_on)


def kinds(now: Look, past: list[Look], expect: Expect | None = None, most: int | None = None) -> list[str]:
    return [error.kind for error in judge(now, past, expect or Expect(), TODAY, most)]


def test_half_of_the_usual_number_is_a_failure() -> None:
    past = [look(20), look(18), look(22)]
    assert kinds(look(10), past) == ["FewerThanUsual"]
    assert kinds(look(11), past) == []


@pytest.mark.parametrize(
    ("now", "past", "expect", "most"),
    [
        (look(10), [look(20), look(22)], Expect(), None),  # no habits yet
        (look(2), [look(4)] * 5, Expect(), None),  # half of four is chance
        (look(1), [look(40)] * 5, Expect(share=0), None),  # declared to vary at will
        (look(12), [look(90)] * 5, Expect(), 20),  # only the new pages are read: a page has twenty
    ],
)
def test_what_is_no_sign_of_trouble(now: Look, past: list[Look], expect: Expect, most: int | None) -> None:
    assert kinds(now, past, expect, most) == []


def test_a_source_that_became_smaller_is_well_again_after_some_visits() -> None:
    past, told = [look(20)] * 8, 0
    while kinds(look(8), past):
        past, told = [look(8), *past][:8], told + 1
    assert 0 < told < 6


def test_a_field_that_nearly_all_had_and_none_has_now() -> None:
    past = [look(10, origins=10), look(12, origins=11), look(9, origins=9)]
    assert kinds(look(10), past) == ["FieldVanished"]
    assert kinds(look(10, origins=1), past) == []
    assert kinds(look(10), [look(10, origins=5), *past]) == []  # it was not there always


def test_a_source_that_goes_silent() -> None:
    expect = Expect(max_age_days=10)
    assert kinds(look(9, date(2026, 5, 20)), [], expect) == ["StaleSource"]
    assert kinds(look(9, date(2026, 5, 25)), [], expect) == []
    assert kinds(look(9, None), [look(9, date(2026, 5, 20))], expect) == ["StaleSource"]


def _listing(*numbers: int, **changes: Any) -> dict[str, Any]:
    records = [
        {
            "id": str(n), "area": "TBT", "documentSymbol": f"G/TBT/N/JPN/{n}", "notifyingMember": "Japan",
            "notificationType": "Regular notification", "distributionDate": "2026-05-22T00:00:00Z",
            "title": f"Measure {n}", "commentDeadlineDate": "2026-07-21T00:00:00Z", **changes,
        }
        for n in numbers
    ]  # fmt: skip
    body = json.dumps({"items": records, "totalCount": len(records), "currentPage": 1, "pageSize": 100}).encode()
    return {"url": declared_source(SOURCE).url, "body": body}


def test_real_visits_are_judged_stored_all_the_same_and_heal(sqlite_url: str, tmp_path: Path) -> None:
    whole = write_recording(tmp_path / "whole", _listing(*range(1, 11)))
    for _ in range(3):
        assert crawl_here(sqlite_url, SOURCE, whole).status in ("ok", "unchanged")
    half = crawl_here(sqlite_url, SOURCE, write_recording(tmp_path / "half", _listing(1, 2, 3, 4, 90)))
    assert (half.status, half.new, half.issues[0].kind) == ("failing", 1, "FewerThanUsual")
    engine = make_engine(sqlite_url)
    with reading(engine) as session:
        state = session.exec(select(SourceState)).one()
        assert (state.error_kind, state.failing_since is not None) == ("FewerThanUsual", True)
    assert crawl_here(sqlite_url, SOURCE, whole).status == "unchanged"
    with reading(engine) as session:
        state = session.exec(select(SourceState)).one()
        assert (state.error_kind, state.failing_since, state.name_zh) == ("", None, declared_source(SOURCE).name_zh)
    engine.dispose()


def test_a_field_renamed_by_the_source_is_told_and_nothing_is_lost(sqlite_url: str, tmp_path: Path) -> None:
    whole = write_recording(tmp_path / "whole", _listing(*range(1, 8)))
    for _ in range(3):
        crawl_here(sqlite_url, SOURCE, whole)
    renamed = _listing(*range(8, 15), commentDeadlineDate=None, deadline="2026-07-21")
    report = crawl_here(sqlite_url, SOURCE, write_recording(tmp_path / "renamed", renamed))
    assert (report.status, report.new) == ("failing", 7)
    assert {note.kind for note in report.issues} == {"unread_field", "FieldVanished"}
