"""Listings of the newest first: read until all is known, and to the end after a visit that was cut on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crawlers.visits import Report
from store.columns import new_public_id
from tests.crawlers.driving import crawl_here, write_recording

UKSI = "uk_legislation_uksi"
URL = "https://www.legislation.gov.uk/new/uksi/data.feed"


def page(number: int, *instruments: int, more: bool = True, **changes: Any) -> dict[str, Any]:
    entries = "".join(
        f"<entry><id>http://www.legislation.gov.uk/id/uksi/2026/{n}</id><title>Order {n}</title>"
        f"<link href='http://www.legislation.gov.uk/uksi/2026/{n}/made'/>"
        "<published>2026-06-01T10:00:00+01:00</published></entry>"
        for n in instruments
    )
    following = f'<link rel="next" href="{URL}?page={number + 1}"/>' if more else ""
    body = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>New</title>{following}{entries}</feed>'
    url = URL if number == 1 else f"{URL}?page={number}"
    return {"url": url, "match": "exact", "body": body.encode(), **changes}


def visit(url: str, folder: Path, *lines: dict[str, Any]) -> Report:
    return crawl_here(url, UKSI, write_recording(folder / new_public_id(), *lines))


def test_a_page_of_known_entries_is_the_last(sqlite_url: str, tmp_path: Path) -> None:
    first = visit(sqlite_url, tmp_path, page(1, 4, 3), page(2, 2, 1, more=False))
    assert (first.status, first.new, first.requests) == ("ok", 4, 2)
    second = visit(sqlite_url, tmp_path, page(1, 6, 5), page(2, 4, 3), page(3, 2, 1, more=False))
    assert (second.status, second.new, second.requests) == ("ok", 2, 2)
    assert visit(sqlite_url, tmp_path, page(1, 6, 5)).requests == 1


def test_after_a_cut_the_pages_behind_a_known_one_are_read(sqlite_url: str, tmp_path: Path) -> None:
    visit(sqlite_url, tmp_path, page(1, 2, 1, more=False))
    cut = visit(sqlite_url, tmp_path, page(1, 6, 5), page(2, status=503))
    assert (cut.status, cut.new) == ("failing", 2)
    healed = visit(sqlite_url, tmp_path, page(1, 6, 5), page(2, 4, 3), page(3, 2, 1, more=False))
    assert (healed.status, healed.new, healed.unchanged, healed.requests) == ("ok", 2, 4, 3)
    later = visit(sqlite_url, tmp_path, page(1, 7, 6), page(2, 5, 4))
    assert (later.new, later.requests) == (1, 2)


def test_not_modified_without_a_condition_is_no_answer(sqlite_url: str, tmp_path: Path) -> None:
    report = visit(sqlite_url, tmp_path, {"url": URL, "match": "exact", "status": 304, "body": b""})
    assert (report.status, report.issues[0].kind) == ("failing", "ServerTrouble")
    assert visit(sqlite_url, tmp_path, page(1, 4, 3, more=False)).new == 2
    assert visit(sqlite_url, tmp_path, {"url": URL, "match": "exact", "status": 304, "body": b""}).status == "unchanged"
