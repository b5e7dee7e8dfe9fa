"""Workbooks for tests, written by openpyxl as the WTO's programs do, and faults put into them."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl

HEADER = [
    "Notifying Member", "Distribution date", "Document symbol", "Title", "Description", "Products covered",
    "HS code(s)", "ICS code(s)", "Objectives", "Keywords", "Specific regions or countries likely to be affected",
    "Final date for comments", "Notification type", "Notified document", "Link to notification(EN)",
    "Link to notification(FR)", "Link to notification(ES)",
]  # fmt: skip


def linked(symbols: str) -> str:
    """The symbol cell of an export."""
    return f'=HYPERLINK("https://www.epingalert.org/en/Search?viewData= {symbols}"," {symbols}")'


def row(symbols: str, member: str = "Japan", **changes: Any) -> list[Any]:
    """A row of an export; `changes` by column name."""
    values: dict[str, Any] = {
        "Notifying Member": member, "Distribution date": dt.datetime(2026, 5, 22), "Document symbol": linked(symbols),  # noqa: DTZ001
        "Title": f"Measure {symbols}", "Final date for comments": dt.datetime(2026, 7, 21),  # noqa: DTZ001
        "Notification type": "Regular notification", **changes,
    }  # fmt: skip
    return [values.get(name) for name in HEADER]


def write_workbook(path: Path, rows: Sequence[Sequence[Any]], header: Sequence[str] = HEADER) -> Path:
    """An .xlsx with one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(header))
    for one in rows:
        sheet.append(list(one))
    book.save(path)
    return path


def replace_part(path: Path, part: str, content: bytes) -> None:
    """Put other bytes in place of one part of the workbook."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, body in {**parts, part: content}.items():
            new.writestr(name, body)
