"""Streaming rows out of an .xlsx or a CSV file in little memory: one row at a time, shared texts kept on disk."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any
from xml.parsers import expat

from lxml import etree

from crawlers.errors import BadFile

Row = tuple[int, list[object]]

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# A 45 MB workbook unpacks to some 400 MB; beyond this it is a bomb, not a workbook.
MAX_UNPACKED_BYTES = 3_000_000_000
MAX_RATIO = 200
BLOCK_BYTES = 1 << 18
RECENT_TEXTS = 4096
_LETTERS = re.compile(r"[A-Z]+")


class Sheet:
    """The first sheet of a workbook as rows of cells: text, number, or "=FORMULA" where a cell has one.

    Use as a context manager. Raises BadFile when the file is no workbook, is damaged or unpacks to too much.
    """

    def __init__(self, file: Path | IO[bytes], name: str = "") -> None:
        self._name = name or (file.name if isinstance(file, Path) else "the workbook")
        try:
            self._zip = zipfile.ZipFile(file)
        except FileNotFoundError:
            raise BadFile(f"cannot read {file}: there is no such file; check the path") from None
        except (zipfile.BadZipFile, OSError) as error:
            raise BadFile(f"{self._name} is no .xlsx workbook ({error}): export it again") from None
        self._refuse_bombs()
        self._shared = _SharedTexts()

    def __enter__(self) -> Sheet:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shared.close()
        self._zip.close()

    def rows(self) -> Iterator[Row]:
        """(row number, cells) in order; the number is the sheet's own. Raises BadFile when the XML is damaged."""
        try:
            if "xl/sharedStrings.xml" in self._zip.namelist():
                with self._zip.open("xl/sharedStrings.xml") as part:
                    self._shared.fill(part)
            with self._zip.open(self._sheet_name()) as part:
                yield from _rows_of(part, self._shared)
        except (
            etree.XMLSyntaxError,
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            LookupError,
            ValueError,
            OSError,
        ) as error:
            raise BadFile(f"{self._name} is damaged ({_first_line(error)}): fetch or export it again") from None
        except NotImplementedError as error:
            raise BadFile(f"{self._name} is encrypted or packed in an unknown way ({error})") from None

    def check(self) -> None:
        """Read the whole file once without keeping anything: raises BadFile when any part of it is damaged."""
        names = [name for name in self._zip.namelist() if name in ("xl/sharedStrings.xml", self._sheet_name())]
        try:
            for name in names:
                with self._zip.open(name) as part:
                    _well_formed().ParseFile(part)
        except (expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise BadFile(f"{self._name} is damaged ({_first_line(error)}): fetch or export it again") from None
        except NotImplementedError as error:
            raise BadFile(f"{self._name} is encrypted or packed in an unknown way ({error})") from None

    def _refuse_bombs(self) -> None:
        unpacked = sum(part.file_size for part in self._zip.infolist())
        packed = max(1, sum(part.compress_size for part in self._zip.infolist()))
        if unpacked > MAX_UNPACKED_BYTES or (unpacked > 50_000_000 and unpacked > MAX_RATIO * packed):
            self._zip.close()
            raise BadFile(f"{self._name} unpacks to {unpacked} bytes: it is not opened")

    def _sheet_name(self) -> str:
        """The part that holds the first sheet, by the workbook's own list."""
        try:
            book = etree.fromstring(self._zip.read("xl/workbook.xml"), _parser())
            relations = etree.fromstring(self._zip.read("xl/_rels/workbook.xml.rels"), _parser())
            wanted = book.find(f"{_MAIN}sheets/{_MAIN}sheet").get(_REL)  # type: ignore[union-attr]
            target = next(str(r.get("Target")) for r in relations if r.get("Id") == wanted)
        except (KeyError, AttributeError, StopIteration, etree.XMLSyntaxError, zipfile.BadZipFile, zlib.error):
            raise BadFile(f"{self._name} lists no sheet: it is no .xlsx workbook") from None
        return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _well_formed() -> expat.XMLParserType:
    """A parser that only looks; what declares entities is no workbook."""
    parser = expat.ParserCreate()

    def refuse(name: str, *_: object) -> None:
        raise expat.ExpatError(f"it declares a document type ({name})")

    parser.StartDoctypeDeclHandler = refuse
    return parser


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _rows_of(part: IO[bytes], shared: _SharedTexts) -> Iterator[Row]:
    tag = f"{_MAIN}row"
    number = 0
    for _, element in etree.iterparse(part, tag=tag, resolve_entities=False, no_network=True):
        number = int(element.get("r") or number + 1)
        yield number, _cells_of(element, shared)
        element.clear(keep_tail=False)
        while element.getprevious() is not None:
            del element.getparent()[0]  # else the emptied rows pile up in the parent


_C, _V, _F, _IS = f"{_MAIN}c", f"{_MAIN}v", f"{_MAIN}f", f"{_MAIN}is"


def _cells_of(row: Any, shared: _SharedTexts) -> list[object]:
    cells: list[object] = []
    for cell in row:
        if cell.tag != _C:
            continue
        position = _column(cell.get("r")) if cell.get("r") else len(cells)
        while len(cells) < position:
            cells.append(None)
        cells.append(_value(cell, shared))
    return cells


def _column(reference: str) -> int:
    position = 0
    for letter in _LETTERS.match(reference)[0]:  # type: ignore[index]
        position = position * 26 + ord(letter) - 64
    return position - 1


def _value(cell: Any, shared: _SharedTexts) -> object:
    kind, value, inline = cell.get("t"), None, None
    for child in cell:
        if child.tag == _F and child.text:  # kept as a formula: its cached value may be empty
            return "=" + child.text
        if child.tag == _V:
            value = child.text
        elif child.tag == _IS:
            inline = _joined(child)
    if kind == "s":
        return shared[int(value)] if value else None
    if kind == "inlineStr":
        return inline
    if value is None or kind in ("str", "d", "e", "b"):
        return value
    number = float(value)
    return int(number) if number.is_integer() else number


def _joined(element: Any) -> str:
    """The text of a string item: its runs joined, phonetic readings left out."""
    return "".join(t.text or "" for t in element.iter(f"{_MAIN}t") if t.getparent().tag != f"{_MAIN}rPh")


class _SharedTexts:
    """The workbook's shared texts in a temporary file: a list of 1.2 million of them would fill the memory.

    Rows use them nearly in order, so one block read around the last place answers most of them. (Mapped into
    memory the file would count as ours.)
    """

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._offsets = array("Q", [0])
        self._block, self._start = b"", 0
        self._recent: dict[int, str] = {}  # members, types and objectives come again and again, from far back

    def fill(self, part: IO[bytes]) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the sheet
        for _, element in etree.iterparse(part, tag=f"{_MAIN}si", resolve_entities=False, no_network=True):
            self._offsets.append(self._offsets[-1] + self._file.write(_joined(element).encode()))
            element.clear(keep_tail=False)
            while element.getprevious() is not None:
                del element.getparent()[0]
        self._file.flush()

    def __getitem__(self, index: int) -> str:
        text = self._recent.get(index)
        if text is None:
            if len(self._recent) >= RECENT_TEXTS:
                self._recent.clear()
            text = self._recent[index] = self._read(index)
        return text

    def _read(self, index: int) -> str:
        start, end = self._offsets[index], self._offsets[index + 1]
        if not (self._start <= start and end <= self._start + len(self._block)) and self._file:
            self._block = os.pread(self._file.fileno(), max(BLOCK_BYTES, end - start), start)
            self._start = start
        return self._block[start - self._start : end - self._start].decode()

    def close(self) -> None:
        if self._file:
            self._file.close()


def csv_rows(path: Path) -> Iterator[Row]:
    """(row number, cells) of a CSV file in UTF-8, UTF-16 (with its mark) or, failing these, GB18030; raises BadFile."""
    with path.open("rb") as head:
        first = head.read(65536)
    encoding = _encoding_of(first, path)
    try:
        with io.open(path, encoding=encoding, newline="") as lines:  # noqa: UP020 - Path.open has no strictness to add
            dialect = _dialect(first.decode(encoding, "ignore"))
            reader = csv.reader(lines, delimiter=dialect, strict=True)
            for cells in reader:
                yield reader.line_num, list(cells)
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadFile(f"{path.name} is no CSV in {encoding} ({error}): export it again as UTF-8") from None


def _encoding_of(first: bytes, path: Path) -> str:
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in first:
        raise BadFile(f"{path.name} is neither an .xlsx workbook nor a CSV text: export it again")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            first[: first.rfind(b"\n") + 1 or None].decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise BadFile(f"{path.name} is text in an unknown encoding: export it again as UTF-8")


def _dialect(head: str) -> str:
    line = head.partition("\n")[0]
    return max(",;\t", key=line.count)
