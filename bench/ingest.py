"""The group ingest: bytes into notices, notices into committed rows, what did not change, and the whole archive."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from lxml import etree
from sqlalchemy import Engine, inspect

from bench.backlog import backlog
from bench.feed_items import items_of
from bench.feeds_made import feeds
from bench.generators import PAGE, answers, make_records
from bench.index_rows import index_rows
from bench.measure import Metric, measure_pairs, timed
from crawlers.freshness import NOT_MODIFIED, is_unchanged, remembered
from crawlers.reading import PARSER_VERSION
from crawlers.runs import begin_run
from crawlers.sources.wto_api import read_answer
from crawlers.visits import Answer, Page, Report
from crawlers.writing import Writer
from store.clock import fixed_clock
from store.engine import make_engine
from store.schema import upgrade_schema
from store.search_index import INDEX

SOURCE = "wto_tbt_notifications"
NOW = datetime(2026, 6, 3, 1, tzinfo=UTC)
QUICK, FULL = 2_000, 20_000  # records
QUICK_ROWS, FULL_ROWS = 2_000, 110_000  # of the workbook
PAIRS = 5
Batch = dict[str, list[tuple[Any, ...]]]  # table -> finished rows of one transaction


def run(quick: bool, size: int | None) -> list[Metric]:
    """The metrics of this group; `size` is the number of records, answered in pages of 100."""
    number = size or (QUICK if quick else FULL)
    records = make_records(number)
    bodies = answers(records)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        return [
            _store(place, bodies, number),
            _parse(bodies, records),
            _unchanged(records),
            backlog(place, size or (QUICK_ROWS if quick else FULL_ROWS), 3 if quick else 1),
        ]


def _store(folder: Path, bodies: Sequence[bytes], number: int) -> Metric:
    """From items to committed rows, one durable transaction a page, against executemany of the same finished rows."""
    pages = [_page(body) for body in bodies]
    empty, run_id = _empty_store(folder)
    engine = make_engine(f"sqlite:///{folder / 'run.sqlite'}")
    report, batches = _rows_of_each_page(engine, folder, empty, run_id, pages)
    rows = sum(len(found) for batch in batches for found in batch.values())
    paired = measure_pairs(
        lambda: rows / _write(engine, folder, empty, run_id, pages),
        lambda: rows / _execute_many(folder, empty, batches),
        PAIRS,
    )
    return Metric(
        "ingest.store", paired.ratio, f"{paired.ours:,.0f} rows/s",
        f"{paired.yardstick:,.0f} rows/s (executemany of the {rows} finished rows: same tables, indexes, pragmas)",
        pairs=paired.pairs, spread=paired.spread, size=number,
        note=f"{report.new} notices, {paired.ours * report.new / rows:,.0f}/s",
    )  # fmt: skip


def _page(body: bytes) -> Page:
    return Page(read_answer(body, SOURCE), Answer("GET", "https://api.wto.org/", 200, {}, NOW, body))


def _empty_store(folder: Path) -> tuple[Path, int]:
    """A migrated store in which a visit has begun, as a single file to copy; and the key of that visit."""
    path = folder / "empty.sqlite"
    engine = make_engine(f"sqlite:///{path}")
    upgrade_schema(engine)
    run_id = begin_run(engine, SOURCE, "recent", NOW)
    engine.dispose()  # the last connection folds the log into the file
    return path, run_id


def _copy(folder: Path, empty: Path) -> Path:
    for old in folder.glob("run.sqlite*"):
        old.unlink()
    return Path(shutil.copyfile(empty, folder / "run.sqlite"))


def _write(engine: Engine, folder: Path, empty: Path, run_id: int, pages: Sequence[Page]) -> float:
    """Seconds of the production write path in a process that has written before; its connection is made before."""
    _copy(folder, empty)
    engine.connect().close()
    writer = Writer(engine, run_id, SOURCE, "recent", NOW, fixed_clock(NOW))
    took = timed(partial(writer.store_all, pages, Report(SOURCE)))
    engine.dispose()
    return took


def _execute_many(folder: Path, empty: Path, batches: Sequence[Batch]) -> float:
    """Seconds of the bare driver with the pragmas of store/engine.py: one transaction a page."""
    connection = sqlite3.connect(_copy(folder, empty), isolation_level=None)
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    began = time.perf_counter()
    for batch in batches:
        connection.execute("BEGIN IMMEDIATE")
        for table, rows in batch.items():
            connection.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)
        connection.execute("COMMIT")
    took = time.perf_counter() - began
    connection.close()
    return took


def _rows_of_each_page(
    engine: Engine, folder: Path, empty: Path, run_id: int, pages: Sequence[Page]
) -> tuple[Report, list[Batch]]:
    """What the production path leaves, as finished tuples by the page that brought them; tables in order of keys."""
    path = _copy(folder, empty)
    names = [n for n, _ in inspect(engine).get_sorted_table_and_fkc_names() if n and not n.startswith(INDEX)]
    report, writer = Report(SOURCE), Writer(engine, run_id, SOURCE, "recent", NOW, fixed_clock(NOW))
    ends = [_last_keys(path, names)]
    for page in pages:
        writer.store(page, report)
        ends.append(_last_keys(path, names))
    engine.dispose()
    batches = [_between(path, before, after) for before, after in pairwise(ends)]
    return report, [batch | index_rows(batch) for batch in batches]


def _last_keys(path: Path, tables: Sequence[str]) -> dict[str, int]:
    with sqlite3.connect(path) as connection:
        return {t: connection.execute(f"SELECT coalesce(max(rowid), 0) FROM {t}").fetchone()[0] for t in tables}


def _between(path: Path, before: dict[str, int], after: dict[str, int]) -> Batch:
    wanted = "SELECT * FROM {} WHERE rowid > ? AND rowid <= ? ORDER BY rowid"
    with sqlite3.connect(path) as connection:
        return {
            table: connection.execute(wanted.format(table), (before[table], end)).fetchall()
            for table, end in after.items()
            if end > before[table]
        }


def _parse(bodies: Sequence[bytes], records: Sequence[dict[str, Any]]) -> Metric:
    """From the bytes of feeds to clean notice items, against lxml's bare tree of the same bytes."""
    pages, number = feeds(records), len(records)
    paired = measure_pairs(
        lambda: number / _each(items_of, pages), lambda: number / _each(etree.fromstring, pages), PAIRS
    )
    ours, bare = (_each(work, bodies) for work in (partial(read_answer, source=SOURCE), json.loads))
    return Metric(
        "ingest.parse", paired.ratio, f"{paired.ours:,.0f} entries/s",
        f"{paired.yardstick:,.0f} entries/s (lxml's bare tree of the same {sum(map(len, pages)):,} bytes)",
        pairs=paired.pairs, spread=paired.spread, size=number,
        note=f"answers of the WTO {number / ours:,.0f} records/s, {bare / ours:.3f} of json.loads",
    )  # fmt: skip


