"""Rows out of workbooks and CSV files, whole or broken."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from crawlers.errors import BadFile
from crawlers.sheets import Sheet, csv_rows
from tests.crawlers.sheets_made import replace_part, write_workbook

SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def rows_of(path: Path) -> list[tuple[int, list[object]]]:
    with Sheet(path) as sheet:
        return list(sheet.rows())


def test_cells_come_as_text_number_or_formula(tmp_path: Path) -> None:
    day = dt.datetime(2026, 7, 2)  # noqa: DTZ001 - a date cell has no zone
    path = write_workbook(tmp_path / "a.xlsx", [["a", 1, None, 2.5, '=HYPERLINK("u","t")', day]], ["h"])
    assert rows_of(path) == [(1, ["h"]), (2, ["a", 1, None, 2.5, '=HYPERLINK("u","t")', 46205])]


def test_texts_within_the_cell_and_gaps_between_cells(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [["x"]])
    cells = '<c r="B4" t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c><c r="D4" t="str"><v>shown</v></c>'
    replace_part(path, SHEET, f'<worksheet {MAIN}><sheetData><row r="4">{cells}</row></sheetData></worksheet>'.encode())
    assert rows_of(path) == [(4, [None, "inline", None, "shown"])]


def test_shared_texts_are_found_by_their_number(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [["x"]])
    cells = '<c r="A1" t="s"><v>2</v></c><c r="B1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c><c r="D1"><v>7</v></c>'
    replace_part(path, SHEET, f"<worksheet {MAIN}><sheetData><row>{cells}</row></sheetData></worksheet>".encode())
    texts = "<si><t>玩具</t></si><si><t/></si><si><r><t>two </t></r><r><t>runs</t></r><rPh><t>no</t></rPh></si>"
    replace_part(path, "xl/sharedStrings.xml", f"<sst {MAIN}>{texts}</sst>".encode())
    assert rows_of(path) == [(1, ["two runs", "玩具", "", 7])]


def test_a_shared_text_that_is_not_there_is_damage(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [["x"]])
    cell = '<row><c t="s"><v>9</v></c></row>'
    replace_part(path, SHEET, f"<worksheet {MAIN}><sheetData>{cell}</sheetData></worksheet>".encode())
    with pytest.raises(BadFile, match="damaged"):
        rows_of(path)


def test_an_empty_sheet_has_no_rows(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [], [])
    assert [cells for _, cells in rows_of(path) if any(cells)] == []


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 but no more"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(BadFile, match=r"a\.xlsx is no \.xlsx workbook"):
        Sheet(tmp_path / "a.xlsx")


def test_a_workbook_cut_short_is_refused(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [["text"] * 5] * 500)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(BadFile):
        Sheet(path)


@pytest.mark.parametrize(
    ("part", "content"),
    [
        (SHEET, f"<worksheet {MAIN}><sheetData><row><c><v>1</v></c></row>".encode()),
        (SHEET, b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'),
        ("xl/workbook.xml", b"<workbook"),
        ("xl/workbook.xml", f"<workbook {MAIN}/>".encode()),
    ],
)
def test_the_check_finds_damage_before_anything_is_read(tmp_path: Path, part: str, content: bytes) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [["x"]])
    replace_part(path, part, content)
    with Sheet(path) as sheet, pytest.raises(BadFile, match=r"a\.xlsx"):
        sheet.check()


def test_a_flipped_byte_is_found(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [[f"text {n}"] for n in range(2000)])
    body = bytearray(path.read_bytes())
    at = body.find(SHEET.encode()) + 200
    body[at] ^= 0xFF
    path.write_bytes(bytes(body))
    with Sheet(path) as sheet, pytest.raises(BadFile, match="damaged"):
        sheet.check()


def test_a_bomb_is_not_opened(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [["x"]])
    replace_part(path, "xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * 60_000_000)
    with pytest.raises(BadFile, match="unpacks to"):
        Sheet(path)


@pytest.mark.parametrize(
    "text",
    [b"a;b\n1;2\n", "a,b\n1,2\n".encode("utf-8-sig"), "a\tb\n1\t2\n".encode("utf-16"), b"a,b\n1,2\n"],
)
def test_a_csv_is_read_by_its_separator_and_encoding(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(text)
    assert list(csv_rows(tmp_path / "a.csv")) == [(1, ["a", "b"]), (2, ["1", "2"])]


def test_a_csv_saved_in_china_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("标题,截止\n玩具,通报后60天\n".encode("gb18030"))
    assert [cells for _, cells in csv_rows(tmp_path / "a.csv")] == [["标题", "截止"], ["玩具", "通报后60天"]]


def test_a_csv_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a,b\n\x00\x01\x02")
    with pytest.raises(BadFile, match="neither"):
        list(csv_rows(tmp_path / "a.csv"))
