"""ingest.backlog: the archive's workbook from file to classified and searchable, against its bare parts."""

from __future__ import annotations

import shutil
import sqlite3
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from lxml import etree
from sqlalchemy import Engine, inspect, select

from bench.generators import make_records
from bench.index_rows import index_rows
from bench.measure import Metric, Paired, measure_pairs, timed
from bench.workbook import write_workbook
from classifier.classify import suggest
from classifier.contract import Mapping, NoticeText
from classifier.mapping import MappingCache
from classifier.stage import classify_pending, text_of
from crawlers.importing import import_notices
from settings import DATA
from store.clock import fixed_clock
from store.engine import make_engine, reading, writing
from store.mapping_release import load_reference
from store.notice import Notice
from store.reference import read_reference
from store.schema import upgrade_schema
from store.search_index import INDEX

NOW = datetime(2026, 6, 3, 1, tzinfo=UTC)
Rows = list[tuple[str, list[tuple[Any, ...]]]]  # table and its finished rows, in order of keys


def backlog(folder: Path, number: int, pairs: int) -> Metric:
    """Seconds of the production import and stage for a workbook of `number` rows / seconds of the bare parts."""
    book = write_workbook(folder / "archive.xlsx", make_records(number))
    empty = _empty_store(folder)
    done = folder / "done.sqlite"
    cache = MappingCache()  # of a service that runs already: filled by the first pass, which is not measured
    _import_and_classify(folder, empty, book, cache)
    shutil.copyfile(folder / "work.sqlite", done)
    rows, texts, mapping = _finished(done, empty, cache)
    paired = measure_pairs(
        lambda: _import_and_classify(folder, empty, book, cache),
        lambda: _bare_parts(folder, empty, book, rows, texts, mapping),
        pairs,
    )
    return _metric(paired, number, len(texts))


def _metric(paired: Paired, number: int, notices: int) -> Metric:
    return Metric(
        "ingest.backlog", paired.ratio, f"{paired.ours:.1f} s",
        f"{paired.yardstick:.1f} s (bare XML of the sheet, executemany of all finished rows, suggest() alone)",
        pairs=paired.pairs, spread=paired.spread, size=number,
        note=f"{notices} notices from file to classified and searchable",
    )  # fmt: skip


def _empty_store(folder: Path) -> Path:
    """A migrated store with the reference data in force."""
    path = folder / "reference.sqlite"
    engine = make_engine(f"sqlite:///{path}")
    upgrade_schema(engine)
    with writing(engine) as session:
        load_reference(session, read_reference(DATA), NOW)
    engine.dispose()
    return path


def _fresh(folder: Path, empty: Path) -> Path:
    for old in folder.glob("work.sqlite*"):
        old.unlink()
    return Path(shutil.copyfile(empty, folder / "work.sqlite"))


def _import_and_classify(folder: Path, empty: Path, book: Path, cache: MappingCache) -> float:
    engine = make_engine(f"sqlite:///{_fresh(folder, empty)}")
    engine.connect().close()
    took = timed(partial(_all_stages, engine, book, cache))
    engine.dispose()
    return took


def _all_stages(engine: Engine, book: Path, cache: MappingCache) -> None:
    import_notices(book, engine, fixed_clock(NOW))
    while classify_pending(engine, NOW, cache=cache):
        pass


def _bare_parts(
    folder: Path, empty: Path, book: Path, rows: Rows, texts: Sequence[NoticeText], mapping: Mapping
) -> float:
    connection = sqlite3.connect(_fresh(folder, empty), isolation_level=None)
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
    took = timed(partial(_read_bare, book)) + timed(partial(_write_bare, connection, rows))
    connection.close()
    return took + timed(partial(suggest, texts, mapping))


def _read_bare(book: Path) -> None:
    with zipfile.ZipFile(book) as parts:
        for name in ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"):
            with parts.open(name) as part:
                for _, element in etree.iterparse(part, tag=("{*}si", "{*}row")):
                    element.clear()


def _write_bare(connection: sqlite3.Connection, rows: Rows) -> None:
    for table, values in rows:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(values[0]))})", values)
        connection.execute("COMMIT")


def _finished(done: Path, empty: Path, cache: MappingCache) -> tuple[Rows, list[NoticeText], Mapping]:
    """What the work leaves: the rows it added, the notices' texts, and the mapping in force."""
    engine = make_engine(f"sqlite:///{done}")
    names = [n for n, _ in inspect(engine).get_sorted_table_and_fkc_names() if n and not n.startswith(INDEX)]
    with reading(engine) as session:
        wanted: Any = Notice
        texts = [text_of(notice) for notice in session.execute(select(wanted).order_by(wanted.id)).scalars()]
        mapping = cache.current(session)
    engine.dispose()
    with sqlite3.connect(empty) as before, sqlite3.connect(done) as after:
        last = {t: before.execute(f"SELECT coalesce(max(rowid), 0) FROM {t}").fetchone()[0] for t in names}
        added = [(t, after.execute(f"SELECT * FROM {t} WHERE rowid > ?", (last[t],)).fetchall()) for t in names]
    terms = index_rows(dict(added))  # the search index keeps terms alone: they cannot be read back
    return [(table, values) for table, values in (*added, *terms.items()) if values], texts, mapping
