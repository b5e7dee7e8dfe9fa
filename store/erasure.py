"""Taking an address out of the store: what was sent to whom for which reason stays, without the address (PIPL 47)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from store.email import PENDING, DeliveryAttempt, Email
from store.following import Following
from store.own import CalendarFeed, OwnVisit
from store.subscription import Subscriber

ERASED = "erased:"  # what stands in place of the key; no address has a colon before its @


def remove_address(session: Session, subscriber: Subscriber, now: datetime) -> None:
    """Remove address and telephone, and the servers' answers, which may repeat the address.

    Subscriptions are ended by the caller; followings, visits and calendars end here.
    """
    subscriber.email, subscriber.email_key, subscriber.mobile = "", ERASED + subscriber.public_id, ""
    subscriber.erased_at = now
    subscriber.ended_at = subscriber.ended_at or now
    session.add(subscriber)
    mails = select(Email.id).where(Email.subscriber_id == subscriber.id)
    _set(session, DeliveryAttempt, col(DeliveryAttempt.email_id).in_(mails), smtp_text="")
    _set(session, Email, (col(Email.subscriber_id) == subscriber.id) & (col(Email.state) != PENDING), last_error=None)
    mine, open_ones = col(Following.subscriber_id) == subscriber.id, col(Following.ended_at).is_(None)
    _set(session, Following, mine & open_ones, ended_at=now, ended_reason="erased")
    mine, open_ones = col(OwnVisit.subscriber_id) == subscriber.id, col(OwnVisit.ended_at).is_(None)
    _set(session, OwnVisit, mine & open_ones, ended_at=now)
    mine, open_ones = col(CalendarFeed.subscriber_id) == subscriber.id, col(CalendarFeed.revoked_at).is_(None)
    _set(session, CalendarFeed, mine & open_ones, revoked_at=now)
    session.flush()


def _set(session: Session, table: type, which: object, **values: object) -> None:
    session.execute(update(table).where(which).values(**values).execution_options(synchronize_session=False))  # type: ignore[arg-type]
