"""The rows of `tbtwatch reviews`: public ids, codes and slugs, never integer keys or addresses."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from alerts.accounts import bureau_by_code
from alerts.reviewing import UnknownReview
from cli.lookups import check_value
from cli.warning_rows import industries_in
from store.bureau import Bureau
from store.jurisdiction import Jurisdiction
from store.review import Review
from store.warning import WarningVersion


def review_rows(
    session: Session,
    *,
    bureau: str | None = None,
    state: str = "open",
    limit: int | None = None,
    review_id: str | None = None,
) -> list[dict[str, Any]]:
    """Reviews by due time, each with the version it is about."""
    check_value(state, ("open", "decided", "escalated", "closed", "all"), "--state")
    wanted = (
        select(Review, WarningVersion, Bureau, Jurisdiction.code)
        .join(WarningVersion, col(WarningVersion.id) == Review.version_id)
        .join(Bureau, col(Bureau.id) == Review.bureau_id)
        .join(Jurisdiction, col(Jurisdiction.id) == Bureau.jurisdiction_id)
    )
    if bureau is not None:
        wanted = wanted.where(Review.bureau_id == bureau_by_code(session, bureau).id)
    if state != "all":
        wanted = wanted.where(Review.state == state)
    if review_id is not None:
        wanted = wanted.where(Review.public_id == review_id)
    found = session.exec(wanted.order_by(col(Review.due_at), col(Review.id)).limit(limit)).all()
    if review_id is not None and not found:
        raise UnknownReview(f"no review '{review_id}': `tbtwatch reviews list` shows the ids")
    slugs = industries_in(session, [version.id or 0 for _, version, _, _ in found])
    return [
        {
            "id": review.public_id,
            "state": review.state,
            "severity": version.severity,
            "due": review.due_at,
            "industries": slugs[version.id or 0],
            "title": version.facts["title"],
            "market": version.facts["market"],
            "bureau": code,
            "bureau_name": office.called_zh,
            "lead": review.is_lead,
            "kind": version.kind,
            "exercise": bool(version.facts.get("exercise")),
            "flags": version.flags,
            "symbols": version.facts["symbols"],
            "comment_deadline": version.facts["comment_deadline"],
            "reasons": review.reasons,
            "revision": review.revision,
            "opened_at": review.opened_at,
            "closed_reason": review.closed_reason,
            "warning_version": version.public_id,
            "warning_state": version.state,
        }
        for review, version, office, code in found
    ]
