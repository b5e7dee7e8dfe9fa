"""Escalation (上报): a review nobody decides in time goes up a tier; from the province, or in the end, it goes out."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from alerts.in_turn import in_turn
from alerts.officer_mails import tell_officers
from alerts.timing import new_review
from alerts.versions import facts_in, issue, lock_version, settle
from store.audit import write_audit
from store.bureau import Bureau, Officer, bureau_of, called_now
from store.clock import SHANGHAI
from store.engine import reading
from store.jurisdiction import Jurisdiction, lineage
from store.review import ESCALATED, OPEN, Escalation, Review
from store.warning import UNDER_REVIEW, UNREVIEWED, TradeWarning, WarningVersion

log = logging.getLogger(__name__)

OVERDUE = "逾期未研判"
WENT_OUT = "省级逾期未研判，预警已发出并标注“未经研判”"
TIME_IS_UP = "到最迟发出时间仍未研判，预警已发出并标注“未经研判”"


def escalate_overdue(engine: Engine, now: datetime, *, limit: int = 100) -> int:
    """Pass up every open review that is past its time; returns how many. One transaction each.

    Review never withholds: what the province leaves undecided goes out marked 未经研判.
    """
    with reading(engine) as session:
        overdue = session.exec(
            select(Review.id)
            .join(WarningVersion, col(WarningVersion.id) == Review.version_id)
            .where(Review.state == OPEN, WarningVersion.state == UNDER_REVIEW, col(Review.due_at) <= now)
            .order_by(col(Review.due_at), col(Review.id))
            .limit(limit)
        ).all()
    return in_turn(engine, overdue, lambda session, key: _escalate_one(session, key, now), log, "escalating review")


def send_out_undecided(engine: Engine, now: datetime, *, limit: int = 100) -> int:
    """Issue, marked 未经研判, what is past the latest moment at which it may wait for a desk; returns how many."""
    with reading(engine) as session:
        late = session.exec(
            select(WarningVersion.id)
            .where(WarningVersion.state == UNDER_REVIEW, col(WarningVersion.out_by) <= now)
            .order_by(col(WarningVersion.out_by), col(WarningVersion.id))
            .limit(limit)
        ).all()
    return in_turn(engine, late, lambda session, key: _send_out(session, key, now), log, "sending out warning version")


def _send_out(session: Session, version_id: int, now: datetime) -> bool:
    version = lock_version(session, version_id)
    if version.state != UNDER_REVIEW:
        return False
    issue(session, version, UNREVIEWED, now, closing=TIME_IS_UP)
    write_audit(session, now, action="warning.unreviewed", object_kind="warning_version", object_id=version.public_id)
    return True


def _escalate_one(session: Session, review_id: int, now: datetime) -> bool:
    review = session.get_one(Review, review_id)
    version = lock_version(session, review.version_id)
    session.refresh(review)
    if review.state != OPEN or version.state != UNDER_REVIEW:
        return False  # decided, or passed up by another worker, in the meantime
    escalate(session, review, version, now)
    return True


def escalate(
    session: Session,
    review: Review,
    version: WarningVersion,
    now: datetime,
    reason: str = "",
    officer: Officer | None = None,
) -> Escalation:
    """Pass one open review to the bureau above, with the reason; from the province, issue the warning unreviewed.

    The bureau above has half the time of this one, and is told by mail. Where it looks at the warning already, the two
    become one review; where it has dismissed it, that holds for its county too. `officer`: who passed it up by hand.
    The caller has locked `version`.
    """
    own = session.get_one(Bureau, review.bureau_id)
    reason = reason or f"{own.called_zh}{OVERDUE}"
    above = bureau_above(session, own)
    review.state, review.revision, review.closed_at = ESCALATED, review.revision + 1, now
    review.closed_reason = reason if above else WENT_OUT
    session.add(review)
    target = _review_above(session, review, version, above, reason, now) if above else None
    passed = Escalation(
        from_review_id=review.id or 0, to_review_id=target.id if target else None, reason=review.closed_reason, at=now
    )
    session.add(passed)
    write_audit(
        session,
        now,
        action="review.escalate",
        object_kind="review",
        object_id=review.public_id,
        officer_id=officer.id if officer else None,
        details={"to": target.public_id if target else None, "reason": passed.reason},
    )
    if target is None:
        issue(session, version, UNREVIEWED, now, closing=WENT_OUT)
    else:
        _tell(session, target, version, passed.reason, now)
        settle(session, version)
    session.flush()
    return passed


def _tell(session: Session, target: Review, version: WarningVersion, reason: str, now: datetime) -> None:
    """One mail to those who answer at the desk above, however many desks below passed the same warning up."""
    due = target.due_at.astimezone(SHANGHAI)
    drill = "【演练】" if session.get_one(TradeWarning, version.warning_id).status == "exercise" else ""
    tell_officers(
        session,
        now,
        called_now(session, target.bureau_id, now),
        kind="overdue",
        key=target.public_id,
        title=f"{drill}下级上报，请研判：{facts_in(version)['title'][:80]}",
        lines=[
            f"上报理由：{reason}。",
            f"请在{due.month}月{due.day}日{due:%H:%M}前研判。到期仍未研判的，将继续上报或标注“未经研判”发出。",
        ],
        path=f"/desk/reviews/{target.public_id}",
    )


def bureau_above(session: Session, bureau: Bureau) -> Bureau | None:
    """The bureau of the nearest jurisdiction above that has one; None above the province."""
    line = lineage(session, session.get_one(Jurisdiction, bureau.jurisdiction_id))
    return next((found for j in line[1:] if (found := bureau_of(session, j.id or 0))), None)


def _review_above(
    session: Session,
    review: Review,
    version: WarningVersion,
    above: Bureau,
    reason: str,
    now: datetime,
) -> Review:
    """The review of the bureau above: the one it has, or where that one went itself, or a new one."""
    target = session.exec(select(Review).where(Review.version_id == version.id, Review.bureau_id == above.id)).first()
    while target is not None and target.state == ESCALATED:
        higher = session.exec(select(Escalation.to_review_id).where(Escalation.from_review_id == target.id)).one()
        target = session.get_one(Review, higher)
    if target is None:
        target = new_review(session, version, above.id or 0, now, steps=_steps(session, review) + 1)
    if target.state == OPEN:
        target.is_lead = target.is_lead or review.is_lead
        target.reasons = list(dict.fromkeys([*target.reasons, *review.reasons, reason]))
    session.add(target)
    session.flush()
    return target


def _steps(session: Session, review: Review) -> int:
    """How often a review has been passed up to come to this desk."""
    below = session.exec(select(Escalation.from_review_id).where(Escalation.to_review_id == review.id)).first()
    return 1 + _steps(session, session.get_one(Review, below)) if below else 0
