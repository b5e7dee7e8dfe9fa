"""Reports behind an index: which are read when, that a cut loses and repeats nothing, and each fault by its name."""

from __future__ import annotations

import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crawlers.jobs import Job
from crawlers.reports import KEPT, Ledger, Listed
from crawlers.run import CrawlProcess
from crawlers.visits import Report
from store.columns import new_public_id
from store.crawl import SourceState
from store.engine import make_engine, reading
from tests.crawlers.driving import NOW, crawl_here, write_recording
from tests.crawlers.expected import stored_notices

GATE = "eu_safety_gate_alerts"
INDEX = "https://ec.europa.eu/safety-gate-alerts/api/download/weeklyReport/list/xml/en"
SHELL = b"<!doctype html><html><head><title>Safety Gate</title></head><body><app-root></app-root></body></html>"
WEEKS = {22: "05/06/2026", 21: "29/05/2026", 20: "22/05/2026", 19: "15/05/2026", 18: "08/05/2026", 17: "01/05/2026",
         16: "24/04/2026"}  # fmt: skip


def address(week: int, comma: str = ",") -> str:
    return INDEX.replace("list/xml/en", f"detail/xml/{week}") + f"?language=en&search=WEB_REPORT%7C:%7C{week}{comma}"


def index(*weeks: int, **changes: Any) -> dict[str, Any]:
    lines = [
        f"<weeklyReport><reference>Report-2026-{week}</reference><publicationDate>{WEEKS[week]}</publicationDate>"
        f"<year>2026</year><week>{week}</week><URL>{address(week).replace('&', '&amp;')}</URL></weeklyReport>"
        for week in weeks
    ]
    return {"url": INDEX, "body": f"<Safety-Gate>{''.join(lines)}</Safety-Gate>".encode(), **changes}


def alerts(week: int, *names: str) -> bytes:
    told = [
        f"<notifications><caseNumber>SR/{week:03d}{n:02d}/26</caseNumber><category>Toys</category>"
        f"<product>{name}</product><countryOfOrigin>Unknown</countryOfOrigin></notifications>"
        for n, name in enumerate(names)
    ]
    day = f"<report_date>{WEEKS[week]}</report_date>"
    return f"<Safety-Gate>{day}{''.join(told)}</Safety-Gate>".encode()


def report(week: int, *names: str, comma: str = ",", **changes: Any) -> dict[str, Any]:
    body = alerts(week, *(names or ("Rattle", "Doll")))
    return {"url": address(week, comma), "match": "exact", "body": body, **changes}


def visit(url: str, folder: Path, *lines: dict[str, Any], **changes: Any) -> Report:
    return crawl_here(url, GATE, write_recording(folder / new_public_id(), *lines), **changes)


def state_of(url: str) -> SourceState:
    engine = make_engine(url)
    with reading(engine) as session:
        found: SourceState = session.execute(select(SourceState)).scalar_one()
    engine.dispose()
    return found


def keys_in(url: str) -> list[str]:
    engine = make_engine(url)
    found = [notice["key"] for notice in stored_notices(engine)]
    engine.dispose()
    return found


def weeks_read(url: str) -> list[str]:
    return [key[-2:] for _, key, _ in state_of(url).cursor.get("read", [])]  # type: ignore[attr-defined]


def test_the_first_visit_reads_the_newest_and_the_next_one_only_what_is_new(sqlite_url: str, tmp_path: Path) -> None:
    some = [report(week) for week in (21, 20, 19, 18)]
    first = visit(sqlite_url, tmp_path, index(21, 20, 19, 18, 17, 16), *some)
    assert (first.status, first.new, first.requests, first.issues) == ("ok", 8, 5, [])
    second = visit(sqlite_url, tmp_path, index(21, 20, 19, 18, 17, 16))
    assert (second.status, second.unchanged, second.requests) == ("unchanged", 8, 1)
    third = visit(sqlite_url, tmp_path, index(22, 21, 20, 19, 18, 17, 16), report(22), now="2026-06-05T20:00+08:00")
    assert (third.status, third.new, third.requests) == ("ok", 2, 2)
    assert weeks_read(sqlite_url) == ["18", "19", "20", "21", "22"]


