"""A whole publication in one workbook: fetched only when it changed, read row by row from a temporary file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawlers.errors import AllRejected, EmptyAnswer, HtmlInstead, NothingListed, TruncatedAnswer, WrongFormat
from crawlers.freshness import conditions, is_unchanged, remembered
from crawlers.middlewares import headers_of
from crawlers.reading import PARSER_VERSION
from crawlers.rowpages import read_pages
from crawlers.shapes.base import SourceSpider
from crawlers.sheets import Sheet
from crawlers.visits import Answer, Mark, Page


class WorkbookSpider(SourceSpider):
    """Asks with the validators of the last visit; the same bytes, read by the same parser, are not read again."""

    def first_requests(self) -> Iterator[Request]:
        """The workbook, if it changed."""
        yield self.ask({}, headers=conditions(self._known()))

    def _known(self) -> dict[str, Any]:
        """What the last good visit remembered."""
        known = self.state.validators.get(self.declaration.url)
        return known if isinstance(known, dict) else {}

    def read(self, response: Response, **context: Any) -> Iterator[Page | Mark | Request]:
        """The rows in batches, and at the end what to remember."""
        known = self._known()
        if is_unchanged(response.status, response.body, known, PARSER_VERSION):
            self.report.counted_before = int(known.get("notices", 0))
            return
        _check(response.body)
        answer = self.answer(response)
        folder = self.job.var_folder / "tmp"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".xlsx") as file:
            file.write(response.body)
            file.flush()
            yield from self._pages(Path(file.name), answer)
        yield Mark(validators=remembered(response.status, headers_of(response), response.body, PARSER_VERSION))

    def _pages(self, path: Path, answer: Answer) -> Iterator[Page]:
        rows = items = 0
        with Sheet(path) as sheet:
            for page in read_pages(sheet.rows(), self.declaration.module(), self.declaration.id, answer):
                self.judged(page.reading)
                rows, items = rows + page.reading.rows, items + len(page.reading.items)
                yield page
        if rows < self.declaration.expect.least:
            raise NothingListed(f"the workbook holds {rows} rows: an empty workbook is not silence")
        if not items:
            raise AllRejected(f"not one of {rows} rows could be read: the columns mean something else now")


def _check(body: bytes) -> None:
    if not body.strip():
        raise EmptyAnswer("the answer is empty")
    if body.lstrip()[:1] == b"<":
        raise HtmlInstead("an HTML page came instead of the workbook: maintenance, or a person is wanted")
    if not body.startswith(b"PK"):
        raise WrongFormat("the answer is no .xlsx workbook")
    if b"PK\x05\x06" not in body[-66_000:]:  # a zip file ends with its table of contents
        raise TruncatedAnswer(f"the workbook ends in the middle, after {len(body)} bytes")
