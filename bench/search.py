"""search.zh and search.p50: questions in Chinese through the search index, against scans with LIKE."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, or_
from sqlmodel import Session, col, select

from bench.chinese_notices import SOURCE, make_chinese_notices, make_questions
from bench.measure import Metric, measure_pairs, timed
from crawlers.items import NoticeItem
from crawlers.upserting import upsert
from store.engine import make_engine, reading, writing
from store.notice import Notice
from store.schema import upgrade_schema
from store.search import search

QUICK, FULL = 4_000, 110_000  # notices
QUESTIONS = 200
SCANNED = 20  # questions that are timed in each pair: a scan of a full store takes a quarter of a second
PAIRS = 5
PAGE = 30  # hits that a page shows
A_PAGE_OF_THE_API = 100  # notices in one transaction
NOW = datetime(2026, 6, 3, 1, tzinfo=UTC)
Finder = Callable[[Session, str, int | None], list[int]]


def run(quick: bool, size: int | None) -> list[Metric]:
    """The metrics of this group; `size` is the number of notices."""
    number = size or (QUICK if quick else FULL)
    notices = make_chinese_notices(number)
    questions = make_questions(notices, QUESTIONS)
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'store.sqlite'}")
        upgrade_schema(engine)
        fill(engine, notices)
        with reading(engine) as session:
            metrics = [_equal(session, questions, number), _speed(session, questions, number)]
        engine.dispose()
    return metrics


def fill(engine: Engine, notices: Sequence[NoticeItem]) -> None:
    """The notices by the write path of a crawl."""
    for first in range(0, len(notices), A_PAGE_OF_THE_API):
        with writing(engine, bulk=True) as session:
            page = notices[first : first + A_PAGE_OF_THE_API]
            upsert(session, page, source=SOURCE, mode="fill", now=NOW, seen_at=NOW)


def by_like(session: Session, question: str, limit: int | None) -> list[int]:
    """What a scan finds: every column that holds text, the newest first."""
    columns = (col(Notice.title), col(Notice.description), col(Notice.products))
    found = select(Notice.id).where(or_(*(column.contains(question, autoescape=True) for column in columns)))
    newest = found.order_by(col(Notice.published_on).desc().nulls_last(), col(Notice.id).desc())
    return [notice_id or 0 for notice_id in session.exec(newest.limit(limit))]


def by_index(session: Session, question: str, limit: int | None) -> list[int]:
    """What the service finds."""
    return search(session, question, limit=limit)


def _equal(session: Session, questions: Sequence[str], number: int) -> Metric:
    """All hits of each question, in their order."""
    pairs = [(by_index(session, asked, None), by_like(session, asked, None)) for asked in questions]
    same = sum(ours == theirs for ours, theirs in pairs)
    hits = [len(theirs) for _, theirs in pairs]
    return Metric(
        "search.zh", same / len(questions), f"{same} of {len(questions)} questions",
        f"{sum(hits):,} hits (LIKE over title, description and products)",
        pairs=len(questions), size=number,
        note=f"{hits.count(0)} questions without a hit, {statistics.median(hits):,.0f} hits in the middle",
    )  # fmt: skip


def _speed(session: Session, questions: Sequence[str], number: int) -> Metric:
    """The first page of hits: the middle one of the same questions."""
    asked = questions[:SCANNED]
    paired = measure_pairs(partial(_middle, session, by_index, asked), partial(_middle, session, by_like, asked), PAIRS)
    every = statistics.quantiles(_seconds(session, by_index, questions), n=100)
    return Metric(
        "search.p50", 1 / paired.ratio, f"{paired.ours * 1e3:.3f} ms",
        f"{paired.yardstick * 1e3:.2f} ms (LIKE over title, description and products; {PAGE} hits)",
        pairs=paired.pairs, spread=paired.spread, size=number,
        note=f"all {len(questions)} questions: p50 {every[49] * 1e3:.3f} ms, p99 {every[98] * 1e3:.2f} ms",
    )  # fmt: skip


def _middle(session: Session, finder: Finder, questions: Iterable[str]) -> float:
    return statistics.median(_seconds(session, finder, questions))


def _seconds(session: Session, finder: Finder, questions: Iterable[str]) -> list[float]:
    return [timed(partial(finder, session, asked, PAGE)) for asked in questions]