def test_an_index_that_did_not_change_is_not_sent_again(sqlite_url: str, tmp_path: Path) -> None:
    visit(sqlite_url, tmp_path, index(21, headers={"ETag": '"v1"'}), report(21))
    second = visit(sqlite_url, tmp_path, {"url": INDEX, "status": 304})
    assert (second.status, second.unchanged, second.requests) == ("unchanged", 2, 1)


def test_the_oldest_are_read_first_and_no_more_than_agreed(sqlite_url: str, tmp_path: Path) -> None:
    ledger = Ledger(above=("2025-01-01", "Report-2025-1"))
    listed = [Listed(f"r{n:02d}", date(2026, 1, n), (f"https://a.example/{n}",), {}) for n in range(31, 0, -1)]
    ledger.begin(listed, 4)
    assert [r.key for r in ledger.unread(listed)][:3] == ["r01", "r02", "r03"]
    lines = [report(week) for week in (20, 21)]
    visit(sqlite_url, tmp_path, index(19), report(19))
    second = visit(sqlite_url, tmp_path, index(21, 20, 19), *lines)
    assert (second.new, second.requests) == (4, 3)


def test_a_report_is_read_once_more_after_some_days_for_its_corrections(sqlite_url: str, tmp_path: Path) -> None:
    visit(sqlite_url, tmp_path, index(21), report(21))
    same = visit(sqlite_url, tmp_path, index(21), now="2026-06-07T09:00+08:00")
    assert (same.status, same.requests) == ("unchanged", 1)
    corrected = visit(sqlite_url, tmp_path, index(21), report(21, "Rattle", "Doll, red"), now="2026-06-08T09:00+08:00")
    assert (corrected.status, corrected.changed, corrected.unchanged, corrected.requests) == ("ok", 1, 1, 2)
    done = visit(sqlite_url, tmp_path, index(21), now="2026-06-09T09:00+08:00")
    assert (done.status, done.requests) == ("unchanged", 1)


def test_an_address_is_asked_as_given_and_then_without_its_comma(sqlite_url: str, tmp_path: Path) -> None:
    shell = {"url": address(21), "match": "exact", "body": SHELL}
    found = visit(sqlite_url, tmp_path, index(21), shell, report(21, comma=""))
    assert (found.status, found.new, found.requests, found.issues) == ("ok", 2, 3, [])


def no_report(body: bytes = b"", **changes: Any) -> list[dict[str, Any]]:
    return [{"url": address(20, comma), "match": "exact", "body": body, **changes} for comma in (",", "")]


