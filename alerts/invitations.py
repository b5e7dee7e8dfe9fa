"""Invitations to confirm a subscription: sent at once, again after two and seven days, dead after fourteen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from alerts.letters import write_letter
from alerts.subscription_words import asked_zh
from alerts.unsubscribing import end_subscriptions, token_for
from alerts.wording import day_zh
from settings import Settings
from store.bureau import Bureau
from store.clock import shanghai_day
from store.email import Email
from store.engine import reading, writing
from store.subscription import Subscriber, Subscription

KIND, STANDING = "invitation", "standing"
PURPOSE = "confirm:"
LIFE = timedelta(days=14)
AGAIN = (timedelta(days=2), timedelta(days=7))  # after the first
DAY = timedelta(days=1)
MOST_UNANSWERED = 6  # whoever does not answer so many is left alone, until QUIET has passed
QUIET = timedelta(days=90)
NOT_CONFIRMED = "not_confirmed"
_AT_ONCE = 200


def confirm_path(secret: bytes, subscription_public_id: str) -> str:
    """The path with its token: GET shows what was asked and a button, POST confirms (docs/adr/0005)."""
    return f"/confirm/{subscription_public_id}?token={token_for(secret, subscription_public_id, PURPOSE)}"


def may_invite(subscriber: Subscriber, now: datetime) -> bool:
    """At most one invitation a day to an address, and no more once several went unanswered. Pure."""
    if subscriber.invited_at is None or subscriber.invited_at + QUIET <= now:
        return True
    return subscriber.invited_at + DAY <= now and subscriber.invitations < MOST_UNANSWERED


def due_step(sent: int, first_at: datetime, now: datetime, *, enrolled: bool) -> str:
    """What is to be done about a request that waits: "end", "invite" or "". Pure.

    `sent` invitations so far, the first at `first_at`. Whom a bureau enrolled gets one invitation and no more.
    """
    if first_at + LIFE <= now:
        return "end"
    if not enrolled and 0 < sent <= len(AGAIN) and first_at + AGAIN[sent - 1] <= now:
        return "invite"
    return ""


def round_of(session: Session, subscription: Subscription) -> tuple[int, datetime]:
    """(invitations sent for this request, when the first was written).

    One that was written within the day before counts too: a request that replaced it sent none of its own.
    """
    rows = session.exec(
        select(Email.created_at)
        .where(
            Email.subscriber_id == subscription.subscriber_id,
            Email.kind == KIND,
            Email.created_at > subscription.began_at - DAY,
        )
        .order_by(col(Email.created_at))
    ).all()
    return len(rows), rows[0] if rows else subscription.began_at


def write_invitation(
    session: Session, now: datetime, settings: Settings, subscriber: Subscriber, subscription: Subscription
) -> None:
    """Write one invitation; it names the terms from our lists alone."""
    sent, first_at = round_of(session, subscription)
    until = day_zh(shanghai_day((first_at if sent else now) + LIFE))
    write_letter(
        session, now, settings, subscriber_id=subscriber.id or 0, kind=KIND, key=f"{subscription.public_id}:{sent + 1}",
        title="请确认订阅技术性贸易措施预警",
        lines=[
            _ground_zh(session, subscriber),
            *asked_zh(session, subscription, with_words=False),
            f"请打开下面的网页，按“确认订阅”。{until}前有效；不确认，订阅不生效，也不会收到任何预警邮件。",
            "如果您不认识这件事，不必理会。",
        ],
        path=confirm_path(settings.secret_bytes(), subscription.public_id),
    )  # fmt: skip
    quiet = subscriber.invited_at is not None and subscriber.invited_at + QUIET <= now
    subscriber.invitations, subscriber.invited_at = (1 if quiet else subscriber.invitations + 1), now
    session.add(subscriber)


def write_standing(session: Session, now: datetime, settings: Settings, subscriber: Subscriber) -> None:
    """Tell an address that subscribes already; the page answers like any other sign-up. At most once a day."""
    standing = session.exec(
        select(Subscription).where(Subscription.subscriber_id == subscriber.id, col(Subscription.ended_at).is_(None))
    ).all()
    said = [line for one in standing for line in asked_zh(session, one)]
    write_letter(
        session, now, settings, subscriber_id=subscriber.id or 0, kind=STANDING,
        key=f"{subscriber.public_id}:{shanghai_day(now).isoformat()}",
        title="这个邮箱已经订阅了预警",
        lines=[
            "有人用这个邮箱登记订阅。它已经订阅，不用再登记；原来的订阅没有改动：",
            *said,
            "想改产品或市场：先用下面的链接退订，再重新登记，或与当地市场监督管理局联系。",
        ],
    )  # fmt: skip


def invite_pending(engine: Engine, now: datetime, settings: Settings) -> int:
    """Send what is due again and end what was not confirmed in time; returns how many of both."""
    with reading(engine) as session:
        waiting = _waiting(session)
        due = [key for key, step in ((one.id or 0, _step(session, one, now)) for one in waiting) if step]
    for start in range(0, len(due), _AT_ONCE):
        with writing(engine) as session:
            for key in due[start : start + _AT_ONCE]:
                _do(session, now, settings, key)
    return len(due)


def _waiting(session: Session) -> Sequence[Subscription]:
    return session.exec(
        select(Subscription)
        .join(Subscriber, col(Subscriber.id) == Subscription.subscriber_id)
        .where(
            col(Subscriber.confirmed_at).is_(None),
            col(Subscriber.ended_at).is_(None),
            col(Subscription.ended_at).is_(None),
        )
        .order_by(col(Subscription.id))
    ).all()


def _step(session: Session, subscription: Subscription, now: datetime) -> str:
    subscriber = session.get_one(Subscriber, subscription.subscriber_id)
    return due_step(*round_of(session, subscription), now, enrolled=subscriber.enrolled_by_id is not None)


def _do(session: Session, now: datetime, settings: Settings, key: int) -> None:
    """Look again, now that nobody else writes: it may have been confirmed meanwhile."""
    subscription = session.get_one(Subscription, key)
    subscriber = session.exec(
        select(Subscriber).where(Subscriber.id == subscription.subscriber_id).with_for_update()
    ).one()
    if subscriber.confirmed_at is not None or subscriber.ended_at is not None or subscription.ended_at is not None:
        return
    step = _step(session, subscription, now)
    if step == "end":
        end_subscriptions(session, subscriber, now, NOT_CONFIRMED)
    elif step == "invite":
        write_invitation(session, now, settings, subscriber, subscription)


def _ground_zh(session: Session, subscriber: Subscriber) -> str:
    if subscriber.enrolled_by_id is None:
        return "有人用这个邮箱登记，订阅与下列产品有关的技术性贸易措施预警："
    bureau = session.get_one(Bureau, subscriber.enrolled_by_id)
    ground = subscriber.enrolled_ground.rstrip("。")
    return f"{bureau.name_zh}为贵企业登记了技术性贸易措施预警。登记依据：{ground}。登记的内容："
