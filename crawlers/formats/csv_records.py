"""CSV into records, also out of a zip."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from fnmatch import fnmatch

from crawlers.declaration_parts import Format
from crawlers.errors import TooBig, TruncatedAnswer, WrongFormat
from crawlers.formats import Found
from crawlers.formats.texts import decoded, refuse_empty, refuse_html

MOST_UNPACKED = 400_000_000  # bytes of one member; FDA's file of three years has some 60 MB
LONGEST_CELL = 1_000_000


def read(body: bytes, form: Format) -> Found:
    """Every row by the names of the header; `form.root` is the pattern of the member's name in a zip."""
    refuse_empty(body)
    refuse_html(body, "CSV")
    if form.root:
        body = unpacked(body, form.root)
    csv.field_size_limit(LONGEST_CELL)
    text = decoded(body, form.encoding)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=form.delimiter)
    try:
        header = [name.strip() for name in next(rows, [])]
        if len(header) < 2:
            raise WrongFormat("the first row is no header of columns: the file has changed")
        records = [dict(zip(header, row, strict=True)) for row in _whole(rows, len(header), text)]
    except csv.Error as error:
        raise WrongFormat(f"row {rows.line_num} is no CSV ({error})") from None
    return Found(records)


def _whole(rows: csv.Reader, width: int, text: str) -> list[list[str]]:  # type: ignore[name-defined]
    """The rows, all as wide as the header; a short last one means a cut file."""
    found = [row for row in rows if row]
    for number, row in enumerate(found, 2):
        if len(row) != width:
            if number == len(found) + 1 and not text.endswith("\n"):
                raise TruncatedAnswer(f"row {number}, the last one, ends in the middle")
            raise WrongFormat(f"row {number} has {len(row)} cells, the header {width}")
    return found


def unpacked(body: bytes, pattern: str) -> bytes:
    """The member of a zip whose name fits `pattern`; raises WrongFormat, TruncatedAnswer, TooBig."""
    if not body.startswith(b"PK"):
        raise WrongFormat("the answer is no zip file")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = [name for name in archive.namelist() if fnmatch(name, pattern)]
            if not names:
                raise WrongFormat(f"the zip has no member '{pattern}': {', '.join(archive.namelist())[:200]}")
            with archive.open(names[0]) as member:
                found = member.read(MOST_UNPACKED + 1)  # what the zip says of its sizes may be untrue
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise TruncatedAnswer(f"the zip is damaged or cut ({error})") from None
    if len(found) > MOST_UNPACKED:
        raise TooBig(f"{names[0]} unpacks to more than {MOST_UNPACKED:,} bytes")
    return found