FAULTS = {
    "shell": (no_report(SHELL), "HtmlInstead"),
    "another root": (no_report(b"<Error><message>busy</message></Error>"), "WrongFormat"),
    "400": (no_report(status=400), "RequestRefused"),
    "404": (no_report(status=404), "PageMissing"),
    "no alerts": (no_report(alerts(20)), "NothingListed"),
    "renamed field": (no_report(alerts(20, "Doll").replace(b"caseNumber", b"number")), "AllRejected"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_no_report_is_named_stays_unread_and_heals(name: str, sqlite_url: str, tmp_path: Path) -> None:
    lines, kind = FAULTS[name]
    found = visit(sqlite_url, tmp_path, index(21, 20, 19), report(21), *lines, report(19))
    assert (found.status, found.new) == ("failing", 4)  # the others are not touched
    assert kind in [note.kind for note in found.issues]
    assert address(20) in [note.record for note in found.issues] and weeks_read(sqlite_url) == ["19", "21"]
    healed = visit(sqlite_url, tmp_path, index(21, 20, 19), report(20))
    assert (healed.status, healed.new, healed.requests) == ("ok", 2, 2)
    assert weeks_read(sqlite_url) == ["19", "20", "21"]


@pytest.mark.parametrize(
    ("change", "kind"),
    [({"status": 503}, "ServerTrouble"), ({"cut_after": 20}, "ConnectionCut"), ({"body": b""}, "EmptyAnswer")],
)
def test_an_outage_ends_the_visit_and_the_next_one_goes_on(
    change: dict[str, Any], kind: str, sqlite_url: str, tmp_path: Path
) -> None:
    found = visit(sqlite_url, tmp_path, index(21, 20, 19), report(19), report(20, **change), report(21))
    assert (found.status, found.issues[0].kind, found.new) == ("failing", kind, 2)
    assert weeks_read(sqlite_url) == ["19"] and len(found.issues) == 1
    healed = visit(sqlite_url, tmp_path, index(21, 20, 19), report(20), report(21))
    assert (healed.status, healed.new, healed.requests) == ("ok", 4, 3)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ({"url": INDEX, "body": SHELL}, "HtmlInstead"),
        ({"url": INDEX, "body": b"<Safety-Gate></Safety-Gate>"}, "NothingListed"),
        (index(21, body=index(21)["body"].replace(b"publicationDate", b"day")), "AllRejected"),
        (index(21, body=index(21)["body"][:-30]), "TruncatedAnswer"),
        (index(21, status=503), "ServerTrouble"),
    ],
)
def test_a_broken_index_is_no_silence(line: dict[str, Any], kind: str, sqlite_url: str, tmp_path: Path) -> None:
    found = visit(sqlite_url, tmp_path, line)
    assert (found.status, found.issues[0].kind, found.new) == ("failing", kind, 0)
    assert visit(sqlite_url, tmp_path, index(21), report(21)).status == "ok"


def test_a_line_of_the_index_from_the_future_is_named_and_passed_over(sqlite_url: str, tmp_path: Path) -> None:
    late = index(21, 20)["body"].replace(b"29/05/2026", b"29/05/2099")
    found = visit(sqlite_url, tmp_path, index(21, body=late), report(20))
    assert (found.status, found.new, found.rejected) == ("ok", 2, 1)
    assert "Report-2026-21" in found.issues[0].record and "2099-05-29" in found.issues[0].message


def test_a_report_on_another_host_is_named_and_never_asked_for(sqlite_url: str, tmp_path: Path) -> None:
    lines = index(22, 21)
    lines["body"] = lines["body"].replace(b"ec.europa.eu", b"169.254.169.254", 1)
    elsewhere = {"url": "https://169.254.169.254/", "match": "path", "body": b"secrets"}
    first = visit(sqlite_url, tmp_path, lines, report(21), elsewhere)
    assert (first.new, first.requests) == (2, 2)
    assert [(note.kind, "169.254.169.254" in note.message) for note in first.issues] == [("BadRecord", True)]


def test_an_index_left_by_its_publisher_is_not_silence(sqlite_url: str, tmp_path: Path) -> None:
    visit(sqlite_url, tmp_path, index(21), report(21))
    for lines in ([index(21), report(21)], [index(21)]):  # read again for its corrections; then unchanged
        found = visit(sqlite_url, tmp_path, *lines, now="2026-06-29T09:00+08:00")
        assert (found.status, found.issues[0].kind) == ("failing", "NothingListed")
        assert "2026-05-29" in found.reason


def test_a_kill_between_two_reports_loses_nothing_and_repeats_nothing(sqlite_url: str, tmp_path: Path) -> None:
    slow = report(20, delay_s=1.9)
    folder = write_recording(tmp_path / "slow", index(20, 19), report(19), slow)
    process = CrawlProcess()
    job = Job(GATE, new_public_id(), sqlite_url, str(tmp_path / "var"), "recent", now=NOW, replay=str(folder))
    assert process.process.stdin is not None
    process.process.stdin.write(json.dumps(job.as_json()).encode() + b"\n")
    process.process.stdin.flush()
    until = time.monotonic() + 30
    while time.monotonic() < until and not _first_is_read(sqlite_url):
        assert process.process.poll() is None
    process.close()  # SIGKILL
    assert weeks_read(sqlite_url) == ["19"] and len(keys_in(sqlite_url)) == 2
    after = visit(sqlite_url, tmp_path, index(20, 19), report(20))
    assert (after.status, after.new, after.requests) == ("ok", 2, 2)
    assert len(keys_in(sqlite_url)) == 4


