"""Warning versions as rows: locking, issuing, superseding, and closing the reviews that have lost their purpose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import update
from sqlmodel import Session, col, select

from alerts.concerns import Concern
from alerts.facts import Facts
from store.industry import Industry
from store.review import CLOSED, OPEN, Review, Signature
from store.warning import DISMISSED, ISSUED, SUPERSEDED, UNDER_REVIEW, WarningIndustry, WarningVersion


def lock_version(session: Session, version_id: int) -> WarningVersion:
    """The version as it is now, kept from other writers until the transaction ends (SQLite has one writer anyway)."""
    return session.exec(
        select(WarningVersion)
        .where(WarningVersion.id == version_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def issue(
    session: Session, version: WarningVersion, basis: str, now: datetime, closing: str = "", *, keep_open: bool = False
) -> None:
    """Issue a version on this ground: matching takes it up; its open reviews end with the reason `closing`.

    `keep_open`: they stay, since a lead bureau's proposal is before them.
    """
    version.state, version.basis, version.issued_at = ISSUED, basis, now
    session.add(version)
    if not keep_open:
        close_reviews(session, version, now, closing)


def supersede(session: Session, version: WarningVersion, now: datetime, reason: str) -> None:
    """Put a newer version in the place of one that nobody has received."""
    version.state = SUPERSEDED
    session.add(version)
    close_reviews(session, version, now, reason)


def settle(session: Session, version: WarningVersion) -> bool:
    """Dismiss a version that no desk looks at any more and none has issued or signed; says whether it did."""
    session.flush()
    if session.exec(select(Signature.id).where(Signature.version_id == version.id)).first() is not None:
        return False  # red with one signature: it leaves when its time is up
    open_ones = session.exec(select(Review.id).where(Review.version_id == version.id, Review.state == OPEN)).first()
    if version.state != UNDER_REVIEW or open_ones is not None:
        return False
    version.state = DISMISSED
    session.add(version)
    return True


def close_reviews(session: Session, version: WarningVersion, now: datetime, reason: str) -> None:
    """End the open reviews of a version, each with the reason."""
    session.flush()
    session.execute(
        update(Review)
        .where(col(Review.version_id) == version.id, col(Review.state) == OPEN)
        .values(state=CLOSED, revision=Review.revision + 1, closed_at=now, closed_reason=reason[:200])
        .execution_options(synchronize_session="fetch")
    )


def concerns_in(session: Session, version: WarningVersion) -> list[Concern]:
    """The industries of a version, the surest first."""
    rows = session.exec(
        select(WarningIndustry)
        .where(WarningIndustry.version_id == version.id)
        .order_by(col(WarningIndustry.score).desc(), col(WarningIndustry.industry_id))
    )
    return [Concern(row.industry_id, row.score, row.state) for row in rows]


def industries_of(session: Session, concerns: Sequence[Concern]) -> list[Industry]:
    """The industries that count among `concerns`, in the same order."""
    wanted = [c.industry_id for c in concerns if c.counts]
    found = {i.id: i for i in session.exec(select(Industry).where(col(Industry.id).in_(wanted)))}
    return [found[key] for key in wanted]


def facts_in(version: WarningVersion) -> Facts:
    """The facts as the typed dictionary they were written from."""
    return cast(Facts, version.facts)
