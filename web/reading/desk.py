"""The review desk: the queue of open reviews, and one review with all that an officer needs to decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, case, cast, func
from sqlmodel import Session, col, select

from alerts.reviewing import bureau_line
from store.bureau import Bureau, Officer
from store.industry import Industry
from store.notice import Notice, symbols_of
from store.review import OPEN, Decision, Review
from store.warning import WarningIndustry, WarningVersion
from web.access import Permission, Who, bureaus_below, may
from web.reading.suggestions import SuggestedIndustry, suggestions_of
from web.reading.warnings import PROPOSED, REMOVED, headline_of

PAGE_SIZE = 30
RECENT = 10
_URGENCY = case({"red": 0, "orange": 1, "yellow": 2}, value=WarningVersion.severity, else_=3)


@dataclass(frozen=True)
class WarningChoice:
    """An industry as the warning version holds it: what the machine or an earlier officer put there."""

    slug: str
    name: str
    state: str


@dataclass(frozen=True)
class QueueRow:
    """One warning in the queue, with the open reviews of it that the officer may see, the lead's first."""

    version: WarningVersion
    notice: Notice
    reviews: list[tuple[Review, Bureau]]
    symbols: list[str]
    choices: list[WarningChoice]
    suggestions: list[SuggestedIndustry]
    in_bundle: int = 1  # like items that one decision settles

    @property
    def headline(self) -> str:
        """Whose, about what, what kind of thing: in Chinese."""
        told = [choice.name for choice in self.choices if choice.state not in (REMOVED, PROPOSED)]
        return headline_of(self.version, told)

    @property
    def due_at(self) -> datetime:
        """When the first of the reviews falls due."""
        return min(review.due_at for review, _ in self.reviews)


@dataclass(frozen=True)
class DeskBureau:
    """A bureau that has open reviews, for the filter."""

    bureau: Bureau
    open: int


@dataclass(frozen=True)
class WholeReview:
    """What the page of one review shows."""

    review: Review
    version: WarningVersion
    notice: Notice
    bureau: Bureau
    symbols: list[str]
    choices: list[WarningChoice]
    suggestions: list[SuggestedIndustry]
    decision: Decision | None
    decided_by: str
    earlier: WarningVersion | None
    advice: list[tuple[Bureau, Decision]]  # what other bureaus decided about the same version

    @property
    def chosen(self) -> set[str]:
        """The slugs whose boxes are ticked when the page opens."""
        return {choice.slug for choice in self.choices if choice.state not in (REMOVED, PROPOSED)}


def queue(session: Session, who: Who, bureau: str = "", page: int = 1) -> tuple[list[QueueRow], bool]:
    """One page of the warnings with open reviews `who` may see, the most pressing first, and whether more follow.

    Twenty counties may have the same warning on their desks: those above them see it once. A bundle of like items is
    one row, that of its first.
    """
    mine = [col(Review.state) == OPEN, col(Review.bureau_id).in_(bureaus_below(session, who))]
    if bureau:
        mine.append(col(Review.bureau_id).in_(select(Bureau.id).where(Bureau.public_id == bureau)))
    bundle = case((col(WarningVersion.bundle) == "", cast(WarningVersion.id, String)), else_=WarningVersion.bundle)
    firsts = (
        select(func.min(col(WarningVersion.id)))
        .join(Review, col(Review.version_id) == WarningVersion.id)
        .where(*mine)
        .group_by(bundle)
    )
    pressing = (
        select(WarningVersion, Notice)
        .join(Review, col(Review.version_id) == WarningVersion.id)
        .join(Notice, col(WarningVersion.notice_id) == Notice.id)
        .where(*mine, col(WarningVersion.id).in_(firsts))
        .group_by(col(WarningVersion.id), col(Notice.id))
        .order_by(func.min(col(Review.due_at)), _URGENCY, col(WarningVersion.id))
    )
    found = session.exec(pressing.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)).all()
    rows = found[:PAGE_SIZE]
    versions = [version.id or 0 for version, _ in rows]
    reviews, choices = _open_reviews(session, versions, mine), _choices(session, versions)
    ids = [notice.id for _, notice in rows if notice.id is not None]
    symbols, suggested = symbols_of(session, ids), suggestions_of(session, ids)
    in_bundle = _sizes(session, [version.bundle for version, _ in rows if version.bundle], mine)
    shown = [
        QueueRow(
            version,
            notice,
            reviews[version.id or 0],
            symbols[notice.id or 0],
            choices[version.id or 0],
            suggested[notice.id or 0],
            in_bundle.get(version.bundle, 1),
        )
        for version, notice in rows
    ]
    return shown, len(found) > PAGE_SIZE


def _sizes(session: Session, bundles: list[str], mine: Sequence[ColumnElement[bool]]) -> dict[str, int]:
    """bundle -> how many warnings of it wait on these desks."""
    if not bundles:
        return {}
    count = func.count(func.distinct(col(WarningVersion.id)))
    rows = session.exec(
        select(WarningVersion.bundle, count)
        .join(Review, col(Review.version_id) == WarningVersion.id)
        .where(col(WarningVersion.bundle).in_(bundles), *mine)
        .group_by(col(WarningVersion.bundle))
    )
    return {bundle: int(size) for bundle, size in rows}


