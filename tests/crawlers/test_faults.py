"""The WTO sources under every fault: its name and status, good items stored, nothing lost, the next run catches up."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from crawlers.declarations import declared_source
from store.engine import make_engine
from tests.crawlers.driving import crawl_here, write_recording
from tests.crawlers.expected import stored_notices
from tests.crawlers.sheets_made import row, write_workbook

TBT, SPS, BOOK = "wto_tbt_notifications", "wto_sps_notifications", "wto_notifications_workbook"
JSON = {"Content-Type": "application/json"}


def _record(number: int, area: str) -> dict[str, Any]:
    return {
        "id": str(number), "area": area, "documentSymbol": f" G/{area}/N/JPN/{number}", "notifyingMember": "Japan",
        "notificationType": "Regular notification", "distributionDate": "2026-05-22T00:00:00Z",
        "title": f"Measure {number}", "commentDeadlineDate": "2026-07-21T00:00:00Z",
    }  # fmt: skip


def _listing(source: str, *numbers: int, **envelope: Any) -> bytes:
    records = [_record(n, source[4:7].upper()) for n in numbers]
    return json.dumps(
        {"items": records, "totalCount": len(records), "currentPage": 1, "pageSize": 100, **envelope}
    ).encode()


def _workbook(folder: Path, *numbers: int) -> bytes:
    folder.mkdir(parents=True, exist_ok=True)
    return write_workbook(folder / "made.xlsx", [row(f"G/TBT/N/JPN/{n}") for n in numbers]).read_bytes()


def good_body(source: str, folder: Path, *numbers: int) -> bytes:
    """A good answer of `source` with notices of these numbers."""
    return _workbook(folder, *numbers) if source == BOOK else _listing(source, *numbers)


def exchange(source: str, body: bytes = b"", **changes: Any) -> dict[str, Any]:
    return {"url": declared_source(source).url, "headers": JSON if source != BOOK else {}, "body": body, **changes}


HTML = b"<!DOCTYPE html><html><title>Maintenance</title><body>Back soon</body></html>"
PACKED = {"headers": {"Content-Encoding": "gzip"}}


def faults(source: str, good: bytes) -> dict[str, tuple[list[dict[str, Any]], str, str]]:
    """fault -> (exchanges, status, name of the error)."""
    keyed = declared_source(source).key is not None
    url = declared_source(source).url
    robots = {"url": url[: url.index("/", 8)] + "/robots.txt", "body": b"User-agent: *\nDisallow: /\n"}

    def one(body: bytes = b"", **changes: Any) -> list[dict[str, Any]]:
        return [exchange(source, body, **changes)]

    refused = ("needs_key", "KeyRefused") if keyed else ("failing", "AccessRefused")
    largest = declared_source(source).politeness.max_bytes
    return {
        "html": (one(HTML, headers={"Content-Type": "text/html"}), "failing", "HtmlInstead"),
        "empty body": (one(), "failing", "EmptyAnswer"),
        "truncated": (one(good[: len(good) * 2 // 3]), "failing", "TruncatedAnswer"),
        "401": (one(status=401), *refused),
        "403": (one(status=403), *refused),
        "404": (one(status=404, body=b"{}"), "failing", "PageMissing"),
        "400": (one(status=400), "failing", "RequestRefused"),
        "429": (one(status=429, headers={"Retry-After": "2"}), "limited", "Throttled"),
        "429 for an hour": (one(status=429, headers={"Retry-After": "3600"}), "limited", "Throttled"),
        "500": (one(status=500), "failing", "ServerTrouble"),
        "503": (one(status=503), "failing", "ServerTrouble"),
        "503 with Retry-After": (one(status=503, headers={"Retry-After": "1"}), "limited", "Throttled"),
        "time-out": (one(good, delay_s=3600), "failing", "TimedOut"),
        "drip": (one(good, drip_s=60), "failing", "TimedOut"),
        "redirect loop": (one(status=302, headers={"Location": url}), "failing", "RedirectLoop"),
        "moved nowhere": (one(good, status=302, headers={"Location": "file:///x"}), "failing", "PageMissing"),
        "packed otherwise": (one(good, headers={"Content-Encoding": "br"}), "failing", "TruncatedAnswer"),
        "cut": (one(good, cut_after=20), "failing", "ConnectionCut"),
        "shorter than said": (one(good[:100], headers={"Content-Length": str(len(good))}), "failing", "ConnectionCut"),
        "too big": (one(good, fill_to=largest + 1), "failing", "TooBig"),
        "gzip bomb": (one(gzip.compress(b" " * (largest + 1), 1), **PACKED), "failing", "TooBig"),
        "broken gzip": (one(gzip.compress(good)[:-30], **PACKED), "failing", "TruncatedAnswer"),
        "dead host": ([{"url": "https://another.example/"}], "failing", "DeadHost"),
        "robots": ([robots, *one(good)], "failing", "RobotsRefused"),
        **({} if source == BOOK else _listing_faults(source, good)),
        **(_workbook_faults(good) if source == BOOK else {}),
    }  # fmt: skip


def _listing_faults(source: str, good: bytes) -> dict[str, tuple[list[dict[str, Any]], str, str]]:
    return {
        "wrong charset": ([exchange(source, good.replace(b"Measure", b"Mesur\xe9"))], "failing", "WrongCharset"),
        "nested deeply": ([exchange(source, b"[" * 100_000)], "failing", "WrongFormat"),
        "renamed list": ([exchange(source, good.replace(b'"items"', b'"rows"'))], "failing", "WrongFormat"),
        "renamed field": ([exchange(source, good.replace(b"documentSymbol", b"symbol"))], "failing", "AllRejected"),
        "zero items": ([exchange(source, _listing(source))], "failing", "NothingListed"),
        "half the items": ([exchange(source, _listing(source, 1, totalCount=9))], "failing", "IncompleteListing"),
    }


def _workbook_faults(good: bytes) -> dict[str, tuple[list[dict[str, Any]], str, str]]:
    return {
        "another file": ([exchange(BOOK, b"%PDF-1.7 something")], "failing", "WrongFormat"),
        "flipped byte": (
            [exchange(BOOK, good[:2600] + b"\xff\xff\xff\xff" + good[2604:])],
            "failing",
            "TruncatedAnswer",
        ),
    }


# The SPS source is the same shape and reader as the TBT one: a few faults show that nothing is tied to one of them.
_SHARED = ("html", "truncated", "404", "429", "zero items")
CASES = [
    (source, name)
    for source in (TBT, SPS, BOOK)
    for name in faults(source, b"x" * 4000)
    if source != SPS or name in _SHARED
]


@pytest.mark.parametrize(("source", "name"), CASES)
def test_a_fault_has_its_name_loses_nothing_and_heals(source: str, name: str, sqlite_url: str, tmp_path: Path) -> None:
    first = good_body(source, tmp_path / "a", 11, 12)
    report = crawl_here(sqlite_url, source, write_recording(tmp_path / "good", exchange(source, first)))
    assert (report.status, report.new) == ("ok", 2)
    engine = make_engine(sqlite_url)
    before = stored_notices(engine)

    exchanges, status, error = faults(source, first)[name]
    report = crawl_here(sqlite_url, source, write_recording(tmp_path / "bad", *exchanges))
    assert (report.status, report.issues[0].kind) == (status, error)
    assert report.reason and "Traceback" not in report.reason
    assert (report.new, report.changed) in ((0, 0), (1, 0))  # a listing cut in half still gives what it lists
    assert [notice for notice in stored_notices(engine) if notice in before] == before

    later = good_body(source, tmp_path / "b", 11, 12, 13)
    report = crawl_here(sqlite_url, source, write_recording(tmp_path / "later", exchange(source, later)))
    assert report.status == "ok" and report.issues == [] and report.changed == 0
    wanted = {f" G/{'SPS' if source == SPS else 'TBT'}/N/JPN/{n}".strip() for n in (11, 12, 13)}
    assert wanted <= {notice["symbols"][0] for notice in stored_notices(engine)}
    engine.dispose()


def _answers(source: str, tmp_path: Path) -> Sequence[tuple[str, bytes]]:
    return [("one", good_body(source, tmp_path / "a", 11, 12)), ("two", good_body(source, tmp_path / "b", 11, 12, 13))]


@pytest.mark.parametrize("source", [TBT, BOOK])
def test_a_fault_that_passes_is_not_told(source: str, sqlite_url: str, tmp_path: Path) -> None:
    good = good_body(source, tmp_path / "a", 11)
    lines = [exchange(source, status=503), exchange(source, good, cut_after=9), exchange(source, good)]
    report = crawl_here(sqlite_url, source, write_recording(tmp_path / "r", *lines))
    assert (report.status, report.new, report.issues) == ("ok", 1, [])


@pytest.mark.parametrize("source", [TBT, BOOK])
def test_a_packed_answer_is_unpacked(source: str, sqlite_url: str, tmp_path: Path) -> None:
    good = gzip.compress(good_body(source, tmp_path / "a", 11))
    report = crawl_here(sqlite_url, source, write_recording(tmp_path / "r", exchange(source, good, **PACKED)))
    assert (report.status, report.new) == ("ok", 1)


def test_one_broken_record_among_good_ones(sqlite_url: str, tmp_path: Path) -> None:
    body = _listing(TBT, 11, 12, 13).replace(b" G/TBT/N/JPN/12", b"n/a")
    report = crawl_here(sqlite_url, TBT, write_recording(tmp_path / "r", exchange(TBT, body)))
    assert (report.status, report.new, report.rejected) == ("ok", 2, 1)
    assert [(note.kind, note.record) for note in report.issues] == [("BadRecord", "n/a")]


def test_one_record_dated_in_the_future(sqlite_url: str, tmp_path: Path) -> None:
    body = _listing(TBT, 11, 12).replace(b"2026-05-22", b"2099-05-22", 1)
    report = crawl_here(sqlite_url, TBT, write_recording(tmp_path / "r", exchange(TBT, body)))
    assert (report.status, report.new, report.rejected) == ("ok", 1, 1)
    assert "2099-05-22" in report.issues[0].message


def test_the_same_records_twice_count_once(sqlite_url: str, tmp_path: Path) -> None:
    body = _listing(TBT, 11, 12, 11, 12, totalCount=2)
    report = crawl_here(sqlite_url, TBT, write_recording(tmp_path / "r", exchange(TBT, body)))
    assert (report.status, report.new, report.changed, report.issues) == ("ok", 2, 0, [])
