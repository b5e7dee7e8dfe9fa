"""Bundles: like recalls or refusals of one source that wait on one desk, so that one decision does for all."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session, col, select

from store.incident import NoticeIncident
from store.review import OPEN, Review
from store.warning import UNDER_REVIEW, WarningVersion

TOGETHER = timedelta(days=30)  # raised further apart, like ones are looked at anew


def bundle_of(source: str, incident: NoticeIncident | None) -> str:
    """The key that like items share: source, product and hazard; "" for what has no like."""
    return f"{source}/{incident.product}/{incident.hazard}"[:180] if incident is not None else ""


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
