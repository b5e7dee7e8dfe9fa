"""Who got what before: the recipients of a matter's earlier versions, whichever warning told of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from alerts.threads import actual_warnings
from store.digest import INFORMATION, Digest, DigestItem
from store.email import Email
from store.join import joined_threads
from store.notice import Notice
from store.subscription import Match, Subscriber
from store.warning import TradeWarning, WarningVersion


def matter_of(session: Session, warning_id: int) -> tuple[int, ...]:
    """The threads that are one matter with a warning's."""
    return joined_threads(session, [session.get_one(TradeWarning, warning_id).thread_id])


def versions_before(session: Session, version: WarningVersion) -> list[int]:
    """Ids of the earlier versions of a version's matter, see `versions_of_matter`."""
    return [key for key in versions_of_matter(session, version.warning_id) if key < (version.id or 0)]


def versions_of_matter(session: Session, warning_id: int) -> list[int]:
    """Ids of all actual versions of a warning and of those joined with it, and of others that told of its notices."""
    threads = matter_of(session, warning_id)
    warnings = {warning_id, *(w.id or 0 for w in actual_warnings(session, threads))}
    notices = select(col(Notice.id)).where(col(Notice.thread_id).in_(threads))
    rows = session.scalars(
        select(col(WarningVersion.id))
        .join(TradeWarning, col(TradeWarning.id) == WarningVersion.warning_id)
        .where(
            col(TradeWarning.status) == "actual",
            or_(col(WarningVersion.warning_id).in_(warnings), col(WarningVersion.notice_id).in_(notices)),
        )
        .order_by(col(WarningVersion.id))
    )
    return [key for key in rows if key is not None]


def recipients_of(session: Session, version_ids: Sequence[int]) -> dict[int, datetime]:
    """subscriber id -> when the last of these versions that he was matched with was issued; the confirmed alone."""
    rows = session.execute(
        select(col(Match.subscriber_id), func.max(WarningVersion.issued_at))
        .join(WarningVersion, col(WarningVersion.id) == Match.version_id)
        .join(Subscriber, col(Subscriber.id) == Match.subscriber_id)
        .where(
            col(Match.version_id).in_(version_ids),
            col(Subscriber.ended_at).is_(None),
            col(Subscriber.confirmed_at).is_not(None),  # one who came back by the form has to confirm again
        )
        .group_by(col(Match.subscriber_id))
    )
    return {subscriber_id: issued_at for subscriber_id, issued_at in rows}  # noqa: C416 - rows, not pairs


def told_elsewhere(session: Session, version: WarningVersion) -> set[int]:
    """Ids of the subscribers whom a version of another warning told of the same version of the same notice."""
    same = select(col(WarningVersion.id)).where(
        col(WarningVersion.notice_id) == version.notice_id,
        col(WarningVersion.notice_number) == version.notice_number,
        col(WarningVersion.warning_id) != version.warning_id,
    )
    return set(session.scalars(select(col(Match.subscriber_id)).where(col(Match.version_id).in_(same))))


def earlier_mails(session: Session, version: WarningVersion, *, with_own: bool = False) -> dict[int, list[str]]:
    """subscriber id -> public ids of the mails that told of earlier versions of this warning, the first first.

    `with_own`: of this version too.
    """
    if version.number == 1 and not with_own:
        return {}
    last = version.number if with_own else version.number - 1
    earlier = select(col(WarningVersion.id)).where(
        col(WarningVersion.warning_id) == version.warning_id, col(WarningVersion.number) <= last
    )
    single = select(col(Email.id)).where(col(Email.version_id).in_(earlier))
    gathered = (
        select(col(Digest.email_id))
        .join(DigestItem, col(DigestItem.digest_id) == Digest.id)
        .where(col(DigestItem.version_id).in_(earlier), col(DigestItem.lane) != INFORMATION)
    )
    rows = session.execute(
        select(col(Email.subscriber_id), col(Email.public_id))
        .where(or_(col(Email.id).in_(single), col(Email.id).in_(gathered)))
        .order_by(col(Email.id))
    )
    found: dict[int, list[str]] = {}
    for subscriber_id, public_id in rows:
        found.setdefault(subscriber_id, []).append(public_id)
    return found


def newcomers(session: Session, version: WarningVersion, subscriber_ids: Sequence[int]) -> set[int]:
    """Those of the subscribers whom no earlier version of the matter reached: for them it is a first issue."""
    return set(subscriber_ids) - set(recipients_of(session, versions_before(session, version)))
