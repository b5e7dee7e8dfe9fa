"""A gathered mail as its page shows it: everything it told, as it reads today."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from alerts.digesting import entries_of
from alerts.digests import Entry
from store.digest import Digest, DigestItem


def find_digest(session: Session, public_id: str) -> Digest | None:
    """The digest of this public id, if it was sent."""
    wanted = select(Digest).where(Digest.public_id == public_id, col(Digest.email_id).is_not(None))
    return session.exec(wanted).first()


def entries_told(session: Session, digest: Digest, now: datetime) -> list[Entry]:
    """All that the digest told, beyond what had room in the mail."""
    return entries_of(session, session.exec(select(DigestItem).where(DigestItem.digest_id == digest.id)).all(), now)
