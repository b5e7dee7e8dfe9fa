"""Confirming a sign-up by the link in its invitation: opening it changes nothing, the button does."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.consent import VERSION
from alerts.invitations import LIFE, PURPOSE, round_of
from alerts.signing_up import note
from alerts.unsubscribing import BadLink, token_for
from alerts.welcoming import write_welcome
from settings import Settings
from store.subscription import Subscriber, Subscription

WAITING, CONFIRMED, DEAD = "waiting", "confirmed", "dead"


@dataclass(frozen=True)
class Request:
    """What a link to confirm stands for now; `subscription` is the newest request of its address."""

    subscriber: Subscriber
    subscription: Subscription
    state: str  # waiting | confirmed | dead


def request_of_link(
    session: Session, public_id: str, token: str, secret: bytes, now: datetime, *, hold: bool = False
) -> Request:
    """Changes nothing. Raises BadLink. Compared in constant time; `hold` keeps other writers from the subscriber."""
    genuine = hmac.compare_digest(token.encode(), token_for(secret, public_id, PURPOSE).encode())
    named = session.exec(select(Subscription).where(Subscription.public_id == public_id)).first()
    if not genuine or named is None:
        raise BadLink("this link to confirm is not complete: copy it whole out of the mail, or open it there again")
    wanted = select(Subscriber).where(Subscriber.id == named.subscriber_id)
    subscriber = session.exec(wanted.with_for_update() if hold else wanted).one()
    newest = session.exec(
        select(Subscription)
        .where(Subscription.subscriber_id == subscriber.id, col(Subscription.ended_at).is_(None))
        .order_by(col(Subscription.id).desc())
    ).first()
    return Request(subscriber, newest or named, _state(session, subscriber, newest, now))


def confirm(session: Session, public_id: str, token: str, now: datetime, settings: Settings) -> Request:
    """Confirm what waits, keep the consent, and write the first letter: what is open now. Twice is once.

    Raises BadLink. A dead request stays dead.
    """
    found = request_of_link(session, public_id, token, settings.secret_bytes(), now, hold=True)
    if found.state != WAITING:
        return found
    subscriber = found.subscriber
    subscriber.confirmed_at, subscriber.invitations = now, 0
    if subscriber.consent_at is None or subscriber.consent_version != VERSION:
        subscriber.consent_at, subscriber.consent_version = now, VERSION
    session.add(subscriber)
    note(session, now, "subscription.begin", found.subscription, subscriber)
    write_welcome(session, now, settings, subscriber, found.subscription)
    return Request(subscriber, found.subscription, CONFIRMED)


def _state(session: Session, subscriber: Subscriber, newest: Subscription | None, now: datetime) -> str:
    if newest is None or subscriber.ended_at is not None:
        return DEAD
    if subscriber.confirmed_at is not None:
        return CONFIRMED
    _, first_at = round_of(session, newest)
    return WAITING if now < first_at + LIFE else DEAD
