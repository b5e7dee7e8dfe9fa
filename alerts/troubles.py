"""Addresses that do not exist: said on two different days, a subscription ends, and its bureau has a call to make."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from alerts.calling import ADDRESS_UNKNOWN, list_call
from alerts.inserting import insert_ignoring
from alerts.officer_mails import tell_officers
from alerts.unsubscribing import end_subscriptions
from store.bureau import called_now
from store.clock import shanghai_day
from store.mail_care import AddressTrouble
from store.subscription import Exporter, Subscriber, Subscription

DAYS = 2  # a server may be wrong for a day; on a second day it is believed
KIND = "address"


def note_unknown(session: Session, subscriber_id: int, now: datetime, source: str) -> bool:
    """Count a day on which the address was said not to exist; True when that ended the subscriptions.

    `source`: answer (at the door) or bounce. Days before the latest subscription began count no more: whoever signed
    up again with the same address has shown that it works. Days are Shanghai's.
    """
    day = {"subscriber_id": subscriber_id, "day": shanghai_day(now), "at": now, "source": source}
    insert_ignoring(session, AddressTrouble, [day])
    began = select(func.max(Subscription.began_at)).where(Subscription.subscriber_id == subscriber_id)
    since = session.exec(began).one()
    counted = select(func.count()).where(col(AddressTrouble.subscriber_id) == subscriber_id)
    if since is not None:
        counted = counted.where(col(AddressTrouble.at) >= since)
    if session.exec(counted).one() < DAYS:
        return False
    subscriber = session.exec(select(Subscriber).where(Subscriber.id == subscriber_id).with_for_update()).one()
    if subscriber.ended_at is not None:
        return False
    end_subscriptions(session, subscriber, now, ADDRESS_UNKNOWN, actor="machine")
    _tell_bureau(session, subscriber, now)
    return True


def _tell_bureau(session: Session, subscriber: Subscriber, now: datetime) -> None:
    bureau_id = session.get_one(Exporter, subscriber.exporter_id).bureau_id
    list_call(
        session, now, subscriber_id=subscriber.id or 0, bureau_id=bureau_id, version_id=None, reason=ADDRESS_UNKNOWN
    )
    tell_officers(
        session,
        now,
        called_now(session, bureau_id, now),
        kind=KIND,
        key=f"{subscriber.public_id}:{shanghai_day(now)}",
        title="有企业的邮箱地址已失效，请电话联系",
        lines=[
            "对方邮件服务器在两个不同的日子都答复：这个邮箱地址不存在。系统已停止向它发送预警。",
            "请在“待致电企业”页面查看是哪家企业，打电话告知，并请企业用新的邮箱重新订阅。",
        ],
        path="/desk/calls",
    )
