"""The call list (待致电企业): firms that a bureau must call, with the reason, and the tick that it was done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.inserting import insert_ignoring
from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import Officer
from store.columns import new_public_id
from store.mail_care import CallListEntry

# Why a firm must be called.
ADDRESS_UNKNOWN = "address_unknown"
WAITING, UNWRITTEN, FULL, THROTTLED, REFUSED, BLOCKED, FAILED, RETURNED = (
    "waiting", "unwritten", "full", "throttled", "refused", "blocked", "failed", "returned",
)  # fmt: skip
REASONS_ZH = {
    ADDRESS_UNKNOWN: "邮箱地址不存在",
    WAITING: "邮件还没有被对方服务器接收",
    UNWRITTEN: "邮件还没有写好",
    FULL: "对方邮箱已满",
    THROTTLED: "对方服务器限制收信速度，邮件在排队",
    REFUSED: "对方服务器拒收（内容或信誉）",
    BLOCKED: "对方邮箱设置了拒收",
    FAILED: "邮件发送失败",
    RETURNED: "邮件被退回",
}


class AlreadyCalled(TbtwatchError):
    """Raised when somebody has ticked the entry before."""


def list_call(
    session: Session, now: datetime, *, subscriber_id: int, bureau_id: int, version_id: int | None, reason: str
) -> None:
    """Put a firm on its bureau's list, once per version (None: once while the call is still to be made)."""
    list_calls(session, now, [(subscriber_id, bureau_id, reason)], version_id)


def list_calls(session: Session, now: datetime, calls: Sequence[tuple[int, int, str]], version_id: int | None) -> None:
    """The same for many: (subscriber, bureau, reason)."""
    rows = [
        {
            "public_id": new_public_id(),
            "version_id": version_id,
            "subscriber_id": subscriber_id,
            "bureau_id": bureau_id,
            "reason": reason,
            "created_at": now,
        }
        for subscriber_id, bureau_id, reason in calls
    ]
    insert_ignoring(session, CallListEntry, rows)


def tick_call(session: Session, entry: CallListEntry, officer: Officer, now: datetime) -> None:
    """Note that the firm was called (已致电), with an audit entry. Raises AlreadyCalled."""
    mine = select(CallListEntry).where(CallListEntry.id == entry.id, col(CallListEntry.called_at).is_(None))
    locked = session.exec(mine.with_for_update()).first()
    if locked is None:
        raise AlreadyCalled("this call was ticked before: reload the page")
    locked.called_at, locked.called_by_id = now, officer.id
    session.add(locked)
    write_audit(session, now, action="call.made", object_kind="call", object_id=locked.public_id, officer_id=officer.id)
