"""The Gazette's traps: a 404 page and empty issues with status 200, own pages that fail, links that are no items."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crawlers.declarations import declared_source
from crawlers.formats import find_records
from crawlers.mapping import read_records
from crawlers.visits import Report
from store.columns import new_public_id
from store.engine import make_engine
from tests.crawlers.driving import crawl_here, write_recording
from tests.crawlers.expected import stored_notices

PARTS = ("ca_gazette_part_1", "ca_gazette_part_2")
ITEMS = (
    '<h2>Proposed regulations</h2><h3>Health</h3><ul><li><a href="./reg1-eng.html">Toys Regulations</a></li>'
    '<li><a href="./reg2-eng.html">Cribs Regulations</a></li></ul>'
)
COMMENT = "<p>Anyone may make representations within 30 days after the date of publication of this notice.</p>"


def page(main: str, title: str = "Canada Gazette") -> bytes:
    return f"<html><head><title>{title}</title></head><body><main><h1>Index</h1>{main}</main></body></html>".encode()


MISSING = page('<a href="./index-eng.html">Home page</a>', "We couldn't find that Web page (Error 404)")


def folder_of(source: str) -> str:
    return f"https://gazette.gc.ca/rp-pr/p{source[-1]}/2026/2026-05-30/html/"


def feed(source: str) -> dict[str, Any]:
    item = f"<item><title>Issue</title><link>{folder_of(source)}index-eng.html</link>"
    item += "<pubDate>Sat, 30 May 2026 14:00:00 -0500</pubDate></item>"
    body = f'<rss version="2.0"><channel><title>G</title><link>https://a.example</link>{item}</channel></rss>'
    return {"url": declared_source(source).url, "body": body.encode()}


def at(source: str, name: str, body: bytes = b"", **changes: Any) -> dict[str, Any]:
    return {"url": folder_of(source) + name, "body": body, **changes}


def visit(url: str, folder: Path, source: str, *lines: dict[str, Any]) -> Report:
    return crawl_here(url, source, write_recording(folder / new_public_id(), feed(source), *lines))


@pytest.mark.parametrize("source", PARTS)
@pytest.mark.parametrize(("body", "kind"), [(MISSING, "PageMissing"), (page(""), "NothingListed")])
def test_a_page_that_is_no_issue_is_named_and_the_issue_stays_unread(
    source: str, body: bytes, kind: str, sqlite_url: str, tmp_path: Path
) -> None:
    found = visit(sqlite_url, tmp_path, source, at(source, "index-eng.html", body))
    assert (found.status, found.issues[0].kind, found.new) == ("failing", kind, 0)
    pages = [at(source, f"reg{n}-eng.html", page(COMMENT)) for n in (1, 2)]
    healed = visit(sqlite_url, tmp_path, source, at(source, "index-eng.html", page(ITEMS)), *pages)
    assert (healed.status, healed.new, healed.issues) == ("ok", 2, [])


def test_an_issue_that_says_it_holds_nothing_is_read(sqlite_url: str, tmp_path: Path) -> None:
    empty = page("<p>No regulatory text was registered for publication in this issue.</p>")
    found = visit(sqlite_url, tmp_path, PARTS[1], at(PARTS[1], "index-eng.html", empty))
    assert (found.status, found.new, found.issues) == ("unchanged", 0, [])
    assert visit(sqlite_url, tmp_path, PARTS[1]).requests == 1


def test_an_outage_on_the_way_to_an_own_page_leaves_the_issue_unread(sqlite_url: str, tmp_path: Path) -> None:
    source = PARTS[0]
    index = at(source, "index-eng.html", page(ITEMS))
    first, second = (at(source, f"reg{n}-eng.html", page(COMMENT)) for n in (1, 2))
    found = visit(sqlite_url, tmp_path, source, index, first, {**second, "status": 503})
    assert (found.status, found.issues[0].kind, found.new) == ("failing", "ServerTrouble", 0)
    healed = visit(sqlite_url, tmp_path, source, index, first, second)
    assert (healed.status, healed.new) == ("ok", 2)


def test_an_own_page_that_is_missing_costs_the_deadline_but_not_the_item(sqlite_url: str, tmp_path: Path) -> None:
    source = PARTS[0]
    first, second = at(source, "reg1-eng.html", status=404), at(source, "reg2-eng.html", page(COMMENT))
    found = visit(sqlite_url, tmp_path, source, at(source, "index-eng.html", page(ITEMS)), first, second)
    assert (found.status, found.issues[0].kind, found.new) == ("failing", "PageMissing", 2)
    engine = make_engine(sqlite_url)
    assert [notice["comment_deadline"] for notice in stored_notices(engine)] == [None, "2026-06-29"]
    engine.dispose()
    assert visit(sqlite_url, tmp_path, source).requests == 1  # read, and read once more when corrections are due


def test_one_key_for_two_titles_is_told(sqlite_url: str, tmp_path: Path) -> None:
    source = PARTS[1]
    twice = '<ul><li><a href="./si-tr1-eng.html">One</a></li><li><a href="./si-tr1-eng.html">Two</a></li></ul>'
    found = visit(sqlite_url, tmp_path, source, at(source, "index-eng.html", page(twice)))
    assert [note.kind for note in found.issues] == ["shared_key"]


@pytest.mark.parametrize(
    ("href", "key"),
    [
        ("./commis-eng.html@cs7", "commis#cs7"),
        ("./commis-eng.htmlcs10", "commis#cs10"),
        ("reg1-eng.php", "reg1"),
        ("./notice-avis-fra.html#ne4", "notice-avis#ne4"),
        ("order-decret-eng.html", "order-decret"),
        ("#fn1", None),
        ("./index-eng.html", None),
        ("/cg-gc/about-sujet-eng.html", None),
        ("https://www.canada.ca/a-eng.html", None),
    ],
)
def test_links_with_typing_errors_are_mended_and_others_left(href: str, key: str | None) -> None:
    source = declared_source(PARTS[0])
    found = find_records(page(f'<h2>Commissions</h2><a href="{href}">Steel</a>'), source.format)
    told = {"issue": "p1/2026-05-30", "url": folder_of(PARTS[0]) + "index-eng.html", "day": "2026-05-30"}
    found.records = [{**record, "report": told} for record in found.records]
    keys = [item.source_key for item in read_records(found, source).items]
    assert keys == ([f"p1/2026-05-30/{key}"] if key else [])
