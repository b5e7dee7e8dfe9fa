"""The one write path: what a crawl or an import read becomes rows, in short transactions that can be cut anywhere."""

from __future__ import annotations

import hashlib
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from crawlers.declarations import declared_sources
from crawlers.items import NoticeItem
from crawlers.jobs import Mode
from crawlers.reading import PARSER_VERSION
from crawlers.rows import slices
from crawlers.updating import Batch
from crawlers.upserting import upsert
from crawlers.visits import Answer, Mark, Page, Report
from store.clock import Clock
from store.crawl import RawAnswer, SourceState
from store.engine import reading, writing
from store.inserting import add_keyed_rows
from store.notice import Notice

INGEST_LOCK = 0x7462_7469  # "tbti": PostgreSQL's writers of notices go one after the other, as SQLite's must
RAW_LEVEL = 2  # a third of the time of level 4 for 11 % more bytes, on answers of the WTO
TRIES = 4
PAUSE_S = 0.2
T = TypeVar("T")


@dataclass(frozen=True)
class Writer:
    """Writes the pages of one run. `now` judges age and is None in a replay without a clock; `clock` stamps rows."""

    engine: Engine
    run_id: int
    source: str
    mode: Mode
    now: datetime | None
    clock: Clock
    bulk: bool = False  # history in bulk may be written with less than full durability
    last_success_at: datetime | None = None  # of the source, before this run

    def store(self, part: Page | Mark, report: Report) -> None:
        """Write one page or mark and put it into the report."""
        if isinstance(part, Mark):
            self._with_patience(lambda session: self._remember(session, part, report))
            return
        report.look.rows += part.reading.rows
        report.look.add(part.reading.items, len(part.reading.bad))
        report.add_bad(part.reading.bad)
        report.add_notes(part.reading.notes)
        writer = replace(self, mode=part.mode) if part.mode else self
        writer.write(part.reading.items, part.answer, report)

    def store_all(self, parts: Iterable[Page | Mark], report: Report) -> None:
        """Write pages and marks in order."""
        for part in parts:
            self.store(part, report)

    def write(self, items: list[NoticeItem], answer: Answer | None, report: Report) -> None:
        """Upsert one page's items in one transaction and count them. Safe beside other writers of the same notices."""
        if items:
            batch = self._with_patience(lambda session: self._upsert(session, items, answer))
            report.count(batch.statuses, batch.merged)

    def known_keys(self, keys: Sequence[str]) -> set[str]:
        """Those of the source's own `keys` that the store has."""
        rows: Any = Notice
        found: set[str] = set()
        with reading(self.engine) as session:
            for some in slices(sorted(set(keys))):
                wanted = select(rows.source_key).where(rows.source == self.source, rows.source_key.in_(some))
                found.update(session.execute(wanted).scalars())
        return found

    def unlisted_keys(self, listed: set[str]) -> list[str]:
        """The source's own keys that the store has and `listed` has not, in order."""
        rows: Any = Notice
        with reading(self.engine) as session:
            stored = session.execute(select(rows.source_key).where(rows.source == self.source)).scalars()
            return sorted(key for key in stored if key and key not in listed)

    def _upsert(self, session: Session, items: list[NoticeItem], answer: Answer | None) -> Batch:
        wait_for_turn(session)
        return upsert(
            session,
            items,
            source=self.source,
            mode=self.mode,
            now=self.now,
            seen_at=self.clock(),
            last_success_at=self.last_success_at,
            keep_raw=lambda: _keep(session, self.run_id, self.source, answer) if answer else None,
        )

    def _remember(self, session: Session, mark: Mark, report: Report) -> None:
        """A cursor or validators: everything read before them is stored by now."""
        state = source_state(session, self.source)
        if mark.cursor is not None:
            state.cursor = mark.cursor
        if mark.cursor_parts is not None:
            state.cursor = {**state.cursor, **mark.cursor_parts}
        if mark.validators is not None:
            known = {url: {**report.since_last_mark(), **kept} for url, kept in mark.validators.items()}
            state.validators = {**state.validators, **known}
        session.add(state)

    def _with_patience(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a transaction; again when another writer got in between (a unique key, a deadlock, a lock)."""
        for attempt in range(1, TRIES + 1):
            try:
                with writing(self.engine, bulk=self.bulk) as session:
                    return work(session)
            except DBAPIError as error:
                if attempt == TRIES or error.connection_invalidated:
                    raise
                time.sleep(PAUSE_S * attempt)
        raise AssertionError("the loop returns or raises")


def wait_for_turn(session: Session) -> None:
    """Let no other process write notices until this transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": INGEST_LOCK})


def source_state(session: Session, source: str) -> SourceState:
    """The row on where we stand with `source`, made when it is not there."""
    rows: Any = SourceState
    found: SourceState | None = session.execute(select(rows).where(rows.source == source)).scalar_one_or_none()
    if found is None:
        found = SourceState(source=source)
        session.add(found)
        session.flush()
    return found


def _keep(session: Session, run_id: int, source: str, answer: Answer) -> int:
    """Store the raw answer, compressed; returns its id. In a thread of its own it took longer, not shorter."""
    declared = declared_sources().get(source)  # a file that somebody imported has none
    row = {
        "crawl_run_id": run_id,
        "source": source,
        "method": answer.method,
        "url": answer.url,
        "request_body": answer.request_body,
        "status": answer.status,
        "headers": answer.headers,
        "fetched_at": answer.fetched_at,
        "parser_version": declared.parser_version if declared else PARSER_VERSION,
        "body": zlib.compress(answer.body, RAW_LEVEL),
        "body_sha256": hashlib.sha256(answer.body).hexdigest(),
    }
    return add_keyed_rows(session, RawAnswer, [row])[0]
