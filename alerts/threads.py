"""Reading a notice thread for raising: its notices in order, their suggestions, and what was warned of before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from alerts.concerns import Concern
from alerts.facts import order_in_thread
from store.classification import LIVE, Classification, Suggestion
from store.notice import NEWS, Notice
from store.warning import OUTGOING, SUPERSEDED, TradeWarning, WarningVersion

_UNDATED = date.max  # as in order_in_thread


@dataclass(frozen=True)
class Warned:
    """What a thread has led to so far: the warning, the newest version that stands, and the last one that went out."""

    warning: TradeWarning | None = None
    number: int = 0  # of the newest version, standing or not
    latest: WarningVersion | None = None
    issued: WarningVersion | None = None


def is_ready() -> ColumnElement[bool]:
    """News that is classified and not yet raised, and before which nothing in its thread waits: threads go in order."""
    before = aliased(Notice)
    here, there = func.coalesce(Notice.published_on, _UNDATED), func.coalesce(before.published_on, _UNDATED)
    waits = select(before.id).where(
        before.thread_id == Notice.thread_id,
        col(before.raised_at).is_(None),
        col(before.parked_at).is_(None),
        col(before.merged_into_id).is_(None),
        or_(there < here, and_(there == here, col(before.id) < col(Notice.id))),
    )
    outgoing = (
        select(WarningVersion.id)
        .join(TradeWarning, col(TradeWarning.id) == WarningVersion.warning_id)
        .where(TradeWarning.thread_id == Notice.thread_id, WarningVersion.state == OUTGOING)
    )
    return and_(
        ~outgoing.exists(),  # what an officer signed leaves first, or is taken back: no decision is overtaken
        col(Notice.raised_at).is_(None),
        col(Notice.classified_at).is_not(None),
        col(Notice.admitted) == NEWS,
        ~waits.exists(),
    )


def thread_until(session: Session, notice: Notice) -> list[Notice]:
    """The notices of the thread up to this one, in order."""
    rows = session.exec(
        select(Notice).where(Notice.thread_id == notice.thread_id, col(Notice.merged_into_id).is_(None))
    )
    return sorted((n for n in rows if order_in_thread(n) <= order_in_thread(notice)), key=order_in_thread)


def classifications_of(session: Session, notices: Sequence[Notice]) -> dict[int, Classification]:
    """notice id -> its newest live classification."""
    rows = session.exec(
        select(Classification)
        .where(col(Classification.notice_id).in_([n.id for n in notices]), Classification.lane == LIVE)
        .order_by(col(Classification.id))
    )
    return {row.notice_id: row for row in rows}


def suggested(session: Session, classifications: Sequence[Classification]) -> list[Concern]:
    """The suggestions of these classifications."""
    ids = [c.id for c in classifications]
    rows = session.exec(
        select(Suggestion).where(col(Suggestion.classification_id).in_(ids)).order_by(col(Suggestion.id))
    )
    return [Concern(row.industry_id, row.score, row.state) for row in rows]


def warned_so_far(session: Session, threads: Sequence[int]) -> Warned:
    """The actual warning of threads that are one matter, with its versions; empty when there is none.

    Of several warnings it is the one that was issued first: joined threads may each have had their own. A version
    that rests on a notice of other threads (a join undone since) keeps its number and counts no more.
    """
    warnings = actual_warnings(session, threads)
    if not warnings:
        return Warned()
    rows = versions_with_thread(session, [w.id or 0 for w in warnings])
    first = min((v for v, _ in rows if v.issued_at is not None), key=lambda v: (v.issued_at, v.id or 0), default=None)
    warning = next((w for w in warnings if first is not None and w.id == first.warning_id), warnings[0])
    versions = [v for v, _ in rows if v.warning_id == warning.id]
    ours = [v for v, thread in rows if v.warning_id == warning.id and thread in threads]
    return _warned(warning, ours, versions[-1].number if versions else 0)


def warned_of_thread(session: Session, threads: Sequence[int], thread_id: int) -> Warned:
    """What versions of any warning of joined `threads` told of the notices of one of them."""
    warnings = actual_warnings(session, threads)
    rows = versions_with_thread(session, [w.id or 0 for w in warnings])
    ours = sorted((v for v, thread in rows if thread == thread_id), key=lambda v: v.id or 0)
    warning = next((w for w in warnings if ours and w.id == ours[-1].warning_id), None)
    return _warned(warning, ours, ours[-1].number if ours else 0)


def actual_warnings(session: Session, threads: Sequence[int]) -> list[TradeWarning]:
    """The actual warnings of these threads, the oldest first."""
    wanted = select(TradeWarning).where(col(TradeWarning.thread_id).in_(threads), TradeWarning.status == "actual")
    return list(session.exec(wanted.order_by(col(TradeWarning.id))))


def versions_with_thread(session: Session, warning_ids: Sequence[int]) -> list[tuple[WarningVersion, int]]:
    """(version, thread of the notice it rests on) of these warnings, by warning and number."""
    rows = session.exec(
        select(WarningVersion, Notice.thread_id)
        .join(Notice, col(Notice.id) == WarningVersion.notice_id)
        .where(col(WarningVersion.warning_id).in_(warning_ids))
        .order_by(col(WarningVersion.warning_id), col(WarningVersion.number))
    )
    return [(version, thread) for version, thread in rows]


def _warned(warning: TradeWarning | None, versions: Sequence[WarningVersion], number: int) -> Warned:
    standing = [v for v in versions if v.state != SUPERSEDED]
    issued = [v for v in versions if v.issued_at is not None]
    return Warned(warning, number, standing[-1] if standing else None, issued[-1] if issued else None)
