"""What a subscriber chooses about its digests: how often, and what is off unless asked for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from alerts.rhythms import checked_rhythm, next_slot
from store.audit import write_audit
from store.digest import INFORMATION, DigestItem
from store.subscription import Subscriber


def choose_digests(
    session: Session,
    subscriber: Subscriber,
    now: datetime,
    *,
    rhythm: str | None = None,
    standards: bool | None = None,
    consultations: bool | None = None,
    actor: str = "operator",
) -> bool:
    """Set what is not None, with its audit entry; says whether anything changed. Raises UnknownRhythm.

    What waits already comes at the next slot of the new rhythm.
    """
    asked = {
        "digest_rhythm": checked_rhythm(rhythm) if rhythm is not None else None,
        "wants_standards": standards,
        "wants_consultations": consultations,
    }
    changed = {name: value for name, value in asked.items() if value is not None and getattr(subscriber, name) != value}
    if not changed:
        return False
    for name, value in changed.items():
        setattr(subscriber, name, value)
    session.add(subscriber)
    if "digest_rhythm" in changed:
        waiting = (
            col(DigestItem.subscriber_id) == subscriber.id,
            col(DigestItem.lane) == INFORMATION,
            col(DigestItem.settled_at).is_(None),
        )
        later = update(DigestItem).where(*waiting).values(due_at=next_slot(subscriber.digest_rhythm, now))
        session.execute(later.execution_options(synchronize_session=False))
    write_audit(
        session,
        now,
        action="subscriber.digests",
        object_kind="subscriber",
        object_id=subscriber.public_id,
        actor=actor,
        details=dict(changed),
    )
    return True
