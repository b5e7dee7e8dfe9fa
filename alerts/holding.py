"""Holding warnings back for the mail they share: rows first, so that none is lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zlib import crc32

from sqlalchemy import Select, exists, func, select, text, update
from sqlmodel import Session, col

from alerts.inserting import insert_ignoring
from alerts.lanes import AT_ONCE, WINDOW, lane_of
from settings import Settings
from store.digest import DAILY, INFORMATION, REPLACED, SHARED, Digest, DigestItem
from store.email import Email
from store.notice import Notice
from store.warning import TradeWarning, WarningVersion

_LOCK = 0x7462_7400  # "tbt": one version of a source after the other, so that both see the other's mails
_IDS_AT_ONCE = 10_000


def hold(
    session: Session, version: WarningVersion, rows: Sequence[dict[str, Any]], now: datetime, settings: Settings
) -> list[dict[str, Any]]:
    """Of the mails of a version (rows for `email` without `body_id`), those that go at once; the others wait as items.

    What waits of an earlier version of the warning is replaced by this one.
    """
    _replace_earlier(session, version, [row["subscriber_id"] for row in rows], now)
    if settings.warning_lanes == "at_once" or not rows:
        return list(rows)
    source = session.get_one(Notice, version.notice_id).source
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:kind, :source)"), _lock_of(source))
    earlier, last = _went_at_once(session, version), _last_at_once(session, source, now)
    common = {
        "thread_id": session.get_one(TradeWarning, version.warning_id).thread_id,
        "version_id": version.id,
        "matched_at": now,
        "outcome": "",
    }
    at_once, waiting = [], []
    for row in rows:
        person = row["subscriber_id"]
        lane, due_at = lane_of(version.severity, person in earlier, last.get(person), now)
        if lane == AT_ONCE:
            at_once.append(row)
            continue
        own = {"lane": lane, "due_at": due_at, "source": source if lane == SHARED else ""}
        said = {"kind": row["kind"], "fields": row["fields"], "reason": row["fields"]["reason"]}
        waiting.append({**common, **own, **said, "subscriber_id": person, "content": f"{version.id}:{row['kind']}"})
    insert_ignoring(session, DigestItem, waiting)
    return at_once


def still_waiting(session: Session, version: WarningVersion) -> set[int]:
    """Ids of the subscribers for whom an earlier version of this warning waits to be mailed with others."""
    return set(session.scalars(_waiting_before(version, col(DigestItem.subscriber_id))))


def _waiting_before(version: WarningVersion, column: Any) -> Select[Any]:
    return (
        select(column)
        .join(WarningVersion, col(WarningVersion.id) == DigestItem.version_id)
        .where(
            col(WarningVersion.warning_id) == version.warning_id,
            col(WarningVersion.number) < version.number,
            col(DigestItem.lane) != INFORMATION,
            col(DigestItem.settled_at).is_(None),
        )
    )


def _replace_earlier(session: Session, version: WarningVersion, told: Sequence[int], now: datetime) -> None:
    """Settle what waits of earlier versions: for those who are told of this one, and for all when it is a cancel."""
    if version.number == 1:
        return
    waiting = list(session.execute(_waiting_before(version, DigestItem.id).add_columns(col(DigestItem.subscriber_id))))
    readers = set(told)
    ids = [key for key, person in waiting if version.kind == "cancel" or person in readers]
    for start in range(0, len(ids), _IDS_AT_ONCE):
        session.execute(
            update(DigestItem)
            .where(col(DigestItem.id).in_(ids[start : start + _IDS_AT_ONCE]), col(DigestItem.settled_at).is_(None))
            .values(settled_at=now, outcome=REPLACED)
            .execution_options(synchronize_session=False)
        )


def _lock_of(source: str) -> dict[str, int]:
    return {"kind": _LOCK, "source": crc32(source.encode()) - (1 << 31)}


def _in_the_daily_mail() -> Any:
    return exists().where(
        col(DigestItem.subscriber_id) == Email.subscriber_id,
        col(DigestItem.version_id) == Email.version_id,
        col(DigestItem.lane) == DAILY,
    )


def _went_at_once(session: Session, version: WarningVersion) -> set[int]:
    """Ids of the subscribers to whom an earlier version of the warning went at once, alone or shared."""
    if version.kind == "issue":
        return set()
    earlier = select(col(WarningVersion.id)).where(
        col(WarningVersion.warning_id) == version.warning_id, col(WarningVersion.number) < version.number
    )
    alone = select(col(Email.subscriber_id)).where(col(Email.version_id).in_(earlier), ~_in_the_daily_mail())
    shared = select(col(DigestItem.subscriber_id)).where(
        col(DigestItem.version_id).in_(earlier), col(DigestItem.lane) == SHARED
    )
    return set(session.scalars(alone)) | set(session.scalars(shared))


def _last_at_once(session: Session, source: str, now: datetime) -> dict[int, datetime]:
    """subscriber id -> when the last mail that did not wait for the day's left, of the warnings of this source."""
    recent = (  # what is told within the window was composed then, or waited for at most another one
        select(col(WarningVersion.id))
        .join(Notice, col(Notice.id) == WarningVersion.notice_id)
        .where(col(WarningVersion.composed_at) > now - 2 * WINDOW, col(Notice.source) == source)
    )
    alone = (
        select(col(Email.subscriber_id), func.max(Email.created_at))
        .where(col(Email.version_id).in_(recent), col(Email.created_at) > now - WINDOW, ~_in_the_daily_mail())
        .group_by(col(Email.subscriber_id))
    )
    shared = (
        select(col(Digest.subscriber_id), func.max(Digest.written_at))
        .join(DigestItem, col(DigestItem.digest_id) == Digest.id)
        .where(
            col(DigestItem.version_id).in_(recent), col(Digest.lane) == SHARED, col(Digest.written_at) > now - WINDOW
        )
        .group_by(col(Digest.subscriber_id))
    )
    found: dict[int, datetime] = {}
    for person, at in (*session.execute(alone), *session.execute(shared)):
        found[person] = max(at, found.get(person, at))
    return found