def _each(work: Callable[[bytes], object], bodies: Sequence[bytes]) -> float:
    """Seconds of `work` on each body in turn, keeping nothing, as a crawl does."""

    def all_of_them() -> None:
        for body in bodies:
            work(body)

    return timed(all_of_them)


def _unchanged(records: Sequence[dict[str, Any]]) -> Metric:
    """What a visit does with feeds that are as they were, known by their bytes, against reading them again."""
    pages, calls = feeds(records), []
    known = {page: remembered(200, {"ETag": "1"}, page, PARSER_VERSION) for page in pages}

    def visit(page: bytes, status: int = 200) -> None:
        if not is_unchanged(status, b"" if status == NOT_MODIFIED else page, known[page], PARSER_VERSION):
            calls.append(items_of(page))

    paired = measure_pairs(lambda: _each(visit, pages), lambda: _each(items_of, pages), PAIRS)
    not_modified = _each(partial(visit, status=NOT_MODIFIED), pages)
    return Metric(
        "ingest.unchanged", paired.ratio, f"{1e6 * paired.ours / len(pages):,.0f} us",
        f"{1e6 * paired.yardstick / len(pages):,.0f} us (reading a feed of {PAGE} entries whole)",
        pairs=paired.pairs, spread=paired.spread, size=len(records),
        note=f"on a 304 {1e6 * not_modified / len(pages):.1f} us; {len(calls)} parser calls in all of it",
    )  # fmt: skip
