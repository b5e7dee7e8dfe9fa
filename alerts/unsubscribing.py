"""Unsubscribing by the link in a mail: signed, never expiring, good for this one thing (docs/adr/0005)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from functools import lru_cache

from sqlalchemy import update
from sqlmodel import Session, col, select

from settings import TbtwatchError
from store.audit import write_audit
from store.email import Email
from store.following import Following
from store.subscription import Subscriber, Subscription

UNSUBSCRIBED = "unsubscribed"
_PURPOSE = "unsubscribe:"
_TOKEN_CHARS = 32  # 128 bits


class BadLink(TbtwatchError):
    """Raised when a link to unsubscribe was not made by this service, or was cut on its way."""


def token_for(secret: bytes, email_public_id: str, purpose: str = _PURPOSE) -> str:
    """The signature in the link of one mail: 32 hex characters of HMAC-SHA256 over purpose and public id."""
    signed = _begun(secret, purpose).copy()
    signed.update(email_public_id.encode())
    return signed.hexdigest()[:_TOKEN_CHARS]


@lru_cache(maxsize=64)
def _begun(secret: bytes, purpose: str) -> hmac.HMAC:
    """What all signatures for one purpose begin with: each mail has two, and this is half of their cost."""
    return hmac.new(secret, purpose.encode(), hashlib.sha256)


def unsubscribe_link(base_url: str, secret: bytes, email_public_id: str) -> str:
    """The address for the mail's text and for its List-Unsubscribe header (RFC 8058: GET asks, POST acts)."""
    return f"{base_url}/unsubscribe/{email_public_id}?token={token_for(secret, email_public_id)}"


def subscriber_of_link(session: Session, email_public_id: str, token: str, secret: bytes) -> Subscriber:
    """Whom the link speaks for; changes nothing. Raises BadLink. Compared in constant time."""
    genuine = hmac.compare_digest(token.encode(), token_for(secret, email_public_id).encode())
    found = session.exec(
        select(Subscriber)
        .join(Email, col(Email.subscriber_id) == Subscriber.id)
        .where(Email.public_id == email_public_id)
    ).first()
    if not genuine or found is None:
        raise BadLink("this link to unsubscribe is not complete: copy it whole out of the mail, or open it there again")
    return found


def unsubscribe(session: Session, email_public_id: str, token: str, now: datetime, secret: bytes) -> int:
    """End all subscriptions of the mail's subscriber, with an audit entry; returns how many ended (0: ended before).

    Raises BadLink. No mail that still waits goes out to this subscriber afterwards: sending looks again.
    """
    subscriber = subscriber_of_link(session, email_public_id, token, secret)
    if subscriber.ended_at is not None:
        return 0
    return end_subscriptions(session, subscriber, now, UNSUBSCRIBED, details={"mail": email_public_id})


def end_subscriptions(
    session: Session,
    subscriber: Subscriber,
    now: datetime,
    reason: str,
    details: dict[str, object] | None = None,
    *,
    actor: str = "subscriber",
) -> int:
    """End a subscriber and what it asked for, with the reason; rows are ended, never deleted. Returns how many."""
    ended = session.execute(
        update(Subscription)
        .where(col(Subscription.subscriber_id) == subscriber.id, col(Subscription.ended_at).is_(None))
        .values(ended_at=now, ended_reason=reason)
        .execution_options(synchronize_session="fetch")
    )
    session.execute(
        update(Following)
        .where(col(Following.subscriber_id) == subscriber.id, col(Following.ended_at).is_(None))
        .values(ended_at=now, ended_reason=reason)
        .execution_options(synchronize_session="fetch")
    )
    subscriber.ended_at, subscriber.ended_reason = now, reason
    session.add(subscriber)
    write_audit(
        session,
        now,
        action=f"subscriber.{reason}",
        object_kind="subscriber",
        object_id=subscriber.public_id,
        actor=actor,
        details=details,
    )
    return int(ended.rowcount)  # type: ignore[attr-defined]
