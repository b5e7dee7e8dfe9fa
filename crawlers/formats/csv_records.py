"""CSV into records, also out of a zip."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from fnmatch import fnmatch

from crawlers.declaration_parts import Format
from crawlers.errors import TooBig, TruncatedAnswer, WrongFormat
from crawlers.formats import Found, Record
from crawlers.formats.texts import lines_of, refuse_empty, refuse_html

MOST_UNPACKED = 400_000_000  # bytes of one member; FDA's file of three years has some 60 MB
LONGEST_CELL = 1_000_000


def read(body: bytes, form: Format) -> Found:
    """Every row by the names of the header; `form.root` is the pattern of the member's name in a zip."""
    return Found(list(each(body, form)))


def each(body: bytes, form: Format) -> Iterator[Record]:
    """The rows of `read` one after the other, read as they are asked for."""
    refuse_empty(body)
    refuse_html(body, "CSV")
    if form.root:
        body = unpacked(body, form.root)
    csv.field_size_limit(LONGEST_CELL)
    rows = csv.reader(lines_of(body, form.encoding, newline="", lenient=form.lenient), delimiter=form.delimiter)
    try:
        header = [name.strip() for name in next(rows, [])]
        if len(header) < 2:
            raise WrongFormat("the first row is no header of columns: the file has changed")
        for row in _whole(rows, len(header), is_ended=body.endswith(b"\n")):
            yield dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise WrongFormat(f"row {rows.line_num} is no CSV ({error})") from None


def _whole(rows: csv.Reader, width: int, *, is_ended: bool) -> Iterator[list[str]]:  # type: ignore[name-defined]
    """The rows, all as wide as the header; a short last one of a body without its last line break means a cut file."""
    for number, row in enumerate(filter(None, rows), 2):
        if len(row) != width:
            if not is_ended and next(rows, None) is None:
                raise TruncatedAnswer(f"row {number}, the last one, ends in the middle")
            raise WrongFormat(f"row {number} has {len(row)} cells, the header {width}")
        yield row


def unpacked(body: bytes, pattern: str) -> bytes:
    """The one member of a zip whose name fits `pattern`; raises WrongFormat, TruncatedAnswer, TooBig."""
    if not body.startswith(b"PK"):
        raise WrongFormat("the answer is no zip file")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = [name for name in archive.namelist() if fnmatch(name.lower(), pattern.lower())]
            if len(names) != 1:
                held = ", ".join(archive.namelist())[:200]
                raise WrongFormat(f"the zip has {len(names)} members '{pattern}', one is wanted; it holds {held}")
            with archive.open(names[0]) as member:
                found = member.read(MOST_UNPACKED + 1)  # what the zip says of its sizes may be untrue
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise TruncatedAnswer(f"the zip is damaged or cut ({error})") from None
    if len(found) > MOST_UNPACKED:
        raise TooBig(f"{names[0]} unpacks to more than {MOST_UNPACKED:,} bytes")
    return found
