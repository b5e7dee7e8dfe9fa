"""Bundles: like recalls or refusals of one source that wait on one desk, so that one decision does for all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from sqlmodel import Session, col, select

from alerts.versions import lock_version
from store.incident import NoticeIncident
from store.review import OPEN, Review
from store.warning import UNDER_REVIEW, WarningVersion

T = TypeVar("T")
TOGETHER = timedelta(days=30)  # raised further apart, like ones are looked at anew


def bundle_of(source: str, incident: NoticeIncident | None) -> str:
    """The key that like items share: source, product and hazard; "" for what has no like."""
    return f"{source}/{incident.product}/{incident.hazard}"[:180] if incident is not None else ""


def decide_bundle(session: Session, review: Review, decide: Callable[[Review], T]) -> tuple[T, int]:
    """Decide a review and its bundle on the same desk in the same way; returns the first answer and how many followed.

    A bundle is decided whole or not at all: what `decide` raises takes back all of it, and the session stays usable.
    The versions are locked in one order, whichever review was named: two officers in one bundle wait, and do not block
    one another.
    """
    found = [review, *bundled_reviews(session, review)]
    for version_id in sorted({each.version_id for each in found}):
        lock_version(session, version_id)
    others = bundled_reviews(session, review)  # as they are now that nobody else can decide
    with session.begin_nested():
        first = decide(review)
        for other in others:
            decide(other)
    return first, len(others)


def bundled_reviews(session: Session, review: Review) -> list[Review]:
    """The other open reviews of the same bureau whose versions share the bundle, the oldest first; else none."""
    version = session.get_one(WarningVersion, review.version_id)
    if not version.bundle:
        return []
    near = col(WarningVersion.raised_at).between(version.raised_at - TOGETHER, version.raised_at + TOGETHER)
    return list(
        session.exec(
            select(Review)
            .join(WarningVersion, col(WarningVersion.id) == Review.version_id)
            .where(
                WarningVersion.bundle == version.bundle,
                WarningVersion.state == UNDER_REVIEW,
                near,
                Review.bureau_id == review.bureau_id,
                Review.state == OPEN,
                Review.id != review.id,
            )
            .order_by(col(Review.id))
        )
    )
