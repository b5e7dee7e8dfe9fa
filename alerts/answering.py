"""Answers to a colleague's decision: a second signature, a lead's proposal confirmed or objected to, a hand-up."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from alerts import proposals
from alerts.amending import amend
from alerts.escalation import escalate
from alerts.reviewing import AT_ONCE, NotAllowed, bureau_line, check_decides, check_line, who_was_first
from alerts.signing_off import first_signature, sign_red, take_back
from alerts.versions import concerns_in, industries_of, lock_version
from store.audit import write_audit
from store.bureau import Officer
from store.review import CLOSED, OBJECTED, OPEN, Decision, Escalation, Proposal, Review
from store.warning import UNDER_REVIEW, WarningVersion


def countersign(session: Session, review: Review, officer: Officer, now: datetime) -> WarningVersion:
    """Put the second signature under a red version whose review was accepted: it is issued at once.

    Raises NotAllowed, SecondOfficerNeeded, AlreadyDecided (when it waits for no signature).
    """
    version = lock_version(session, review.version_id)
    session.refresh(review)
    check_line(session, review, officer)
    first = first_signature(session, version)
    if first is None:
        raise who_was_first(session, review)
    sign_red(session, version, officer, session.get_one(Decision, first.decision_id), now)
    write_audit(
        session,
        now,
        action="review.countersign",
        object_kind="review",
        object_id=review.public_id,
        officer_id=officer.id,
        details={"warning_version": version.public_id},
    )
    return version


def take_decision_back(session: Session, review: Review, officer: Officer, now: datetime) -> WarningVersion:
    """Take back what waits in 待发. Raises NotAllowed, TooLate."""
    check_line(session, review, officer)
    return take_back(session, review, officer, now)


def confirm(session: Session, proposal: Proposal, officer: Officer, now: datetime) -> None:
    """Let a lead's proposal hold for all: only its city or the province may. Raises NotAllowed."""
    check_decides(officer)
    line = bureau_line(session, proposal.bureau_id)
    if bureau_line(session, officer.bureau_id)[0] not in line[1:]:
        raise NotAllowed(f"{officer.sign_in} may not confirm this proposal: the lead's city or the province may")
    proposals.confirm(session, proposal, officer, now)


def object_to(
    session: Session, proposal: Proposal, review: Review, officer: Officer, now: datetime, wait: timedelta = AT_ONCE
) -> None:
    """Keep for all what the lead would take away: of a warning that is out, an update tells the industries again.

    `review` is the objecting desk's own, still open; it ends. Against a proposal to drop a warning that waits for its
    review, sign the warning off instead: that is the objection. Raises NotAllowed, AlreadyDecided.
    """
    version = lock_version(session, proposal.version_id)
    session.refresh(review)
    check_line(session, review, officer)
    if review.state != OPEN or review.version_id != proposal.version_id:
        raise who_was_first(session, review)
    if proposal.kind == proposals.DISMISSING:
        raise NotAllowed("to object, sign the warning off (accept or correct): it goes out for all")
    proposals.close(session, proposal, OBJECTED, now, officer)
    review.state, review.revision, review.closed_at = CLOSED, review.revision + 1, now
    review.closed_reason = "不同意牵头单位建议"
    session.add(review)
    present = [i.slug for i in industries_of(session, concerns_in(session, version))]
    amend(session, version, officer, now, [*present, *proposal.industries], note="不同意牵头单位的移除建议", wait=wait)


def hand_up(session: Session, review: Review, officer: Officer, now: datetime, reason: str) -> Escalation:
    """Pass a review that this desk cannot settle to the bureau above, with its reason. Raises NotAllowed and others."""
    version = lock_version(session, review.version_id)
    session.refresh(review)
    check_line(session, review, officer)
    if review.state != OPEN or version.state != UNDER_REVIEW:
        raise who_was_first(session, review)
    if len(bureau_line(session, review.bureau_id)) == 1:
        raise NotAllowed("nobody is above the province: accept, correct or dismiss")
    return escalate(session, review, version, now, reason.strip() or "本级难以判断，请上级研判", officer)
