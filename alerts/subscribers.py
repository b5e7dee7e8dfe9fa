"""Where the firms are whose subscriptions a version matches: their bureaus' desks see the warning too."""

from __future__ import annotations

from sqlmodel import Session, col, select

from alerts.candidates import eu_members, hits_for
from alerts.matching import told_by
from store.jurisdiction import Jurisdiction
from store.subscription import Exporter, Subscriber
from store.warning import WarningVersion

_AT_ONCE = 10_000  # ids in one statement; SQLite binds at most 32,766 values


def places_of_matched(session: Session, version: WarningVersion) -> set[str]:
    """Codes of the jurisdictions of firms that ask for what this version tells; firms without a place are left out."""
    matched = sorted(hits_for(session, told_by(session, version), eu_members(session)))
    found: set[str] = set()
    for start in range(0, len(matched), _AT_ONCE):
        found |= set(
            session.exec(
                select(Jurisdiction.code)
                .join(Exporter, col(Exporter.jurisdiction_id) == Jurisdiction.id)
                .join(Subscriber, col(Subscriber.exporter_id) == Exporter.id)
                .where(col(Subscriber.id).in_(matched[start : start + _AT_ONCE]))
                .distinct()
            )
        )
    return found
