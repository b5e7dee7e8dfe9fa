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
from store.notice import NEWS, Notice, NoticeThread
from store.warning import SUPERSEDED, TradeWarning, WarningVersion, versions_of

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
    return and_(
        col(Notice.raised_at).is_(None),
        col(Notice.classified_at).is_not(None),
        col(Notice.admitted) == NEWS,
        ~waits.exists(),
    )


def lock_thread(session: Session, thread_id: int) -> None:
    """Keep other workers from raising notices of this thread until the transaction ends."""
    session.exec(select(NoticeThread.id).where(NoticeThread.id == thread_id).with_for_update()).one()


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


def warned_so_far(session: Session, thread_id: int) -> Warned:
    """The actual warning of a thread with its versions; empty when there is none."""
    warning = session.exec(
        select(TradeWarning).where(TradeWarning.thread_id == thread_id, TradeWarning.status == "actual")
    ).first()
    if warning is None or warning.id is None:
        return Warned()
    versions = versions_of(session, warning.id)
    standing = [v for v in versions if v.state != SUPERSEDED]
    issued = [v for v in versions if v.issued_at is not None]
    return Warned(
        warning,
        versions[-1].number if versions else 0,
        standing[-1] if standing else None,
        issued[-1] if issued else None,
    )
