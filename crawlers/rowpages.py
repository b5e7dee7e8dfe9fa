"""Rows of a sheet in pages: what the workbook source and an import have in common."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from crawlers.errors import BadFile
from crawlers.reading import Note, Reading
from crawlers.sheets import Row
from crawlers.visits import Answer, Page

BATCH_ROWS = 500


class RowReader(Protocol):
    """What the reader module of a workbook offers."""

    def read_header(self, cells: Any) -> tuple[dict[int, str], list[Note]]:
        """Position -> our column name, and notes."""

    def read_rows(self, rows: Iterable[Row], header: dict[int, str], source: str) -> Iterator[Reading]:
        """One Reading a row."""


def read_pages(rows: Iterator[Row], reader: RowReader, source: str, answer: Answer) -> Iterator[Page]:
    """Pages of BATCH_ROWS rows; the raw answer of each holds the header and its rows as JSON.

    Raises WrongFormat when a column that must be there is not, BadFile when the file is damaged or empty.
    """
    first = next(rows, None)
    if first is None:
        raise BadFile("there is no row in the first sheet: export it again")
    header, notes = reader.read_header(first[1])
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH_ROWS:
            yield _page(batch, first[1], header, notes, reader, source, answer)
            batch, notes = [], []
    if batch or notes:
        yield _page(batch, first[1], header, notes, reader, source, answer)


def _page(
    rows: list[Row],
    head: list[object],
    header: dict[int, str],
    notes: list[Note],
    reader: RowReader,
    source: str,
    answer: Answer,
) -> Page:
    reading = Reading(notes=notes)
    for one in reader.read_rows(rows, header, source):
        reading.items += one.items
        reading.bad += one.bad
        reading.notes += one.notes
        reading.rows += one.rows
    reading.notes = list(dict.fromkeys(reading.notes))
    body = json.dumps({"header": head, "rows": rows}, ensure_ascii=False, default=str).encode()
    return Page(reading, Answer(answer.method, answer.url, answer.status, answer.headers, answer.fetched_at, body))
