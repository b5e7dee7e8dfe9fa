"""Changing what a subscriber asked for: a subscription ends with the reason "changed", and a new one begins."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from alerts.enrolling import Terms
from store.audit import write_audit
from store.subscription import HS, INDUSTRY, WORD, Subscriber, Subscription, SubscriptionTerm

CHANGED = "changed"
FLOORS = {"": "全部级别", "yellow": "黄色及以上", "orange": "橙色和红色", "red": "只收红色"}


def open_subscriptions(session: Session, subscriber: Subscriber) -> list[tuple[Subscription, Terms]]:
    """What a subscriber asks for now, the oldest first, with the terms."""
    rows = session.exec(
        select(Subscription)
        .where(Subscription.subscriber_id == subscriber.id, col(Subscription.ended_at).is_(None))
        .order_by(col(Subscription.id))
    ).all()
    return [(row, terms_in(session, row)) for row in rows]


def terms_in(session: Session, subscription: Subscription) -> Terms:
    """The terms of a subscription, open or ended."""
    rows = session.exec(select(SubscriptionTerm).where(SubscriptionTerm.subscription_id == subscription.id))
    return frozenset((term.kind, term.value) for term in rows)


def replace_subscription(
    session: Session,
    now: datetime,
    subscription: Subscription,
    terms: Terms,
    *,
    said: str | None = None,
    floor: str | None = None,
) -> Subscription | None:
    """End a subscription and begin one for these terms; the new one, or None when no term is left that asks.

    `said` and `floor` (a key of FLOORS) stay what they are when None. The very same again changes nothing. Which
    mail or page asked for it stands nowhere: the audit entry names the two subscriptions.
    """
    said = subscription.said if said is None else said
    floor = subscription.severity_floor if floor is None else floor
    if (terms, said, floor) == (terms_in(session, subscription), subscription.said, subscription.severity_floor):
        return subscription
    subscription.ended_at, subscription.ended_reason = now, CHANGED
    session.add(subscription)
    asks = any(kind in (INDUSTRY, HS, WORD) for kind, _ in terms)
    new = begin_subscription(session, now, subscription.subscriber_id, terms, said, floor) if asks else None
    write_audit(
        session,
        now,
        action="subscription.change",
        object_kind="subscription",
        object_id=subscription.public_id,
        actor="subscriber",
        details={"begun": new.public_id if new else "", "terms": [list(term) for term in sorted(terms)]},
    )
    return new


def begin_subscription(
    session: Session, now: datetime, subscriber_id: int, terms: Terms, said: str = "", floor: str = ""
) -> Subscription:
    """A new subscription with its terms; the caller writes the audit entry."""
    new = Subscription(subscriber_id=subscriber_id, said=said, severity_floor=floor, began_at=now)
    session.add(new)
    session.flush()
    session.add_all(
        SubscriptionTerm(subscription_id=new.id or 0, kind=kind, value=value) for kind, value in sorted(terms)
    )
    session.flush()
    return new
