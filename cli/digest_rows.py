"""Digests as the command line shows them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from alerts.enrolling import checked_address
from settings import TbtwatchError
from store.digest import Digest
from store.email import Email
from store.subscription import Subscriber


class UnknownSubscriber(TbtwatchError):
    """Raised when no subscriber has the given address."""


def subscriber_at(session: Session, email: str) -> Subscriber:
    """The subscriber of this address; raises UnknownSubscriber, BadEnrolment for what is no address."""
    found = session.scalars(select(Subscriber).where(col(Subscriber.email_key) == checked_address(email)[1])).first()
    if found is None:
        raise UnknownSubscriber(f"no subscriber '{email}': add it with `tbtwatch exporters add --email {email}`")
    return found


def digest_rows(session: Session, *, lane: str = "", limit: int | None = None) -> list[dict[str, Any]]:
    """The newest digests first, of one lane or of any ("")."""
    wanted = (
        select(Digest, Subscriber.email, Email.public_id)  # type: ignore[call-overload]
        .join(Subscriber, col(Subscriber.id) == Digest.subscriber_id)
        .outerjoin(Email, col(Email.id) == Digest.email_id)
    )
    if lane:
        wanted = wanted.where(col(Digest.lane) == lane)
    return [
        {
            "id": digest.public_id,
            "lane": digest.lane,
            "key": digest.key,
            "to": to,
            "entries": digest.entries,
            "planned_at": digest.planned_at,
            "written_at": digest.written_at,
            "mail": mail,
            "last_error": digest.last_error,
            "parked_at": digest.parked_at,
        }
        for digest, to, mail in session.execute(wanted.order_by(col(Digest.id).desc()).limit(limit))
    ]
