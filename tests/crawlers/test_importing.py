"""Files that people import: counted, stored whole or not at all, bad ones refused in one line."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from crawlers.errors import BadFile
from crawlers.importing import import_notices
from crawlers.visits import Report
from store.clock import fixed_clock, parse_instant
from store.crawl import CrawlRun, RawAnswer
from store.engine import reading
from tests.crawlers.expected import stored_notices
from tests.crawlers.sheets_made import HEADER, replace_part, row, write_workbook

CLOCK = fixed_clock(parse_instant("2026-06-03T09:00+08:00"))
GULF = "G/TBT/N/ARE/741, G/TBT/N/SAU/1498, G/TBT/N/YEM/389"


def run(path: Path, store: Engine, **options: Any) -> Report:
    return import_notices(path, store, CLOCK, **options)


def counts(report: Report) -> tuple[int, int, int, int, int]:
    return report.rows, report.new, report.changed, report.unchanged, report.rejected


def test_joint_rows_are_one_notice_and_the_second_time_nothing_is_new(store: Engine, tmp_path: Path) -> None:
    rows = [row(GULF, member) for member in ("Yemen", "Saudi Arabia, Kingdom of", "United Arab Emirates")]
    path = write_workbook(tmp_path / "a.xlsx", [*rows, row("G/TBT/N/JPN/902"), row("G/SPS/N/JPN/902")])
    assert counts(run(path, store)) == (5, 3, 0, 0, 0)
    assert counts(run(path, store)) == (5, 0, 0, 3, 0)
    notices = stored_notices(store)
    assert [notice["members"] for notice in notices] == [["JPN"], ["ARE", "SAU", "YEM"], ["JPN"]]
    assert {notice["admitted"] for notice in notices} == {"history"}


def test_joint_rows_count_once_also_when_pages_divide_them(
    store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawlers.rowpages.BATCH_ROWS", 1)
    path = write_workbook(tmp_path / "a.xlsx", [row(GULF, member) for member in ("Yemen", "United Arab Emirates")])
    assert counts(run(path, store)) == (2, 1, 0, 0, 0)


def test_a_changed_row_is_a_change_and_a_member_that_joins_is_none(store: Engine, tmp_path: Path) -> None:
    write_workbook(
        tmp_path / "a.xlsx", [row("G/TBT/N/ARE/741", "United Arab Emirates", Title="T"), row("G/TBT/N/JPN/902")]
    )
    run(tmp_path / "a.xlsx", store)
    grown = [row("G/TBT/N/ARE/741, G/TBT/N/YEM/389", who, Title="T") for who in ("United Arab Emirates", "Yemen")]
    write_workbook(tmp_path / "b.xlsx", [*grown, row("G/TBT/N/JPN/902", Title="Other words")])
    assert counts(run(tmp_path / "b.xlsx", store)) == (3, 0, 1, 1, 0)


def test_news_on_demand_but_never_what_is_old_and_closed(store: Engine, tmp_path: Path) -> None:
    old = row("G/TBT/N/JPN/800", **{"Distribution date": "01/04/2026", "Final date for comments": "01/05/2026"})
    run(write_workbook(tmp_path / "a.xlsx", [row("G/TBT/N/JPN/902"), old]), store, as_news=True)
    assert [notice["admitted"] for notice in stored_notices(store)] == ["history", "news"]


def test_a_bad_row_is_rejected_by_number_and_the_others_are_stored(store: Engine, tmp_path: Path) -> None:
    bad = row("G/TBT/N/JPN/903", **{"Document symbol": "see annex"})
    report = run(write_workbook(tmp_path / "a.xlsx", [row("G/TBT/N/JPN/902"), bad]), store)
    assert counts(report) == (2, 1, 0, 0, 1)
    assert [(note.kind, note.record) for note in report.issues] == [("BadRecord", "row 3")]


def test_an_unknown_member_is_an_issue_on_that_record_alone(store: Engine, tmp_path: Path) -> None:
    report = run(write_workbook(tmp_path / "a.xlsx", [row("G/TBT/N/JPN/902", "Land of Nod")]), store)
    assert counts(report) == (1, 1, 0, 0, 0)
    assert [(note.kind, note.record) for note in report.issues] == [("unknown_member", "G/TBT/N/JPN/902")]


def _csv(path: Path, rows: list[list[Any]], **options: Any) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as lines:
        csv.writer(lines, **options).writerows([HEADER, *rows])
    return path


def test_a_csv_gives_the_same_notices_as_the_workbook(store: Engine, tmp_path: Path) -> None:
    rows = [row("G/TBT/N/JPN/902", Description="one\ntwo; three")]
    run(write_workbook(tmp_path / "a.xlsx", rows), store)
    assert counts(run(_csv(tmp_path / "a.csv", rows, delimiter=";"), store)) == (1, 0, 0, 1, 0)


def test_the_rows_are_kept_raw_so_that_a_mended_reader_can_be_run_over_them(store: Engine, tmp_path: Path) -> None:
    import json
    import zlib

    run(write_workbook(tmp_path / "a.xlsx", [row("G/TBT/N/JPN/902")]), store)
    with reading(store) as session:
        raw = session.execute(select(RawAnswer)).scalar_one()
    kept = json.loads(zlib.decompress(raw.body))
    assert kept["header"][2] == "Document symbol" and "G/TBT/N/JPN/902" in kept["rows"][0][1][2]


def _write(path: Path, body: bytes) -> Path:
    path.write_bytes(body)
    return path


def _broken_sheet(path: Path) -> Path:
    write_workbook(path, [row("G/TBT/N/JPN/902")])
    sheet = "xl/worksheets/sheet1.xml"
    replace_part(path, sheet, b"<worksheet><sheetData><row><c><v>1</v></c></row>")
    return path


BAD_FILES = {
    "not there": (lambda folder: folder / "none.xlsx", "no such file"),
    "a folder": (lambda folder: folder, "folder"),
    "empty": (lambda folder: _write(folder / "a.csv", b""), "is empty"),
    "an empty workbook": (lambda folder: _write(folder / "a.xlsx", b""), "no .xlsx workbook"),
    "no workbook": (lambda folder: _write(folder / "a.xlsx", b"hello"), "no .xlsx workbook"),
    "damaged": (lambda folder: _broken_sheet(folder / "a.xlsx"), "damaged"),
    "HTML": (lambda folder: _write(folder / "a.csv", b"<html>\n<body>Sign in</body>"), "no column 'Document symbol'"),
    "a column is missing": (
        lambda folder: write_workbook(folder / "a.xlsx", [["x"]], ["Document symbol", "Title"]),
        "no column 'Final date for comments'",
    ),
    "no row can be read": (
        lambda folder: _csv(folder / "a.csv", [row("x", **{"Document symbol": ""})]),
        "not one of 1 rows could be read",
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_in_one_line_and_nothing_is_written(name: str, store: Engine, tmp_path: Path) -> None:
    make, words = BAD_FILES[name]
    with pytest.raises(BadFile) as refused:
        run(make(tmp_path), store)
    assert words in str(refused.value) and "\n" not in str(refused.value)
    assert refused.value.exit_code == 1
    assert stored_notices(store) == []
    with reading(store) as session:
        assert all(run.status == "failing" for run in session.execute(select(CrawlRun)).scalars())


def test_damage_at_the_end_of_a_long_file_leaves_nothing_half_written(store: Engine, tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [row(f"G/TBT/N/JPN/{n}") for n in range(1, 1200)])
    import zipfile

    with zipfile.ZipFile(path) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml")
    replace_part(path, "xl/worksheets/sheet1.xml", sheet[:-60])
    with pytest.raises(BadFile, match="damaged"):
        run(path, store)
    assert stored_notices(store) == []
