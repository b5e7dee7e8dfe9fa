"""History with an open comment period: what the province may still want to release (仍可评议)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from alerts.releasing import still_open
from web.reading.notices import NoticeRow, with_industries

PAGE_SIZE = 40


def still_open_rows(session: Session, now: datetime, page: int = 1) -> tuple[list[NoticeRow], bool]:
    """One page of notices that came as history and whose comment period runs on, and whether another page follows."""
    found = still_open(session, now, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    return with_industries(session, found[:PAGE_SIZE]), len(found) > PAGE_SIZE
