"""The sheet a bureau enrols firms from: CSV or XLSX with a header row, read into cells by our names of the columns."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from settings import TbtwatchError

COLUMNS: dict[str, tuple[str, ...]] = {
    "email": ("邮箱", "电子邮箱", "邮件", "email", "e-mail"),
    "said": ("产品", "主要产品", "生产什么", "products"),
    "industries": ("行业", "industries", "industry"),
    "markets": ("市场", "出口市场", "卖到哪里", "markets", "market"),
    "name": ("企业名称", "企业", "名称", "name"),
    "credit_code": ("统一社会信用代码", "信用代码", "credit_code"),
    "place": ("所在地", "县区", "county", "place"),
    "mobile": ("手机", "手机号码", "电话", "mobile"),
    "hs": ("海关编码", "HS编码", "hs"),
    "words": ("产品词", "words"),
}
MOST_ROWS = 2000
_MOST_UNPACKED = 32 * 1024 * 1024  # bytes: a sheet of so many rows is far smaller, an entity or zip bomb is not
_NAMES = {name.casefold(): column for column, names in COLUMNS.items() for name in (column, *names)}


class BadSheet(TbtwatchError):
    """Raised when a file is no sheet with a column of addresses, or has too many rows; the message is for firms."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number as a spreadsheet counts (the header is 1), and its cells by column."""

    number: int
    cells: dict[str, str] = field(default_factory=dict)


def read_sheet(content: bytes) -> list[SheetRow]:
    """The rows of a CSV (UTF-8 or GB 18030) or XLSX file; blank rows are left out. Raises BadSheet."""
    lines = list(_workbook(content) if zipfile.is_zipfile(io.BytesIO(content)) else _csv(content))
    if not lines:
        raise BadSheet("文件是空的：第一行应为列名，例如 邮箱、产品、市场、企业名称。")
    columns = [_NAMES.get(cell.strip().casefold(), "") for cell in lines[0]]
    if "email" not in columns:
        raise BadSheet("没有“邮箱”一列：第一行应为列名，例如 邮箱、产品、市场、企业名称。")
    rows = [
        SheetRow(number, {name: cell.strip() for name, cell in zip(columns, line, strict=False) if name})
        for number, line in enumerate(lines[1:], start=2)
        if any(cell.strip() for cell in line)
    ]
    if len(rows) > MOST_ROWS:
        raise BadSheet(f"一次最多{MOST_ROWS}行，这个文件有{len(rows)}行，请分成几个文件。")
    return rows


def as_csv(rows: Sequence[SheetRow]) -> str:
    """The rows as CSV, in the order and with the gaps of their numbers, for a form to carry on."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for before, row in zip([1, *(row.number for row in rows)], rows, strict=False):
        for _ in range(row.number - before - 1):
            writer.writerow({})
        writer.writerow(row.cells)
    return text.getvalue()


def _csv(content: bytes) -> Iterable[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")  # what spreadsheets on Chinese Windows save
        except UnicodeDecodeError:
            raise BadSheet("文件读不出来：请另存为 XLSX 或 CSV 后再上传。") from None
    return csv.reader(io.StringIO(text))


def _workbook(content: bytes) -> Iterable[list[str]]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > _MOST_UNPACKED:
                raise BadSheet("文件太大：请只保留需要的列和行。")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(max_row=MOST_ROWS + 2, max_col=40, values_only=True)
        return [[_cell(value) for value in row] for row in rows]
    except BadSheet:
        raise
    except Exception:  # a broken workbook fails in the library in many ways
        raise BadSheet("文件读不出来：请另存为 XLSX 或 CSV 后再上传。") from None


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a telephone number, an HS code
    return "" if value is None else str(value)
