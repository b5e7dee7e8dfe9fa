"""The complete workbook in the form of Notification_EN.xlsx: shared texts, Excel serials, formulas, odd headers."""

from __future__ import annotations

import html
import zipfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

EPOCH = date(1899, 12, 30)
COLUMNS = (
    "Document symbol", "Notifying Member", "Distribution date", "Notification type", "Title", "Description",
    "Products covered", "HS code(s)", "ICS code(s)", "Objectives", "Keywords", "Final date for comments",
    "Proposed adoption  date", "Proposed entry  into  force date", "Link to notification(EN)", "Notified document",
)  # fmt: skip
_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PARTS = {
    "[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>",
    "xl/workbook.xml": f"<workbook xmlns='{_NAMESPACE}' xmlns:r='{_RELATIONS}'><sheets>"
    "<sheet name='Notifications' sheetId='1' r:id='rId1'/></sheets></workbook>",
    "xl/_rels/workbook.xml.rels": "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
    f"<Relationship Id='rId1' Type='{_RELATIONS}/worksheet' Target='worksheets/sheet1.xml'/></Relationships>",
}


def write_workbook(path: Path, records: Iterable[dict[str, Any]]) -> Path:
    """Write `records` (bench/generators.py) to `path`, row by row; every text is a shared one, as Excel writes them."""
    texts: dict[str, int] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as book:
        for name, text in _PARTS.items():
            book.writestr(name, text)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f"<worksheet xmlns='{_NAMESPACE}'><sheetData>".encode())
            for number, cells in enumerate(_rows(records), 1):
                sheet.write(_row(number, cells, texts).encode())
            sheet.write(b"</sheetData></worksheet>")
        with book.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            part.write(f"<sst xmlns='{_NAMESPACE}'>".encode())
            for text in texts:
                part.write(f"<si><t xml:space='preserve'>{html.escape(text, quote=False)}</t></si>".encode())
            part.write(b"</sst>")
    return path


def _rows(records: Iterable[dict[str, Any]]) -> Iterable[tuple[object, ...]]:
    yield COLUMNS
    for record in records:
        symbol = record["documentSymbol"]
        hs, ics = (("; ".join(code["name"] for code in record[field])) for field in ("hsCodes", "icsCodes"))
        yield (
            f'=HYPERLINK("https://www.epingalert.org/en/Search?viewData={symbol}","{symbol}")',
            record["notifyingMember"], _serial(record["distributionDate"]), record["notificationType"],
            record["title"], record["description"], record["productsFreeText"],
            hs, ics, ";".join(aim["name"] for aim in record["objectives"]), None,
            _serial(record["commentDeadlineDate"]),
            record["proposedAdoptionDateText"], record["proposedEntryIntoForceDateText"],
            f'=HYPERLINK("https://docs.wto.org/imrd/directdoc.asp?DDFDocuments/t/G/X{record["id"]}.DOCX","EN")',
            record["notifiedDocumentLink"],
        )  # fmt: skip


def _serial(instant: str | None) -> int | None:
    return (date.fromisoformat(instant[:10]) - EPOCH).days if instant else None


def _row(number: int, cells: Iterable[object], texts: dict[str, int]) -> str:
    made = []
    for position, cell in enumerate(cells):
        name = f"{chr(65 + position)}{number}"
        if cell is None or cell == "":
            continue
        if isinstance(cell, int):
            made.append(f"<c r='{name}'><v>{cell}</v></c>")
        elif str(cell).startswith("="):
            made.append(f"<c r='{name}' t='str'><f>{html.escape(str(cell)[1:], quote=False)}</f></c>")
        else:
            made.append(f"<c r='{name}' t='s'><v>{texts.setdefault(str(cell), len(texts))}</v></c>")
    return f"<row r='{number}'>{''.join(made)}</row>"
