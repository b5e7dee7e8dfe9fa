"""Bringing the text of documents to bear: a notice with new text gets a new version and is classified again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session

from crawlers.rows import UNCLAIMED, version
from crawlers.writing import wait_for_turn
from store.document import FETCHED, Document, shown_name
from store.engine import reading, writing
from store.inserting import add_rows
from store.notice import NEWS, Notice, NoticeVersion
from store.search_index import reindex_notices

DIFFERENCE = "read_documents"  # the field of a version's difference; its Chinese name is in data/display_names.csv
_ROWS: Any = Document


def read_in(engine: Engine, now: datetime) -> int:
    """Give each notice whose documents have text that it was not classified with a new version; returns how many.

    Each notice in one transaction, with the stamp of its documents: killed in between, the next run does the rest.
    """
    with reading(engine) as session:
        waiting = select(_ROWS.notice_id).where(_ROWS.status == FETCHED, _ROWS.notice_number.is_(None)).distinct()
        ids = sorted(session.execute(waiting).scalars())
    done = 0
    for notice_id in ids:
        with writing(engine) as session:
            wait_for_turn(session)
            done += _read_in_one(session, notice_id, now)
    return done


def _read_in_one(session: Session, notice_id: int, now: datetime) -> int:
    notice = session.get_one(Notice, notice_id, with_for_update=True)
    wanted = select(_ROWS).where(_ROWS.notice_id == notice_id, _ROWS.status == FETCHED).order_by(_ROWS.id)
    documents: Sequence[Document] = session.execute(wanted).scalars().all()
    fresh = [row for row in documents if row.notice_number is None]
    is_told = notice.admitted == NEWS and notice.merged_into_id is None  # what became part of another is read there
    if fresh and is_told:
        before = [shown_name(row.url) for row in documents if row.notice_number is not None]
        _add_version(session, notice, before, [shown_name(row.url) for row in documents], now)
    for row in fresh:
        row.notice_number = notice.number
        session.add(row)
    return int(bool(fresh) and is_told)


def _add_version(session: Session, notice: Notice, before: list[str], now_read: list[str], now: datetime) -> None:
    """The notice says what it said, so its hash stays: a source that shows it again finds nothing changed."""
    assert notice.id is not None
    notice.number += 1
    notice.classified_at = notice.raised_at = None
    for name, value in UNCLAIMED.items():
        setattr(notice, name, value)
    session.add(notice)
    difference = {DIFFERENCE: [before, now_read]}
    row = version(notice.id, notice.number, notice.content_hash, notice.source, None, now, difference)
    add_rows(session, NoticeVersion, [row])
    session.flush()
    reindex_notices(session, [notice.id])
