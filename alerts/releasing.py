"""仍可评议: history whose comment period or entry into force lies ahead, and the province's release of it as news."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import case, or_
from sqlmodel import Session, col, select

from alerts.reviewing import NotAllowed, bureau_line, check_decides
from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import Officer
from store.clock import shanghai_day
from store.notice import HISTORY, NEWS, Notice

RELEASED = "released"


class NotHistory(TbtwatchError):
    """Raised for a notice that is news already, or none of whose dates lies ahead: nothing to release."""


def still_open(session: Session, now: datetime, *, limit: int | None = 100, offset: int = 0) -> list[Notice]:
    """History that can still be commented on or enters into force later, the first date first.

    A later addendum is news by itself.
    """
    today = shanghai_day(now)
    comments, force = col(Notice.comment_deadline), col(Notice.force_on)
    first = case((comments >= today, comments), else_=force)
    return list(
        session.exec(
            select(Notice)
            .where(
                Notice.admitted == HISTORY,
                col(Notice.merged_into_id).is_(None),
                or_(comments >= today, force > today),
            )
            .order_by(first, col(Notice.id))
            .offset(offset)
            .limit(limit)
        )
    )


def lies_ahead(notice: Notice, today: date) -> bool:
    """Whether its comments can still be given, or it has yet to enter into force."""
    open_comments = notice.comment_deadline is not None and notice.comment_deadline >= today
    return open_comments or (notice.force_on is not None and notice.force_on > today)


def release(session: Session, notice: Notice, officer: Officer, now: datetime) -> None:
    """Let a notice of that list be news: the next run of the stages raises it like any other.

    Only the province may; raises NotAllowed, NotHistory. The audit entry is in the same transaction.
    """
    check_decides(officer)
    if len(bureau_line(session, officer.bureau_id)) > 1:
        raise NotAllowed(f"{officer.sign_in} may not release history: only the province's officers may")
    if notice.admitted != HISTORY or not lies_ahead(notice, shanghai_day(now)):
        raise NotHistory(f"notice {notice.public_id} is not on the list 仍可评议: see `tbtwatch notices list --open`")
    notice.admitted, notice.admitted_reason, notice.raised_at = NEWS, RELEASED, None
    session.add(notice)
    write_audit(
        session, now, action="notice.release", object_kind="notice", object_id=notice.public_id, officer_id=officer.id
    )