def _first_is_read(url: str) -> bool:
    engine = make_engine(url)
    with reading(engine) as session:
        found = session.execute(select(SourceState)).scalar_one_or_none()
    engine.dispose()
    return bool(found and found.cursor.get("read"))


def fill(url: str, folder: Path, *lines: dict[str, Any], **changes: Any) -> Report:
    return visit(url, folder, *lines, mode="fill", **changes)


def test_a_fill_reads_what_the_visits_left_and_begins_with_the_newest(sqlite_url: str, tmp_path: Path) -> None:
    listed = index(21, 20, 19, 18, 17, 16)
    visit(sqlite_url, tmp_path, listed, *[report(week) for week in (21, 20, 19, 18)])
    found = fill(sqlite_url, tmp_path, listed, report(17), report(16))
    assert (found.status, found.new, found.requests) == ("ok", 4, 3)
    assert "filled" not in state_of(sqlite_url).cursor
    engine = make_engine(sqlite_url)
    reasons = {notice["key"][3:6]: notice["admitted_reason"] for notice in stored_notices(engine)}
    engine.dispose()
    assert (reasons["016"], reasons["017"], reasons["018"]) == ("fill", "fill", "first")
    assert visit(sqlite_url, tmp_path, listed).requests == 1


def test_a_fill_at_its_deadline_stops_and_the_next_one_goes_on_there(sqlite_url: str, tmp_path: Path) -> None:
    listed = index(21, 20, 19)
    found = fill(sqlite_url, tmp_path, listed, report(21), deadline_s=0.0)
    assert (found.status, found.new) == ("limited", 2) and "run --fill again" in found.reason
    assert state_of(sqlite_url).cursor["filled"] == ["2026-05-29", "Report-2026-21"]
    found = fill(sqlite_url, tmp_path, listed, report(20), report(19))
    assert (found.status, found.new, found.requests) == ("ok", 4, 3)


def test_a_fill_passes_a_broken_report_and_tries_it_again(sqlite_url: str, tmp_path: Path) -> None:
    listed = index(21, 20, 19)
    found = fill(sqlite_url, tmp_path, listed, report(21), *no_report(status=404), report(19))
    assert (found.status, found.new, found.issues[0].kind) == ("failing", 4, "PageMissing")
    found = fill(sqlite_url, tmp_path, listed, report(20))
    assert (found.status, found.new, found.requests) == ("ok", 2, 2)
    assert set(state_of(sqlite_url).cursor) == {"above", "newest"}


def test_a_fill_ends_at_the_day_asked_for(sqlite_url: str, tmp_path: Path) -> None:
    found = fill(sqlite_url, tmp_path, index(21, 20, 19), report(21), report(20), since="2026-05-20")
    assert (found.status, found.new, found.requests) == ("ok", 4, 3)


def test_the_memory_of_reports_is_bounded_and_forgets_none_unread() -> None:
    listed = [Listed(f"r{n:04d}", date.fromordinal(730_000 + n), ("https://a.example",), {}) for n in range(500)][::-1]
    ledger = Ledger(above=("", ""))
    for one in reversed(listed):
        ledger.note_read(one, one.day, 10)
    kept = Ledger.of(json.loads(json.dumps(ledger.as_json())))
    assert len(kept.read) == KEPT and kept.unread(listed) == []
    newer = Listed("r9999", date.fromordinal(730_900), ("https://a.example",), {})
    assert kept.unread([newer, *listed]) == [newer]
