"""Where the firms are whose subscriptions a thread matches: their bureaus' desks see the warning."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from alerts.facts import Facts
from store.jurisdiction import Jurisdiction
from store.subscription import INDUSTRY, Exporter, Subscriber, Subscription, SubscriptionTerm


def places_of_matched(session: Session, facts: Facts, industries: Sequence[str]) -> set[str]:
    """Codes of the jurisdictions of firms with an open subscription that this thread matches."""
    found = session.exec(
        select(Jurisdiction.code).join(Exporter, col(Exporter.jurisdiction_id) == Jurisdiction.id)
        .join(Subscriber, col(Subscriber.exporter_id) == Exporter.id)
        .join(Subscription, col(Subscription.subscriber_id) == Subscriber.id)
        .join(SubscriptionTerm, col(SubscriptionTerm.subscription_id) == Subscription.id)
        .where(SubscriptionTerm.kind == INDUSTRY, col(SubscriptionTerm.value).in_(industries),
               col(Subscription.ended_at).is_(None), col(Subscriber.ended_at).is_(None)).distinct())
    return set(found)