def _open_reviews(
    session: Session, version_ids: list[int], mine: Sequence[ColumnElement[bool]]
) -> dict[int, list[tuple[Review, Bureau]]]:
    found: dict[int, list[tuple[Review, Bureau]]] = {key: [] for key in version_ids}
    rows = session.exec(
        select(Review, Bureau)
        .join(Bureau, col(Review.bureau_id) == Bureau.id)
        .where(col(Review.version_id).in_(version_ids), *mine)
        .order_by(col(Review.is_lead).desc(), col(Review.due_at), col(Review.id))
    )
    for review, office in rows:
        found[review.version_id].append((review, office))
    return found


def desk_bureaus(session: Session, who: Who) -> list[DeskBureau]:
    """The bureaus `who` may see that have open reviews, those with the most first."""
    count = func.count(col(Review.id))
    rows = session.exec(
        select(Bureau, count)
        .join(Review, col(Review.bureau_id) == Bureau.id)
        .where(Review.state == OPEN, col(Bureau.id).in_(bureaus_below(session, who)))
        .group_by(col(Bureau.id))
        .order_by(count.desc(), col(Bureau.id))
    )
    return [DeskBureau(bureau, int(open_reviews)) for bureau, open_reviews in rows]


def recent_decisions(session: Session, who: Who) -> list[tuple[Decision, Review, Notice, Bureau]]:
    """What was decided last on the desks `who` may see."""
    rows = session.exec(
        select(Decision, Review, Notice, Bureau)
        .join(Review, col(Decision.review_id) == Review.id)
        .join(WarningVersion, col(Review.version_id) == WarningVersion.id)
        .join(Notice, col(WarningVersion.notice_id) == Notice.id)
        .join(Bureau, col(Review.bureau_id) == Bureau.id)
        .where(col(Review.bureau_id).in_(bureaus_below(session, who)))
        .order_by(col(Decision.id).desc())
        .limit(RECENT)
    )
    return [(decision, review, notice, bureau) for decision, review, notice, bureau in rows]


def find_review(session: Session, who: Who, public_id: str) -> Review | None:
    """The review of this public id; None when there is none or `who` may not see it: the two look the same."""
    review = session.exec(select(Review).where(Review.public_id == public_id)).first()
    if review is None or not may(who, Permission.DESK, line=bureau_line(session, review.bureau_id)):
        return None
    return review


def whole_review(session: Session, review: Review) -> WholeReview:
    """The review with its warning, notice, industries, evidence and decision."""
    version = session.get(WarningVersion, review.version_id)
    assert version is not None  # foreign keys hold these
    notice, bureau = session.get(Notice, version.notice_id), session.get(Bureau, review.bureau_id)
    assert notice is not None and notice.id is not None and bureau is not None
    decision, decided_by = _decision(session, review)
    return WholeReview(
        review=review,
        version=version,
        notice=notice,
        bureau=bureau,
        symbols=symbols_of(session, [notice.id])[notice.id],
        choices=_choices(session, [review.version_id])[review.version_id],
        suggestions=suggestions_of(session, [notice.id])[notice.id],
        decision=decision,
        decided_by=decided_by,
        earlier=session.get(WarningVersion, version.references_id) if version.references_id else None,
        advice=_others(session, review),
    )


def _choices(session: Session, version_ids: list[int]) -> dict[int, list[WarningChoice]]:
    """version id -> its industries, the most certain first."""
    found: dict[int, list[WarningChoice]] = {key: [] for key in version_ids}
    rows = session.exec(
        select(WarningIndustry, Industry)
        .join(Industry, col(WarningIndustry.industry_id) == Industry.id)
        .where(col(WarningIndustry.version_id).in_(version_ids))
        .order_by(col(WarningIndustry.score).desc(), Industry.slug)
    )
    for row, industry in rows:
        found[row.version_id].append(WarningChoice(industry.slug, industry.name_zh, row.state))
    return found


def _decision(session: Session, review: Review) -> tuple[Decision | None, str]:
    """The decision and the bureau of the officer who made it."""
    row = session.exec(
        select(Decision, Bureau)
        .join(Officer, col(Decision.officer_id) == Officer.id)
        .join(Bureau, col(Officer.bureau_id) == Bureau.id)
        .where(Decision.review_id == review.id, col(Decision.taken_back_at).is_(None))
    ).first()
    return (row[0], row[1].name_zh) if row else (None, "")


def _others(session: Session, review: Review) -> list[tuple[Bureau, Decision]]:
    rows: Sequence[tuple[Bureau, Decision]] = session.exec(
        select(Bureau, Decision)
        .join(Review, col(Review.bureau_id) == Bureau.id)
        .join(Decision, col(Decision.review_id) == Review.id)
        .where(Review.version_id == review.version_id, Review.id != review.id)
        .where(col(Decision.taken_back_at).is_(None))
        .order_by(col(Decision.id))
    ).all()
    return [(bureau, decision) for bureau, decision in rows]
