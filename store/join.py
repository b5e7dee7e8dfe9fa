"""Joins: that notices of several sources tell of the same thing, by which evidence, and what that held back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, text, union
from sqlmodel import Field, Session, SQLModel, col, select

from store.columns import Claimable, JSONColumn, Public, UTCDateTime
from store.notice import Notice, NoticeThread

# How a join came about.
CITED, OFFICER = "cited", "officer"
# States of a join. A proposal holds nothing back; what was undone or refused the machine never joins again.
PROPOSED, JOINED, UNDONE, REFUSED = "proposed", "joined", "undone", "refused"


class NoticeReference(SQLModel, table=True):
    """A number by which authorities name a matter, as a notice carries it (`own`) or cites it."""

    __table_args__ = (
        UniqueConstraint("notice_id", "scheme", "number"),
        Index("ix_noticereference_number", "scheme", "number"),
    )

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id")
    scheme: str = Field(max_length=40)  # WTO, docket, RIN, FR, CELEX ...
    number: str = Field(max_length=80)
    own: bool
    stood_in: str = Field(max_length=40)  # the field of the notice where it was read


class NoticeMark(SQLModel, table=True):
    """A word by which a recall or border notice may be known again: of its brand, model or product."""

    __table_args__ = (UniqueConstraint("notice_id", "mark"), Index("ix_noticemark_mark", "mark", "published_on"))

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id")
    mark: str = Field(max_length=40)
    published_on: date


class NoticeJoin(Public, table=True):
    """Two notices as one matter, the lower id first. The notices keep their threads: undoing leaves no trace."""

    __table_args__ = (
        UniqueConstraint("notice_id", "other_id"),
        Index("ix_noticejoin_other_id", "other_id"),
        # Of all states together an index would only mislead: nearly every row is joined.
        Index(
            "ix_noticejoin_proposed",
            "id",
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id")
    other_id: int = Field(foreign_key="notice.id")
    how: str = Field(max_length=8)  # cited | officer
    state: str = Field(max_length=8)  # proposed | joined | undone | refused
    reference: str = Field(default="", max_length=130)  # "docket CPSC-2026-0012"
    stood_in: str = Field(default="", max_length=40)  # the field it was read in
    score: float | None = Field(default=None)  # 0 to 100, of a proposal
    likeness: dict[str, float] = Field(default_factory=dict, sa_type=JSONColumn)  # what is alike -> 0 to 100
    created_at: datetime = Field(sa_type=UTCDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    officer_id: int | None = Field(default=None, foreign_key="officer.id")  # who joined, refused or undid it last


class HeldBack(Claimable, table=True):
    """A version of a notice that said nothing new beside a joined warning; `told` is what it would have told."""

    __table_args__ = (
        Index(
            "ix_heldback_to_tell",
            "id",
            sqlite_where=text("told_at IS NULL AND released_at IS NULL"),
            postgresql_where=text("told_at IS NULL AND released_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    notice_number: int
    warning_id: int = Field(foreign_key="tradewarning.id", index=True)
    reason: str = Field(max_length=120)
    told: dict[str, list[str] | str] = Field(default_factory=dict, sa_type=JSONColumn)
    held_at: datetime = Field(sa_type=UTCDateTime)
    told_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # its own readers got the warning
    released_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # the join was undone


def joined_threads(session: Session, thread_ids: Iterable[int]) -> tuple[int, ...]:
    """These threads and all that joins put together with them, ascending."""
    found = set(thread_ids)
    fresh = set(found)
    while fresh:
        mine = select(Notice.id).where(col(Notice.thread_id).in_(fresh))
        ahead = (
            select(Notice.thread_id)
            .join(NoticeJoin, col(NoticeJoin.other_id) == Notice.id)
            .where(col(NoticeJoin.notice_id).in_(mine), NoticeJoin.state == JOINED)
        )
        back = (
            select(Notice.thread_id)
            .join(NoticeJoin, col(NoticeJoin.notice_id) == Notice.id)
            .where(col(NoticeJoin.other_id).in_(mine), NoticeJoin.state == JOINED)
        )
        fresh = set(session.scalars(union(ahead, back))) - found
        found |= fresh
    return tuple(sorted(found))


def lock_joined(session: Session, thread_ids: Iterable[int]) -> tuple[int, ...]:
    """`joined_threads`, kept from other workers until the transaction ends."""
    found = joined_threads(session, thread_ids)
    while True:  # rows of notices hold key shares on their threads, with which a stronger lock would deadlock
        wanted = select(NoticeThread.id).where(col(NoticeThread.id).in_(found)).order_by(col(NoticeThread.id))
        session.exec(wanted.with_for_update(key_share=True)).all()
        now = joined_threads(session, found)
        if now == found:  # somebody may have joined or undone while we waited
            return joined_threads(session, thread_ids)
        found = now


def notices_in(session: Session, thread_ids: Sequence[int]) -> list[Notice]:
    """The notices of these threads, those that became part of another left out, by publication."""
    rows = select(Notice).where(col(Notice.thread_id).in_(thread_ids), col(Notice.merged_into_id).is_(None))
    return sorted(session.exec(rows), key=lambda n: (n.published_on or date.max, n.id or 0))
