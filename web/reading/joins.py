"""Joins: the list for the officers, and the other sources of one notice."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from alerts.joint import is_held_back
from alerts.other_sources import address_of, joined_notices
from store.bureau import Officer
from store.join import JOINED, PROPOSED, NoticeJoin
from store.notice import Notice
from store.warning import TradeWarning
from web.reading.notices import NoticeRow, with_industries

PAGE_SIZE = 20
STATES = ("proposed", "joined", "undone", "refused")


@dataclass(frozen=True)
class JoinRow:
    """Two notices side by side, with why and what was decided by whom."""

    join: NoticeJoin
    first: NoticeRow
    second: NoticeRow
    officer: str

    @property
    def deeds(self) -> tuple[str, ...]:
        """What an officer may do with it."""
        return {PROPOSED: ("join", "refuse"), JOINED: ("undo",)}.get(self.join.state, ("join_again",))


@dataclass(frozen=True)
class OtherSource:
    """A notice of another source about the same matter."""

    notice: Notice
    address: str


def join_rows(session: Session, state: str, page: int = 1) -> tuple[list[JoinRow], bool]:
    """One page of the joins in this state, the newest first, and whether another page follows."""
    found = session.exec(
        select(NoticeJoin)
        .where(NoticeJoin.state == state)
        .order_by(col(NoticeJoin.id).desc())
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE + 1)
    ).all()
    shown = found[:PAGE_SIZE]
    wanted = sorted({key for one in shown for key in (one.notice_id, one.other_id)})
    notices = list(session.exec(select(Notice).where(col(Notice.id).in_(wanted))))
    rows = {row.notice.id: row for row in with_industries(session, notices)}
    officers = {key: name for key, name in session.exec(select(Officer.id, Officer.name))}  # noqa: C416 - rows
    made = [JoinRow(j, rows[j.notice_id], rows[j.other_id], officers.get(j.officer_id or 0, "")) for j in shown]
    return made, len(found) > PAGE_SIZE


def other_sources(session: Session, thread_id: int) -> list[OtherSource]:
    """The notices of other threads that are one matter with this thread."""
    return [OtherSource(notice, address_of(notice)) for notice in joined_notices(session, thread_id)]


def told_within(session: Session, notice: Notice) -> TradeWarning | None:
    """The warning beside which this notice was held back; None when it was not."""
    held = is_held_back(session, notice.id or 0)
    return session.get(TradeWarning, held.warning_id) if held is not None else None
