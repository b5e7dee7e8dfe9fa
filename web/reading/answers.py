"""How a review stands after a decision: what waits in 待发, what waits for a signature, what a lead proposes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.amending import is_full, may_amend
from alerts.proposals import DISMISSING, open_proposals
from alerts.reviewing import bureau_line
from alerts.signing_off import first_signature, standing_decision
from store.bureau import ASSOCIATION, Bureau, Officer
from store.industry import Industry
from store.notice import Notice
from store.review import OPEN, Proposal, Review
from store.warning import ISSUED, OUTGOING, UNDER_REVIEW, WarningVersion
from web.access import Who, bureaus_below


@dataclass(frozen=True)
class ProposalRow:
    """A lead's proposal in words, and what this officer may answer."""

    proposal: Proposal
    lead: str
    industries: list[str]  # names; none: the whole warning
    may_confirm: bool
    may_object: bool


@dataclass(frozen=True)
class Answers:
    """What the page of one review offers besides a first decision."""

    release_at: datetime | None  # 待发 until then
    may_take_back: bool
    signed_by: str  # who signed a red one first
    may_sign: bool
    may_hand_up: bool
    proposals: list[ProposalRow]
    newest: WarningVersion | None  # the version that is out and may be amended
    may_amend: bool
    may_take_away: bool  # industries, or the whole by a cancel


@dataclass(frozen=True)
class OutgoingRow:
    """A version in 待发 with a review that leads to it."""

    version: WarningVersion
    notice: Notice
    review_id: str


def answers_of(session: Session, review: Review, who: Who) -> Answers:
    """How it stands for this officer."""
    version = session.get_one(WarningVersion, review.version_id)
    officer = session.get_one(Officer, who.officer_id)
    decides = officer.kind != ASSOCIATION
    first = first_signature(session, version)
    signer = session.get_one(Officer, first.officer_id) if first else None
    newest = _newest(session, version)
    amends = decides and newest is not None and may_amend(session, version, officer)
    return Answers(
        release_at=version.release_at if version.state == OUTGOING else None,
        may_take_back=decides and version.state == OUTGOING and standing_decision(session, review) is not None,
        signed_by=_bureau(session, signer.bureau_id) if signer else "",
        may_sign=decides and signer is not None and signer.id != officer.id,
        may_hand_up=decides
        and review.state == OPEN
        and version.state == UNDER_REVIEW
        and len(bureau_line(session, review.bureau_id)) > 1,
        proposals=[_proposal(session, row, review, officer) for row in open_proposals(session, version.id or 0)],
        newest=newest,
        may_amend=amends,
        may_take_away=amends and is_full(session, officer),
    )


def outgoing_rows(session: Session, who: Who) -> list[OutgoingRow]:
    """What waits in 待发 on the desks `who` may see, the first to leave first; each version once."""
    rows = session.exec(
        select(WarningVersion, Notice, Review.public_id)
        .join(Review, col(Review.version_id) == WarningVersion.id)
        .join(Notice, col(Notice.id) == WarningVersion.notice_id)
        .where(WarningVersion.state == OUTGOING, col(Review.bureau_id).in_(bureaus_below(session, who)))
        .order_by(col(WarningVersion.release_at), col(WarningVersion.id), col(Review.state) == OPEN)
    ).all()
    found: dict[int, OutgoingRow] = {}
    for version, notice, review_id in rows:
        found.setdefault(version.id or 0, OutgoingRow(version, notice, review_id))
    return list(found.values())


def _newest(session: Session, version: WarningVersion) -> WarningVersion | None:
    """The version that is out, unless the warning is cancelled or a newer version waits."""
    last = session.exec(
        select(WarningVersion)
        .where(WarningVersion.warning_id == version.warning_id, WarningVersion.state != "superseded")
        .order_by(col(WarningVersion.number).desc())
    ).first()
    return last if last is not None and last.state == ISSUED and last.kind != "cancel" else None


def _proposal(session: Session, row: Proposal, review: Review, officer: Officer) -> ProposalRow:
    names = {i.slug: i.name_zh for i in session.exec(select(Industry).where(col(Industry.slug).in_(row.industries)))}
    decides = officer.kind != ASSOCIATION
    above = bureau_line(session, officer.bureau_id)[0] in bureau_line(session, row.bureau_id)[1:]
    return ProposalRow(
        proposal=row,
        lead=_bureau(session, row.bureau_id),
        industries=[names.get(slug, slug) for slug in row.industries],
        may_confirm=decides and above,
        may_object=decides and row.kind != DISMISSING and review.state == OPEN and review.bureau_id != row.bureau_id,
    )


def _bureau(session: Session, bureau_id: int) -> str:
    bureau = session.get_one(Bureau, bureau_id)
    return bureau.called_zh
