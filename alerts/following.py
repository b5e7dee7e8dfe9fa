"""关注此件: following one notice and its addenda, without a subscription. It begins by the letter's button."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from alerts.enrolling import bureau_for, checked_address
from alerts.letters import keep_letter
from alerts.own_links import is_opened_by
from alerts.places import place
from alerts.rendering import render_note
from settings import Settings, TbtwatchError
from store.audit import write_audit
from store.clock import shanghai_day
from store.following import Following
from store.subscription import Exporter, Subscriber

KIND = "follow"
PAGE = "/follow/"
LINK_LIVES = timedelta(days=14)
MOST_A_DAY = 3  # letters to one address that nobody has confirmed: no stranger's mailbox is flooded
REASON = "您关注了此件。"
STOPPED, UNSUBSCRIBED = "stopped", "unsubscribed"
CONSENT = "follow-1"  # the version of the sentence about data on the page


class BadFollowLink(TbtwatchError):
    """Raised when a link to follow is cut, foreign or older than fourteen days."""


def ask_to_follow(session: Session, now: datetime, settings: Settings, email: str, thread_id: int) -> None:
    """Write the letter with the button. Raises BadEnrolment for what is no address; says nothing of known ones."""
    address, key = checked_address(email)
    subscriber = session.exec(select(Subscriber).where(Subscriber.email_key == key)).first()
    if subscriber is None:
        subscriber = _add_unconfirmed(session, now, address, key)
    since = Following.asked_at > now - timedelta(days=1)
    asked = select(func.count()).where(Following.subscriber_id == subscriber.id, since)
    if session.exec(asked).one() >= MOST_A_DAY or _open(session, subscriber.id or 0, thread_id):
        return
    row = Following(subscriber_id=subscriber.id or 0, thread_id=thread_id, asked_at=now)
    session.add(row)
    session.flush()
    title = "请确认：关注一件公告"
    lines = ["有人用这个邮箱要求关注一件公告及其后续。是您本人的，请打开下面的网页，按一下按钮；不是，请不用理会。"]
    rendered = render_note(title, lines, page_url=place("open"), now=now, is_demo=settings.is_demo)
    keep_letter(
        session, now, subscriber_id=row.subscriber_id, kind=KIND, key=row.public_id, rendered=rendered,
        fields={"path": PAGE + row.public_id}, body_key=shanghai_day(now).isoformat(),
    )  # fmt: skip


def following_of_link(session: Session, public_id: str, token: str, now: datetime, secret: bytes) -> Following:
    """What a link would begin; changes nothing. Raises BadFollowLink."""
    genuine = is_opened_by(secret, PAGE + public_id, token)
    row = session.exec(select(Following).where(Following.public_id == public_id)).first()
    if not genuine or row is None or row.ended_at is not None or now > row.asked_at + LINK_LIVES:
        raise BadFollowLink("this link is not complete, or older than fourteen days: ask again on the page")
    return row


def begin_following(session: Session, public_id: str, token: str, now: datetime, secret: bytes) -> Following:
    """Begin; pressing twice is pressing once. Raises BadFollowLink.

    A subscription that still waits for its own confirmation is not confirmed by this.
    """
    row = following_of_link(session, public_id, token, now, secret)
    if row.began_at is not None:
        return row
    subscriber = session.get_one(Subscriber, row.subscriber_id)
    if subscriber.consent_at is None:
        subscriber.consent_at, subscriber.consent_version = now, CONSENT
    subscriber.ended_at, subscriber.ended_reason = None, ""
    row.began_at = now
    session.add_all([subscriber, row])
    _audit(session, now, row, "following.begin")
    return row


def stop_following(session: Session, now: datetime, row: Following, reason: str = STOPPED) -> None:
    """End one; it stays as a row."""
    row.ended_at, row.ended_reason = now, reason
    session.add(row)
    _audit(session, now, row, "following.end")


def followers_of(session: Session, thread_ids: tuple[int, ...]) -> list[int]:
    """Ids of the subscribers who follow one of these threads."""
    rows = session.exec(
        select(Following.subscriber_id)
        .join(Subscriber, col(Subscriber.id) == Following.subscriber_id)
        .where(
            col(Following.thread_id).in_(thread_ids),
            col(Following.began_at).is_not(None),
            col(Following.ended_at).is_(None),
            col(Subscriber.ended_at).is_(None),
        )
        .distinct()
    )
    return sorted(rows)


def _open(session: Session, subscriber_id: int, thread_id: int) -> bool:
    mine = (Following.subscriber_id == subscriber_id, Following.thread_id == thread_id)
    began = col(Following.began_at).is_not(None) & col(Following.ended_at).is_(None)
    return session.exec(select(Following.id).where(*mine, began)).first() is not None


def _add_unconfirmed(session: Session, now: datetime, address: str, key: str) -> Subscriber:
    exporter = Exporter(bureau_id=bureau_for(session, None).id or 0, created_at=now)
    session.add(exporter)
    session.flush()
    subscriber = Subscriber(exporter_id=exporter.id or 0, email=address, email_key=key, created_at=now)
    session.add(subscriber)
    session.flush()
    return subscriber


def _audit(session: Session, now: datetime, row: Following, action: str) -> None:
    write_audit(
        session, now, action=action, object_kind="following", object_id=row.public_id, actor="subscriber",
        details={"reason": row.ended_reason} if row.ended_reason else None,
    )  # fmt: skip
