"""Whole files: in batches, not read again when unchanged, what vanished is told, a short file is not believed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crawlers.declaration_parts import Format, Where
from crawlers.declarations import Declaration, declared_source
from crawlers.visits import Report
from store.crawl import RawAnswer, SourceState
from store.engine import make_engine, reading
from tests.crawlers.driving import crawl_here, write_recording
from tests.crawlers.expected import stored_notices

FILE = "ca_health_recalls"
JSON = {"Content-Type": "application/json"}


def row(number: int, **changes: str) -> dict[str, str]:
    return {
        "NID": str(number), "Title": f"Lamp {number} recalled", "URL": f"/en/alert-recall/lamp-{number}",
        "Organization": "Consumer product safety", "Category": "Electronics", "Last updated": "2026-06-01",
        "Archived": "0", **changes,
    }  # fmt: skip


def rows(count: int) -> list[dict[str, str]]:
    return [row(number) for number in range(1, count + 1)]


Changed = Callable[..., Declaration]


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> Changed:
    """Changes the declaration for this test; nothing is expected of a file unless said."""

    def change(expect: dict[str, Any] | None = None, **changes: Any) -> Declaration:
        one = declared_source(FILE)
        plain = {"least": 1, "most": None, "max_age_days": None, "share": 0.5, **(expect or {})}
        changed = one.model_copy(update={"expect": one.expect.model_copy(update=plain), **changes})
        monkeypatch.setattr("crawlers.process.declared_source", lambda source: changed)
        return changed

    change()
    return change


def visit(url: str, folder: Path, body: bytes | list[dict[str, str]], mode: str = "recent", **exchange: Any) -> Report:
    number = len(list(folder.glob("visit*")))
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    line = {"url": declared_source(FILE).url, "headers": JSON, "body": data, **exchange}
    return crawl_here(url, FILE, write_recording(folder / f"visit{number}", line), mode=mode)


def kinds(report: Report) -> list[str]:
    return [note.kind for note in report.issues]


def keys(url: str) -> set[str]:
    engine = make_engine(url)
    found = {notice["key"] for notice in stored_notices(engine)}
    engine.dispose()
    return found


def raw_rows(url: str) -> list[list[str]]:
    """The ids in each raw answer kept, in order."""
    engine, table = make_engine(url), RawAnswer
    order: Any = table.id
    with reading(engine) as session:
        bodies = [zlib.decompress(raw.body) for raw in session.execute(select(table).order_by(order)).scalars()]
    engine.dispose()
    return [[record["NID"] for record in json.loads(body)["records"]] for body in bodies]


def remembered(url: str) -> dict[str, Any]:
    engine = make_engine(url)
    with reading(engine) as session:
        (state,) = session.execute(select(SourceState)).scalars().all()
        found: dict[str, Any] = state.validators.get(declared_source(FILE).url, {})
    engine.dispose()
    return found


@pytest.mark.usefixtures("declared")
def test_a_file_is_read_in_batches_and_each_raw_answer_holds_its_rows_alone(sqlite_url: str, tmp_path: Path) -> None:
    report = visit(sqlite_url, tmp_path, rows(1201))
    assert (report.new, report.rows, report.requests, kinds(report)) == (1201, 1201, 1, [])
    assert [(len(ids), ids[0], ids[-1]) for ids in raw_rows(sqlite_url)] == [
        (500, "1", "500"), (500, "501", "1000"), (201, "1001", "1201"),
    ]  # fmt: skip
    assert remembered(sqlite_url)["notices"] == 1201


@pytest.mark.usefixtures("declared")
def test_an_unchanged_file_is_not_read_again(store_url: str, tmp_path: Path) -> None:
    stamp = {"Last-Modified": "Wed, 03 Jun 2026 02:19:23 GMT", "ETag": '"a"'}
    assert visit(store_url, tmp_path, rows(3), headers=JSON | stamp).new == 3
    kept = remembered(store_url)
    assert (kept["etag"], kept["last_modified"]) == ('"a"', stamp["Last-Modified"])
    told = visit(store_url, tmp_path, b"", status=304)
    assert (told.unchanged, told.rows, told.status, kinds(told)) == (3, 0, "unchanged", [])
    same = visit(store_url, tmp_path, rows(3))
    assert (same.unchanged, same.rows, same.status, kinds(same)) == (3, 0, "unchanged", [])
    assert len(raw_rows(store_url)) == 1


@pytest.mark.usefixtures("declared")
def test_of_a_changed_file_only_what_is_new_or_other_gets_a_version(store_url: str, tmp_path: Path) -> None:
    visit(store_url, tmp_path, rows(4))
    later = [row(1), row(2, Issue="Burn hazard"), row(3), row(4), row(5)]
    report = visit(store_url, tmp_path, later)
    assert (report.new, report.changed, report.unchanged, kinds(report)) == (1, 1, 3, [])
    assert remembered(store_url)["notices"] == 5


@pytest.mark.usefixtures("declared")
def test_rows_that_vanish_are_told_once_and_kept(store_url: str, tmp_path: Path) -> None:
    visit(store_url, tmp_path, rows(5))
    report = visit(store_url, tmp_path, [row(1), row(3), row(5)])
    (note,) = report.issues
    assert note.kind == "no_longer_listed" and note.message.startswith("2 stored records are no longer in the file")
    assert ": 2, 4;" in note.message and report.status == "unchanged"
    assert keys(store_url) == {"1", "2", "3", "4", "5"}
    again = visit(store_url, tmp_path, [row(1), row(3), row(5), row(6)])
    assert (again.new, kinds(again)) == (1, [])
    more = visit(store_url, tmp_path, [row(1), row(5), row(6)])
    assert kinds(more) == ["no_longer_listed"]


def test_a_row_that_is_passed_over_has_not_vanished(declared: Changed, sqlite_url: str, tmp_path: Path) -> None:
    declared(where=(Where(field="Archived", among=("0",)),))
    visit(sqlite_url, tmp_path, rows(3))
    report = visit(sqlite_url, tmp_path, [row(1), row(2, Archived="1"), row(3)])
    assert (report.unchanged, kinds(report)) == (2, [])


@pytest.mark.usefixtures("declared")
def test_a_file_with_far_fewer_records_is_not_believed_but_what_is_there_is_stored(
    store_url: str, tmp_path: Path
) -> None:
    visit(store_url, tmp_path, rows(10))
    short = visit(store_url, tmp_path, [row(1), row(2), row(11), row(12)])
    assert (short.status, kinds(short), short.new) == ("failing", ["IncompleteListing"], 2)
    assert "--fill" in short.reason and remembered(store_url)["notices"] == 10
    again = visit(store_url, tmp_path, [row(1), row(2), row(11), row(12)])
    assert kinds(again) == ["IncompleteListing"], "the short file must not become the measure"
    whole = visit(store_url, tmp_path, rows(12))
    assert (whole.status, whole.unchanged, kinds(whole)) == ("unchanged", 12, [])


@pytest.mark.usefixtures("declared")
def test_an_operator_may_take_a_shortened_file_as_it_is(sqlite_url: str, tmp_path: Path) -> None:
    visit(sqlite_url, tmp_path, rows(10))
    taken = visit(sqlite_url, tmp_path, rows(3), mode="fill")
    assert kinds(taken) == ["no_longer_listed"]
    assert visit(sqlite_url, tmp_path, [row(1), row(2), row(3), row(20)]).new == 1


FAULTS = {
    "EmptyAnswer": b"  ",
    "HtmlInstead": b"<!DOCTYPE html><html><body>We are back soon.</body></html>",
    "WrongFormat": b'{"message": "moved"}',
    "TruncatedAnswer": json.dumps(rows(3)).encode()[:-40],
    "NothingListed": b"[]",
    "AllRejected": json.dumps(rows(3)).replace("Title", "Headline").encode(),
    "WrongCharset": json.dumps([row(1, Title="Crêpe pan")], ensure_ascii=False).encode("latin-1"),
}


@pytest.mark.usefixtures("declared")
@pytest.mark.parametrize("name", FAULTS)
def test_an_outage_is_named_and_nothing_is_forgotten(name: str, sqlite_url: str, tmp_path: Path) -> None:
    visit(sqlite_url, tmp_path, rows(3))
    before = remembered(sqlite_url)
    report = visit(sqlite_url, tmp_path, FAULTS[name])
    assert report.status == "failing" and report.error is not None and report.error.kind == name
    assert remembered(sqlite_url) == before and keys(sqlite_url) == {"1", "2", "3"}


def test_too_many_and_too_old_are_named(declared: Changed, sqlite_url: str, tmp_path: Path) -> None:
    declared(expect={"most": 2})
    assert kinds(visit(sqlite_url, tmp_path, rows(3))) == ["TooMany"]
    declared(expect={"max_age_days": 14})
    report = visit(sqlite_url, tmp_path, [row(1, **{"Last updated": "2026-03-01"})])
    assert kinds(report) == ["NothingListed"] and "2026-03-01" in report.reason


def test_a_file_cut_in_the_middle_keeps_the_batches_before_the_cut(
    declared: Changed, sqlite_url: str, tmp_path: Path
) -> None:
    declared(format=Format(type="jsonl"))
    body = "".join(json.dumps(one) + "\n" for one in rows(700)).encode()
    report = visit(sqlite_url, tmp_path, body[:-30])
    assert (report.new, kinds(report)) == (500, ["TruncatedAnswer"])
    assert remembered(sqlite_url) == {}
    assert visit(sqlite_url, tmp_path, body).new == 200
