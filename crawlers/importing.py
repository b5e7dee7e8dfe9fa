"""Importing a file that somebody exported or fetched: the same write path as a crawl, without a spider."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from crawlers.errors import BadFile, SourceError
from crawlers.jobs import Mode
from crawlers.reading import without_future
from crawlers.rowpages import read_pages
from crawlers.runs import begin_run, end_run
from crawlers.sheets import Row, Sheet, csv_rows
from crawlers.sources import wto_workbook
from crawlers.visits import Answer, Report
from crawlers.writing import Writer
from store.clock import shanghai_day

SOURCE = "import"


def import_notices(path: Path, engine: Engine, clock: Callable[[], datetime], *, as_news: bool = False) -> Report:
    """Store the notices of an .xlsx or CSV file; returns the report of the run.

    A bad row is an issue and the others are stored. Raises BadFile, naming the file and the cure, when it is not
    there, not readable, damaged, has not the columns, or when not one row could be read.
    """
    with ExitStack() as stack:
        rows = _rows(path, stack)
        first = next(rows, None)  # before anything is written: most bad files show it here
        if first is None:
            raise BadFile(f"{path.name} is empty: export it again")
        _check_header(path, first)
        mode: Mode = "as_news" if as_news else "import"
        report = Report(SOURCE)
        run_id = begin_run(engine, SOURCE, mode, clock())
        writer = Writer(engine, run_id, SOURCE, mode, clock(), clock, bulk=not as_news)
        answer = Answer("GET", path.name, 200, {}, clock(), b"")
        try:
            for page in read_pages(_chained(first, rows), wto_workbook, SOURCE, answer):
                without_future(page.reading, shanghai_day(clock()))
                writer.store(page, report)
            if report.rows and report.rejected == report.rows:
                raise BadFile(
                    f"{path.name}: not one of {report.rows} rows could be read; the first: "
                    f"{report.issues[0].message}. Exported by a program that drops links? Export as .xlsx"
                )
        except BadFile as error:
            report.fail(SourceError(str(error)))
            raise
        finally:
            end_run(engine, run_id, report, clock())
    return report


def _chained(first: Row, rows: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rows


def _rows(path: Path, stack: ExitStack) -> Iterator[Row]:
    try:
        is_workbook = zipfile.is_zipfile(path) or path.suffix.lower() in (".xlsx", ".xlsm")
        if is_workbook:
            sheet = stack.enter_context(Sheet(path))
            sheet.check()  # before anything is written: half an import is worse than none
            return sheet.rows()
        if not path.stat().st_size:
            raise BadFile(f"{path.name} is empty: export it again")
        for _ in csv_rows(path):
            pass  # the same check: the whole file can be read
        return csv_rows(path)
    except IsADirectoryError:
        raise BadFile(f"{path} is a folder: give the exported file") from None
    except OSError as error:
        raise BadFile(f"cannot read {path}: {error.strerror}; check the path") from None


def _check_header(path: Path, first: Row) -> None:
    try:
        wto_workbook.read_header(first[1])
    except SourceError as error:
        raise BadFile(f"{path.name}: {error}") from None
