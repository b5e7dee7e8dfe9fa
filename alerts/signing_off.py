"""Signing off: 待发 for ten minutes, two signatures under red, and taking back before anything has left."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from alerts.in_turn import in_turn
from alerts.network import grade_of
from alerts.versions import concerns_in, facts_in, industries_of, issue, lock_version
from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import Bureau, Officer
from store.engine import reading
from store.review import OPEN, PROPOSED, WITHDRAWN, Decision, Escalation, Proposal, Review, Signature
from store.warning import OUTGOING, SIGNED_OFF, UNDER_REVIEW, WarningIndustry, WarningVersion

log = logging.getLogger(__name__)

SIGNATURES = 2  # under a red version
DONE_IN_WORDS = {"accept": "已签发", "dismiss": "认为与本地无关", "correct": "已更正行业并签发"}


class TooLate(TbtwatchError):
    """Raised when a decision can no longer be taken back: its mails have left, or it never mailed."""


class SecondOfficerNeeded(TbtwatchError):
    """Raised when the officer who signed a red version first would sign it again."""


def sign_off(
    session: Session,
    version: WarningVersion,
    review: Review,
    officer: Officer,
    decision: Decision,
    now: datetime,
    wait: timedelta,
) -> None:
    """Sign a version off: red leaves on the second signature, all else after `wait` (at once when it is zero)."""
    if version.severity == "red":
        sign_red(session, version, officer, decision, now)
        return
    _name_signer(session, version, review, officer)
    if wait:
        version.state, version.release_at = OUTGOING, now + wait
        session.add(version)
    else:
        release_now(session, version, now)


def sign_red(session: Session, version: WarningVersion, officer: Officer, decision: Decision, now: datetime) -> bool:
    """Write one officer's signature; on the second one the version is issued. Raises SecondOfficerNeeded."""
    mine = select(Signature).where(Signature.version_id == version.id)
    if any(row.officer_id == officer.id for row in session.exec(mine)):
        raise SecondOfficerNeeded(
            "you have signed this red warning: a second officer, of any tier of the line, must sign"
        )
    signature = Signature(version_id=version.id or 0, officer_id=officer.id or 0, decision_id=decision.id or 0, at=now)
    session.add(signature)
    session.flush()
    if signatures(session, version) < SIGNATURES:
        return False
    _name_signer(session, version, session.get_one(Review, decision.review_id), officer)
    release_now(session, version, now)
    return True


def signatures(session: Session, version: WarningVersion) -> int:
    """How many officers have signed this version."""
    return session.exec(select(func.count()).where(Signature.version_id == version.id)).one()


def first_signature(session: Session, version: WarningVersion) -> Signature | None:
    """The signature that stands under a red version and waits for a second one."""
    if version.severity != "red" or version.state != UNDER_REVIEW:
        return None
    return session.exec(select(Signature).where(Signature.version_id == version.id)).first()


def release_outgoing(engine: Engine, now: datetime, *, limit: int = 50) -> int:
    """Issue what waited long enough in 待发; returns how many. One transaction each; twice changes nothing."""
    with reading(engine) as session:
        due = session.exec(
            select(WarningVersion.id)
            .where(WarningVersion.state == OUTGOING, col(WarningVersion.release_at) <= now)
            .order_by(col(WarningVersion.release_at), col(WarningVersion.id))
            .limit(limit)
        ).all()
    return in_turn(engine, due, lambda session, key: _release(session, key, now), log, "releasing warning version")


def _release(session: Session, version_id: int, now: datetime) -> bool:
    version = lock_version(session, version_id)
    if version.state != OUTGOING or version.release_at is None or version.release_at > now:
        return False  # taken back, or released by another worker
    release_now(session, version, now)
    return True


def take_back(session: Session, review: Review, officer: Officer, now: datetime) -> WarningVersion:
    """Undo a decision that waits in 待发: the review is open again, industries and severity are as they were.

    The caller has checked that the officer may decide in this review. Raises TooLate.
    """
    version = lock_version(session, review.version_id)
    session.refresh(review)
    decision = standing_decision(session, review)
    if version.state != OUTGOING or decision is None or decision.kind == "dismiss":
        raise TooLate("this decision has left or never mailed: issue an update or a cancel instead")
    decision.taken_back_at = now
    review.state, review.revision, review.closed_at, review.closed_reason = OPEN, review.revision + 1, None, ""
    version.state, version.release_at, version.signed_by_id, version.behalf_of_id = UNDER_REVIEW, None, None, None
    session.add_all([decision, review, version])
    _restore(session, version, decision.states_before)
    grade = grade_of(session, facts_in(version), industries_of(session, concerns_in(session, version)), now)
    version.severity, version.severity_reason = grade.severity, grade.reason
    for proposal in session.exec(
        select(Proposal).where(Proposal.decision_id == decision.id, Proposal.state == PROPOSED)
    ):
        proposal.state, proposal.settled_at, proposal.settled_by_id = WITHDRAWN, now, officer.id
        session.add(proposal)
    write_audit(
        session,
        now,
        action="review.take_back",
        object_kind="review",
        object_id=review.public_id,
        officer_id=officer.id,
        details={"decision": decision.public_id},
    )
    session.flush()
    return version


def standing_decision(session: Session, review: Review) -> Decision | None:
    """The decision of a review that was not taken back."""
    wanted = select(Decision).where(Decision.review_id == review.id, col(Decision.taken_back_at).is_(None))
    return session.exec(wanted).first()


def states_of(session: Session, version: WarningVersion) -> dict[str, Any]:
    """Industry id (as text) -> [state, score] of a version's industries: what taking back restores."""
    return {str(c.industry_id): [c.state, c.score] for c in concerns_in(session, version)}


def _restore(session: Session, version: WarningVersion, before: dict[str, Any]) -> None:
    for row in session.exec(select(WarningIndustry).where(WarningIndustry.version_id == version.id)).all():
        known = before.get(str(row.industry_id))
        if known is None:
            session.delete(row)
            continue
        row.state, row.score = known
        session.add(row)
    session.flush()


def _name_signer(session: Session, version: WarningVersion, review: Review, officer: Officer) -> None:
    """Who signs, and for whom: another bureau's review, or one that came up from below, is signed on behalf (代发)."""
    origin = review
    while passed := session.exec(
        select(Escalation).where(Escalation.to_review_id == origin.id).order_by(col(Escalation.id))
    ).first():
        origin = session.get_one(Review, passed.from_review_id)
    version.signed_by_id = officer.bureau_id
    version.behalf_of_id = origin.bureau_id if origin.bureau_id != officer.bureau_id else None


def release_now(session: Session, version: WarningVersion, now: datetime) -> None:
    """Issue a signed version; other desks' reviews end, unless a lead's proposal on it is still before them."""
    session.flush()
    pending = session.exec(
        select(Proposal.id).where(Proposal.version_id == version.id, Proposal.state == PROPOSED)
    ).first()
    signer = session.get_one(Bureau, version.signed_by_id)
    closing = "" if pending else f"{signer.called_zh}{_done_by(session, version)}"
    issue(session, version, SIGNED_OFF, now, closing=closing, keep_open=pending is not None)


def _done_by(session: Session, version: WarningVersion) -> str:
    kind = session.exec(
        select(Decision.kind)
        .join(Review, col(Review.id) == Decision.review_id)
        .where(Review.version_id == version.id, Decision.kind != "dismiss", col(Decision.taken_back_at).is_(None))
        .order_by(col(Decision.id).desc())
    ).first()
    return DONE_IN_WORDS[kind or "accept"]
