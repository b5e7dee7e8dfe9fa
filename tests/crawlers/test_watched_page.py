"""Watched pages: the first sight is history, what is new is one notice, and a page that cannot be believed is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from crawlers import declarations
from crawlers.declarations import declared_source
from crawlers.visits import Mark, Report
from crawlers.writing import Writer
from store.crawl import SourceState
from store.engine import make_engine, reading
from tests.crawlers.driving import crawl_here, write_recording
from tests.crawlers.expected import stored_notices

ANSI = "us_ansi_standards_action"
ISSUES = ("Issue 20", "Issue 21", "Issue 22")


@pytest.fixture
def place(sqlite_url: str, tmp_path: Path) -> Iterator[Place]:
    found = Place(sqlite_url, tmp_path)
    yield found
    found.engine.dispose()


class Place:
    """One store, visited again and again."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder, self.visits = url, folder, 0
        self.engine: Engine = make_engine(url)

    def visit(self, body: bytes | str, source: str = ANSI, **changes: Any) -> Report:
        self.visits += 1
        body = body.encode() if isinstance(body, str) else body
        exchange = {"url": declared_source(source).url, "body": body, **changes}
        return crawl_here(self.url, source, write_recording(self.folder / str(self.visits), exchange))

    def told(self) -> list[tuple[str, str]]:
        return [(notice["title"], notice["admitted"]) for notice in stored_notices(self.engine)]

    def cursor(self) -> dict[str, Any]:
        with reading(self.engine) as session:
            state = session.execute(select(SourceState)).scalar_one()
        return dict(state.cursor)


def page(*issues: str, more: str = "") -> str:
    items = "".join(f'<li><a href="/{n.replace(" ", "")}.pdf">{n}</a></li>' for n in issues)
    return f"<html><body><main><h1>Action</h1><p>Every Friday</p><ul>{items}</ul></main>{more}</body></html>"


def test_the_first_sight_is_history_and_the_same_page_again_is_unchanged(place: Place) -> None:
    first = place.visit(page(*ISSUES))
    assert (first.status, first.new) == ("ok", 1)
    assert place.told() == [("ANSI, Standards Action: as first seen, 4 passages", "history")]
    for body in (page(*ISSUES), page(*ISSUES, more="<p>Visitors: 17</p>")):
        again = place.visit(body)
        assert (again.status, again.new, again.changed, again.unchanged) == ("unchanged", 0, 0, 1)


def test_new_passages_are_one_notice_of_news_with_their_links(place: Place) -> None:
    place.visit(page(*ISSUES))
    report = place.visit(page("Issue 24", "Issue 23", "Issue 22", "Issue 21"))
    assert (report.status, report.new) == ("ok", 1)
    notice = next(n for n in stored_notices(place.engine) if n["admitted"] == "news")
    assert notice["title"] == "ANSI, Standards Action: 2 new passages"
    assert notice["description"] == "Issue 24\nIssue 23" and notice["attributes"] == {"removed": ["Issue 20"]}
    assert [(link["rel"], link["url"]) for link in notice["links"]] == [
        ("original", declared_source(ANSI).url),
        ("document", "https://www.ansi.org/Issue24.pdf"),
        ("document", "https://www.ansi.org/Issue23.pdf"),
    ]
    assert place.visit(page("Issue 24", "Issue 23", "Issue 22", "Issue 21")).status == "unchanged"


def test_removed_passages_alone_are_told_too(place: Place) -> None:
    place.visit(page(*ISSUES))
    place.visit(page("Issue 21", "Issue 22"))
    assert ("ANSI, Standards Action: 1 passage removed", "news") in place.told()
    place.visit(page("Issue 21", "Issue 22", "Issue 23"))
    assert ("ANSI, Standards Action: 1 new passage", "news") in place.told() and len(place.told()) == 3


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (page("Issue 1", *[]).replace("<p>Every Friday</p>", "").replace("<h1>Action</h1>", ""), "WrongFormat"),
        (page("Issue 22").replace("main>", "section>"), "WrongFormat"),
        ("<html><body><h1>Sign in</h1><input type=password></body></html>", "ShellInstead"),
        ("<html><title>Just a moment...</title><body></body></html>", "ShellInstead"),
        ("<html><body><div id=app></div><noscript>Please enable JavaScript</noscript></body></html>", "ShellInstead"),
        ("<html><body><main><p>Back soon</p></main></body></html>", "WrongFormat"),
        ("", "EmptyAnswer"),
        (page(*ISSUES)[:150], "TruncatedAnswer"),
        (page(*ISSUES).encode("utf-16-le"), "WrongCharset"),
    ],
)
def test_what_is_not_the_page_is_an_error_and_changes_nothing(place: Place, body: str | bytes, error: str) -> None:
    place.visit(page(*ISSUES))
    before, cursor = stored_notices(place.engine), place.cursor()
    report = place.visit(body)
    assert (report.status, report.issues[0].kind) == ("failing", error)
    assert (stored_notices(place.engine), place.cursor()) == (before, cursor)
    assert place.visit(page(*ISSUES, "Issue 23")).new == 1
    assert ("ANSI, Standards Action: 1 new passage", "news") in place.told() and len(place.told()) == 2


def test_a_page_that_shrank_stays_as_it_was_until_a_person_agrees(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [f"Issue {n}" for n in range(1, 20)]
    place.visit(page(*many))
    report = place.visit(page(*many[:6]))
    assert (report.status, report.issues[0].kind) == ("failing", "PageShrunk") and "agreed_on" in report.reason
    assert len(place.told()) == 1
    agreed = declared_source(ANSI)
    assert agreed.blocks
    blocks = agreed.blocks.model_copy(update={"agreed_on": agreed.verified_on})
    changed = {**declarations.declared_sources(), ANSI: agreed.model_copy(update={"blocks": blocks})}
    monkeypatch.setattr(declarations, "declared_sources", lambda: changed)
    assert place.visit(page(*many[:6])).status == "unchanged"  # what was cut off was agreed to, it is no news
    assert place.visit(page(*many[:6], "Issue 30")).new == 1


def test_a_visit_that_died_before_it_remembered_tells_nothing_twice(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.visit(page(*ISSUES))
    store = Writer.store
    with monkeypatch.context() as patch:
        patch.setattr(Writer, "store", lambda self, part, report: isinstance(part, Mark) or store(self, part, report))
        assert place.visit(page(*ISSUES, "Issue 23")).new == 1
    report = place.visit(page(*ISSUES, "Issue 23"))
    assert (report.new, report.changed, report.unchanged) == (0, 0, 1) and len(place.told()) == 2
    assert place.visit(page(*ISSUES, "Issue 23", "Issue 24")).new == 1


def test_a_page_that_is_watched_later_begins_as_history(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.visit(page(*ISSUES))
    one = declared_source(ANSI)
    changed = {
        **declarations.declared_sources(),
        ANSI: one.model_copy(update={"more_urls": ("https://www.ansi.org/b",)}),
    }
    monkeypatch.setattr(declarations, "declared_sources", lambda: changed)
    folder = write_recording(
        place.folder / "two",
        {"url": one.url, "body": page(*ISSUES).encode()},
        {"url": "https://www.ansi.org/b", "body": page("Rule 1", "Rule 2").encode()},
    )
    report = crawl_here(place.url, ANSI, folder)
    assert (report.new, report.unchanged) == (1, 1)
    assert {admitted for _, admitted in place.told()} == {"history"} and len(place.cursor()) == 2
