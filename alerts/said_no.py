"""Which firms a version does not reach since their own desk said no: to the whole of it, or to an industry."""

from __future__ import annotations

from sqlmodel import Session, col, select

from alerts.network import read_network
from store.bureau import Bureau
from store.jurisdiction import Jurisdiction
from store.review import Decision, Escalation, Review

DISMISS, CORRECT = "dismiss", "correct"
_COUNTY_TIERS = ("county", "town")  # what a city or the province takes out is out for all


def dismissing_bureaus(session: Session, version_id: int) -> set[int]:
    """Ids of the bureaus for whose places a version was dismissed: by themselves or by one it was passed up to."""
    said_no = set(
        session.exec(
            select(Review.id)
            .join(Decision, col(Decision.review_id) == Review.id)
            .where(Review.version_id == version_id, Decision.kind == DISMISS, col(Decision.taken_back_at).is_(None))
        )
    )
    passed = session.exec(
        select(Escalation.from_review_id, Escalation.to_review_id)
        .join(Review, col(Review.id) == Escalation.from_review_id)
        .where(Review.version_id == version_id)
    ).all()
    while more := {below for below, above in passed if above in said_no} - said_no:
        said_no |= more
    return set(session.exec(select(Review.bureau_id).where(col(Review.id).in_(said_no))))


def silent_bureaus(session: Session, version_id: int) -> set[int]:
    """Ids of the bureaus whose firms a version does not reach: the nearest desk that looked at it said no."""
    said_no = dismissing_bureaus(session, version_id)
    if not said_no:
        return set()
    nearest = _nearest_desks(session, version_id)
    return {bureau_id for bureau_id, desk in nearest.items() if desk in said_no}


def removed_locally(session: Session, version_id: int) -> dict[int, set[str]]:
    """bureau id -> industries (slugs) that the nearest desk, a county's or town's, took out for its own firms."""
    rows = session.exec(
        select(Review.bureau_id, Decision.industries_before, Decision.industries_after)
        .join(Decision, col(Decision.review_id) == Review.id)
        .join(Bureau, col(Bureau.id) == Review.bureau_id)
        .join(Jurisdiction, col(Jurisdiction.id) == Bureau.jurisdiction_id)
        .where(
            Review.version_id == version_id,
            Decision.kind == CORRECT,
            col(Decision.taken_back_at).is_(None),
            col(Jurisdiction.tier).in_(_COUNTY_TIERS),
        )
    ).all()
    removed = {desk: gone for desk, before, after in rows if (gone := set(before) - set(after))}
    if not removed:
        return {}
    nearest = _nearest_desks(session, version_id)
    return {bureau_id: removed[desk] for bureau_id, desk in nearest.items() if desk in removed}


def _nearest_desks(session: Session, version_id: int) -> dict[int, int | None]:
    """bureau id -> the bureau at or above it that looked at the version; None where none did."""
    looked = set(session.exec(select(Review.bureau_id).where(Review.version_id == version_id)))
    network = read_network(session)
    return {
        bureau_id: next((b for above in network.line(code) if (b := network.bureau_id_of.get(above)) in looked), None)
        for code, bureau_id in network.bureau_id_of.items()
    }
