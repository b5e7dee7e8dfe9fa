"""Listings with details: asked once, asked again when the list says something else, at most so many, none lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crawlers.declaration_parts import Where
from crawlers.declarations import Declaration, declared_source
from crawlers.details import KEPT, Details, Waiting, address_of, digest_of
from crawlers.visits import Report
from store.crawl import SourceState
from store.engine import make_engine, reading, writing
from tests.crawlers.driving import crawl_here, write_recording
from tests.crawlers.expected import stored_notices

OPSS = "uk_opss_alerts"
JSON = {"Content-Type": "application/json"}
LATER = "2026-06-03T15:00:00+08:00"


def listed(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "title": f"Product Recall: Lamp {number} (2605-{number:04d})", "link": f"/alerts/{number}",
        "public_timestamp": "2026-06-01T09:00:00Z", "product_recall_alert_date": "2026-06-01",
        "product_category": "lighting-products", "description": "Listed.", **changes,
    }  # fmt: skip


def listing(*records: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    body = json.dumps({"results": records, "total": len(records) if total is None else total, "start": 0}).encode()
    return {"url": "https://www.gov.uk/api/search.json", "headers": JSON, "body": body}


def detail(number: int, words: str = "Told in full.", **changes: Any) -> dict[str, Any]:
    table = "<table><tr><td>Country of Origin</td><td>China</td></tr></table>"
    body = json.dumps({"details": {"body": f"<p>{words}</p>{table}"}}).encode()
    return {"url": f"https://www.gov.uk/api/content/alerts/{number}", "headers": JSON, "body": body, **changes}


Changed = Callable[..., Declaration]


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> Changed:
    """Changes the declaration for this test; a visit may find nothing unless said otherwise."""

    def change(*, most: int = 80, **changes: Any) -> Declaration:
        one = declared_source(OPSS)
        assert one.detail
        expect = one.expect.model_copy(update={"least": 0})
        update = {"detail": one.detail.model_copy(update={"most": most}), "expect": expect, **changes}
        changed = one.model_copy(update=update)
        monkeypatch.setattr("crawlers.process.declared_source", lambda source: changed)
        return changed

    change()
    return change


def visit(url: str, folder: Path, *exchanges: dict[str, Any], now: str = LATER) -> Report:
    number = len(list(folder.glob("visit*")))
    return crawl_here(url, OPSS, write_recording(folder / f"visit{number}", *exchanges), now=now)


def stored(url: str) -> dict[str, dict[str, Any]]:
    engine = make_engine(url)
    found = {notice["key"]: notice for notice in stored_notices(engine)}
    engine.dispose()
    return found


def kept(url: str) -> Details:
    engine = make_engine(url)
    with reading(engine) as session:
        cursor = session.execute(select(SourceState)).scalar_one().cursor
    engine.dispose()
    return Details.of_cursor(cursor)


def test_a_detail_is_asked_for_once(declared: Changed, sqlite_url: str, tmp_path: Path) -> None:
    first = visit(sqlite_url, tmp_path, listing(listed(1), listed(2)), detail(1), detail(2))
    assert (first.status, first.new, first.requests, first.rows, first.issues) == ("ok", 2, 3, 2, [])
    second = visit(sqlite_url, tmp_path, listing(listed(1), listed(2)))
    assert (second.status, second.unchanged, second.requests, second.issues) == ("unchanged", 2, 1, [])
    assert stored(sqlite_url)["/alerts/1"]["origins"] == ["CHN"]


def test_it_is_asked_again_when_the_list_says_something_else(
    declared: Changed, sqlite_url: str, tmp_path: Path
) -> None:
    visit(sqlite_url, tmp_path, listing(listed(1), listed(2)), detail(1), detail(2))
    scored = listed(2, es_score=7.5)  # ignored by name: no change
    newer = listed(1, public_timestamp="2026-06-02T09:00:00Z")
    second = visit(sqlite_url, tmp_path, listing(newer, scored), detail(1, "Told anew."))
    assert (second.status, second.changed, second.unchanged, second.requests) == ("ok", 1, 1, 2)
    assert "Told anew." in stored(sqlite_url)["/alerts/1"]["description"]


def test_what_is_too_much_for_one_visit_waits_even_when_the_list_drops_it(
    declared: Changed, sqlite_url: str, tmp_path: Path
) -> None:
    declared(most=2)
    details = [detail(n) for n in range(1, 6)]
    first = visit(sqlite_url, tmp_path, listing(*map(listed, range(1, 6))), *details)
    assert (first.status, first.new, first.requests) == ("ok", 2, 3)
    assert [note.kind for note in first.issues] == ["details_waiting"] and "3 records" in first.issues[0].message
    second = visit(sqlite_url, tmp_path, listing(listed(6), listed(1)), detail(6), *details)
    assert (second.new, second.unchanged, second.requests) == (2, 1, 3)  # the new one first, then the oldest waiting
    third = visit(sqlite_url, tmp_path, listing(listed(6), listed(1)), *details)
    assert (third.new, third.unchanged, third.issues) == (2, 2, [])
    notices = stored(sqlite_url)
    assert len(notices) == 6 and kept(sqlite_url).waiting == {}
    assert notices["/alerts/6"]["admitted"] == "news"
    assert {notices[f"/alerts/{n}"]["admitted"] for n in range(1, 6)} == {"history"}  # as at the first visit


def test_a_visit_that_was_killed_asks_again_and_doubles_nothing(
    declared: Changed, sqlite_url: str, tmp_path: Path
) -> None:
    visit(sqlite_url, tmp_path, listing(listed(1), listed(2)), detail(1), detail(2))
    engine = make_engine(sqlite_url)
    with writing(engine) as session:  # what a killed visit leaves: its notices, and no word on the details
        session.execute(select(SourceState)).scalar_one().cursor = {}
    engine.dispose()
    again = visit(sqlite_url, tmp_path, listing(listed(1), listed(2)), detail(1), detail(2))
    assert (again.new, again.changed, again.unchanged, again.requests) == (0, 0, 2, 3)


def test_a_detail_that_is_gone_leaves_what_the_list_said(declared: Changed, sqlite_url: str, tmp_path: Path) -> None:
    gone = detail(1, status=404, body=b"{}")
    first = visit(sqlite_url, tmp_path, listing(listed(1), listed(2)), gone, detail(2))
    assert (first.status, first.new) == ("ok", 2)
    assert [(note.kind, note.record) for note in first.issues] == [("detail_missing", "/alerts/1")]
    assert stored(sqlite_url)["/alerts/1"]["description"] == "Listed."
    second = visit(sqlite_url, tmp_path, listing(listed(1), listed(2)))
    assert (second.status, second.requests, second.unchanged) == ("unchanged", 1, 2)


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ({"status": 500, "body": b""}, "failing", "ServerTrouble"),
        ({"status": 403, "body": b""}, "failing", "AccessRefused"),
        ({"status": 429, "body": b"", "headers": {"Retry-After": "3600"}}, "limited", "Throttled"),
        ({"body": b"<!DOCTYPE html><html>Back soon</html>"}, "failing", "HtmlInstead"),
        ({"body": b""}, "failing", "EmptyAnswer"),
        ({"body": b"{}"}, "failing", "WrongFormat"),
        ({"body": b"[1, 2]"}, "failing", "WrongFormat"),
        ({"cut_after": 30}, "failing", "ConnectionCut"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_detail_that_fails_leaves_its_record_for_the_next_visit(
    declared: Changed, sqlite_url: str, tmp_path: Path, fault: dict[str, Any], status: str, kind: str
) -> None:
    first = visit(sqlite_url, tmp_path, listing(listed(1), listed(2)), detail(1), {**detail(2), **fault})
    assert (first.status, first.new, first.issues[0].kind) == (status, 1, kind)
    assert set(stored(sqlite_url)) == {"/alerts/1"} and set(kept(sqlite_url).waiting) == {"/alerts/2"}
    second = visit(sqlite_url, tmp_path, listing(listed(1), listed(2)), detail(2))
    assert (second.status, second.new, second.unchanged, second.issues) == ("ok", 1, 1, [])


def test_after_some_failures_no_more_are_asked_for(declared: Changed, sqlite_url: str, tmp_path: Path) -> None:
    refused = [detail(n, status=403, body=b"") for n in range(1, 8)]
    report = visit(sqlite_url, tmp_path, listing(*map(listed, range(1, 8))), *refused)
    assert (report.status, report.requests, report.new) == ("failing", 4, 0)
    assert len(kept(sqlite_url).waiting) == 7


def test_a_list_that_fails_leaves_what_waits(declared: Changed, sqlite_url: str, tmp_path: Path) -> None:
    declared(most=1)
    visit(sqlite_url, tmp_path, listing(listed(1), listed(2)), detail(1), detail(2))
    failed = visit(sqlite_url, tmp_path, {**listing(), "status": 500, "body": b""}, detail(2))
    assert (failed.status, failed.issues[0].kind) == ("failing", "ServerTrouble")
    assert visit(sqlite_url, tmp_path, listing(), detail(2)).new == 1


def test_records_without_a_key_and_of_the_future_are_named(declared: Changed, sqlite_url: str, tmp_path: Path) -> None:
    late = listed(3, product_recall_alert_date="2099-01-01")
    first = visit(sqlite_url, tmp_path, listing(listed(1), listed(2, link=""), late), detail(1), detail(3))
    assert (first.status, first.new, first.rejected) == ("ok", 1, 2)
    assert {note.record for note in first.issues} == {"record 2", "/alerts/3"}


def test_a_detail_in_which_nothing_can_be_read_fails(declared: Changed, sqlite_url: str, tmp_path: Path) -> None:
    undated = listed(1, product_recall_alert_date=None, public_timestamp="soon")
    report = visit(sqlite_url, tmp_path, listing(undated), detail(1))
    assert (report.status, [note.kind for note in report.issues]) == ("failing", ["BadRecord", "AllRejected"])


def test_newest_first_stops_at_a_page_of_which_every_detail_was_read(
    declared: Changed, sqlite_url: str, tmp_path: Path
) -> None:
    one = declared_source(OPSS)
    assert one.paging
    paging = one.paging.model_copy(update={"size": 2, "until_known": True})
    declared(most=3, paging=paging, window=None)
    pages = [listed(n) for n in (6, 5, 4, 3, 2, 1)]
    details = [detail(n) for n in range(1, 8)]

    def page(start: int, *records: dict[str, Any]) -> dict[str, Any]:
        query = "&".join(f"{name}={value}" for name, value in {**one.query, "start": start, "count": 2}.items())
        return {**listing(*records, total=6), "url": f"{one.url}?{query}", "match": "exact"}

    whole = [page(n, *pages[n : n + 2]) for n in (0, 2, 4)]
    assert visit(sqlite_url, tmp_path, *whole, page(6), *details).new == 3
    assert visit(sqlite_url, tmp_path, *whole, page(6), *details).new == 3  # what waited: its pages need not be read
    newer = [page(0, listed(7), listed(6)), page(2, listed(5), listed(4))]
    third = visit(sqlite_url, tmp_path, *newer, *details)
    assert (third.new, third.unchanged, third.requests) == (1, 3, 3)


def test_details_are_asked_for_only_where_they_are_declared() -> None:
    one = declared_source(OPSS)
    assert one.detail
    loose = one.model_copy(update={"detail": one.detail.model_copy(update={"url": "{link}"})})
    base = "https://www.gov.uk/api/search.json?start=0"
    assert address_of({"link": "/alerts/1"}, loose, base) == ("https://www.gov.uk/alerts/1", "")
    assert address_of({"link": "//evil.example/1"}, loose, base) == ("", "evil.example")
    assert address_of({"link": "file:///etc/passwd"}, loose, base) == ("", "")
    assert address_of({}, loose, base) == ("", "")


def test_a_record_that_is_none_of_ours_is_remembered_and_not_counted(
    declared: Changed, sqlite_url: str, tmp_path: Path
) -> None:
    declared(where=(Where(field="detail.document_type", among=("recall",)),))
    kept_one, other = detail(1), detail(2)
    kept_one["body"] = kept_one["body"].replace(b'{"details"', b'{"document_type": "recall", "details"')
    first = visit(sqlite_url, tmp_path, listing(listed(1), listed(2)), kept_one, other)
    assert (first.status, first.new, first.requests) == ("ok", 1, 3)
    second = visit(sqlite_url, tmp_path, listing(listed(1), listed(2)))
    assert (second.status, second.unchanged, second.requests) == ("unchanged", 1, 1)


def test_what_is_remembered_is_bounded_but_never_what_waits() -> None:
    many = {f"k{n}": "d" for n in range(KEPT + 100)}
    waiting = {"w": Waiting("https://x.example/w", {"a": 1}, "first")}
    again = Details.of_cursor(Details(many, waiting).in_cursor([f"k{KEPT + 50}"]))
    assert len(again.done) == KEPT and f"k{KEPT + 50}" in again.done and again.waiting == waiting


def test_a_digest_does_not_see_what_is_ignored() -> None:
    one = declared_source(OPSS)
    assert digest_of(listed(1), one) == digest_of(listed(1, es_score=3, page={"found": "7"}), one)
    assert digest_of(listed(1), one) != digest_of(listed(1, description="Else."), one)
