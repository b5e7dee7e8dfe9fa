"""牵头单位建议: what a lead county would take away for all, until those above settle it or nobody objects in time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from alerts.concerns import PROPOSED as PROPOSED_STATE
from alerts.concerns import REMOVED
from alerts.deadlines import add_working_time
from alerts.in_turn import in_turn
from alerts.versions import close_reviews, lock_version, settle
from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import Bureau, Officer
from store.calendar import mainland_calendar
from store.engine import reading
from store.industry import Industry
from store.review import CONFIRMED, OBJECTED, PROPOSED, SETTLED, Decision, Proposal, Review
from store.warning import DISMISSED, UNDER_REVIEW, WarningIndustry, WarningVersion

log = logging.getLogger(__name__)

PATIENCE = timedelta(days=1)  # of working time
IN_FORCE = "牵头单位建议已生效"
DISMISSING, REMOVING = "dismiss", "remove"


class UnknownProposal(TbtwatchError):
    """Raised when no open proposal has the given public id."""


def propose(
    session: Session,
    version: WarningVersion,
    review: Review,
    decision: Decision,
    industries: Sequence[str],
    now: datetime,
) -> Proposal:
    """Write what the lead would take away: these industries (slugs), or with none the whole warning."""
    proposal = Proposal(
        decision_id=decision.id or 0,
        version_id=version.id or 0,
        bureau_id=review.bureau_id,
        kind=REMOVING if industries else DISMISSING,
        industries=list(industries),
        made_at=now,
        settles_at=add_working_time(now, PATIENCE, mainland_calendar()),
    )
    session.add(proposal)
    session.flush()
    return proposal


def open_proposals(session: Session, version_id: int) -> list[Proposal]:
    """The proposals on a version that are not settled."""
    wanted = select(Proposal).where(Proposal.version_id == version_id, Proposal.state == PROPOSED)
    return list(session.exec(wanted.order_by(col(Proposal.id))))


def proposal_by_id(session: Session, public_id: str) -> Proposal:
    """The open proposal with this public id, its version locked; raises UnknownProposal."""
    found = session.exec(select(Proposal).where(Proposal.public_id == public_id)).first()
    if found is not None:
        lock_version(session, found.version_id)
        session.refresh(found)
    if found is None or found.state != PROPOSED:
        raise UnknownProposal(f"no open proposal '{public_id}': it was settled, or never made")
    return found


def answer_by_accepting(session: Session, version: WarningVersion, officer: Officer, now: datetime) -> None:
    """A desk that signs the warning off objects to the lead's proposal to drop it."""
    for proposal in open_proposals(session, version.id or 0):
        close(session, proposal, OBJECTED, now, officer)


def close(session: Session, proposal: Proposal, state: str, now: datetime, officer: Officer | None) -> None:
    """Settle a proposal one way or the other, with its audit entry; what follows is the caller's."""
    proposal.state, proposal.settled_at, proposal.settled_by_id = state, now, officer.id if officer else None
    session.add(proposal)
    write_audit(
        session,
        now,
        action=f"proposal.{state}",
        object_kind="proposal",
        object_id=proposal.public_id,
        officer_id=officer.id if officer else None,
    )
    session.flush()


def take_effect(session: Session, proposal: Proposal, state: str, now: datetime, officer: Officer | None) -> None:
    """Let a proposal hold for all: confirmed by a city or the province, or settled since nobody objected in time."""
    version = lock_version(session, proposal.version_id)
    close(session, proposal, state, now, officer)
    lead = session.get_one(Bureau, proposal.bureau_id)
    reason = f"{lead.called_zh}：{IN_FORCE}"
    if proposal.kind == DISMISSING:
        settle_dismissal(session, version, now, reason)
        return
    _remove(session, version, proposal.industries)
    close_reviews(session, version, now, reason)


def settle_dismissal(session: Session, version: WarningVersion, now: datetime, reason: str) -> None:
    """Dismiss a version for all: the other desks' reviews end with the reason. A signed red one stays."""
    if version.state != UNDER_REVIEW:
        return
    close_reviews(session, version, now, reason)
    settle(session, version)
    if version.state == DISMISSED:
        version.out_by = None
        session.add(version)


def settle_proposals(engine: Engine, now: datetime, *, limit: int = 50) -> int:
    """Let the proposals hold to which nobody objected within a working day; returns how many."""
    with reading(engine) as session:
        due = session.exec(
            select(Proposal.id)
            .where(Proposal.state == PROPOSED, col(Proposal.settles_at) <= now)
            .order_by(col(Proposal.settles_at), col(Proposal.id))
            .limit(limit)
        ).all()
    return in_turn(engine, due, lambda session, key: _settle_one(session, key, now), log, "settling proposal")


def _settle_one(session: Session, proposal_id: int, now: datetime) -> bool:
    proposal = session.get_one(Proposal, proposal_id)
    lock_version(session, proposal.version_id)
    session.refresh(proposal)
    if proposal.state != PROPOSED:
        return False  # confirmed or objected to in the meantime
    take_effect(session, proposal, SETTLED, now, None)
    return True


def confirm(session: Session, proposal: Proposal, officer: Officer, now: datetime) -> None:
    """Let it hold for all at once; the caller has checked that the officer is of the lead's city or the province."""
    take_effect(session, proposal, CONFIRMED, now, officer)


def _remove(session: Session, version: WarningVersion, slugs: Sequence[str]) -> None:
    ids = session.exec(select(Industry.id).where(col(Industry.slug).in_(slugs))).all()
    rows = session.exec(
        select(WarningIndustry).where(
            WarningIndustry.version_id == version.id,
            col(WarningIndustry.industry_id).in_(ids),
            WarningIndustry.state == PROPOSED_STATE,
        )
    )
    for row in rows.all():
        row.state = REMOVED
        session.add(row)
    session.flush()
