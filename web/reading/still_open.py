"""History with an open comment period: what the province may still want to release (仍可评议)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from store.clock import shanghai_day
from store.notice import HISTORY, Notice
from web.reading.notices import NoticeRow, with_industries

PAGE_SIZE = 40


def still_open_rows(session: Session, now: datetime, page: int = 1) -> tuple[list[NoticeRow], bool]:
    """One page of notices that came as history and whose comment period runs on, the first to end first."""
    wanted = (
        select(Notice)
        .where(Notice.admitted == HISTORY, col(Notice.comment_deadline) >= shanghai_day(now),
               col(Notice.merged_into_id).is_(None))
        .order_by(col(Notice.comment_deadline), col(Notice.id))
    )
    found = list(session.exec(wanted.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)))
    return with_industries(session, found[:PAGE_SIZE]), len(found) > PAGE_SIZE
