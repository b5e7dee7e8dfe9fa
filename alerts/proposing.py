"""Proposals: recalls and border notices that look like one product, for an officer to join or refuse."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from alerts.inserting import insert_ignoring
from alerts.likeness import KINDS, NEAR, Traits, are_near, likeness_of, marks_of, traits_of
from store.clock import shanghai_day
from store.columns import new_public_id
from store.join import OFFICER, PROPOSED, NoticeJoin, NoticeMark, joined_threads
from store.notice import NEWS, Notice

RECENT = timedelta(days=120)  # older ones have no twin that is still to come
MOST_LOOKED_AT = 40  # candidates of one notice, those with the most words in common


def propose(session: Session, notices: Sequence[Notice], now: datetime) -> None:
    """Keep the marks of the recent recalls and border notices among `notices`, and propose their likely twins.

    A proposal needs one piece of news, since history alerts nobody; it holds nothing back.
    """
    traits = {n.id or 0: _traits(n) for n in notices if _is_comparable(n, now)}
    if not traits:
        return
    _keep_marks(session, [n for n in notices if n.id in traits], traits)
    for notice in notices:
        if notice.id in traits:
            _propose_twins(session, notice, traits[notice.id or 0], now)


def _is_comparable(notice: Notice, now: datetime) -> bool:
    if notice.kind not in KINDS or notice.published_on is None:
        return False
    return abs(shanghai_day(now) - notice.published_on) <= RECENT


def _traits(notice: Notice) -> Traits:
    return traits_of(notice.title, notice.products, notice.origins, notice.attributes)


def _keep_marks(session: Session, notices: Sequence[Notice], traits: dict[int, Traits]) -> None:
    seen = [n.id for n in notices if n.joined_number is not None]
    if seen:
        session.execute(
            delete(NoticeMark).where(col(NoticeMark.notice_id).in_(seen)).execution_options(synchronize_session=False)
        )
    rows = [
        {"notice_id": n.id, "mark": mark, "published_on": n.published_on}
        for n in notices
        for mark in marks_of(traits[n.id or 0])
    ]
    insert_ignoring(session, NoticeMark, rows)


def _propose_twins(session: Session, notice: Notice, traits: Traits, now: datetime) -> None:
    for other in _candidates(session, notice, marks_of(traits)):
        likeness = likeness_of(traits, _traits(other))
        if not likeness.is_proposed or other.thread_id in joined_threads(session, [notice.thread_id]):
            continue
        first, second = sorted((notice.id or 0, other.id or 0))
        row = {
            "public_id": new_public_id(),
            "notice_id": first,
            "other_id": second,
            "how": OFFICER,
            "state": PROPOSED,
            "reference": "",
            "stood_in": "",
            "score": likeness.score,
            "likeness": dict(likeness.by_trait),
            "created_at": now,
        }
        insert_ignoring(session, NoticeJoin, [row])  # what was proposed, joined or refused before stays so


def _candidates(session: Session, notice: Notice, marks: Sequence[str]) -> list[Notice]:
    """Notices of other sources, published near this one, that share the most of its marks."""
    if not marks or notice.published_on is None:
        return []
    common = func.count(col(NoticeMark.id))
    near = col(NoticeMark.published_on).between(notice.published_on - NEAR, notice.published_on + NEAR)
    sharing = session.execute(
        select(col(NoticeMark.notice_id))
        .where(col(NoticeMark.mark).in_(marks), near, NoticeMark.notice_id != notice.id)
        .group_by(col(NoticeMark.notice_id))
        .order_by(common.desc(), col(NoticeMark.notice_id))
        .limit(MOST_LOOKED_AT)
    ).scalars()
    rows = session.exec(
        select(Notice).where(
            col(Notice.id).in_(list(sharing)), Notice.source != notice.source, col(Notice.merged_into_id).is_(None)
        )
    )
    return [
        other
        for other in rows
        if NEWS in (notice.admitted, other.admitted) and are_near(notice.published_on, other.published_on)
    ]
