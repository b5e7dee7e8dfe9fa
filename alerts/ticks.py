"""What is off unless a subscriber asked for it: news of standards, and publications that only ask for opinions."""

from __future__ import annotations

from collections.abc import Collection

from sqlmodel import Session, col, select

from alerts.facts import Facts
from store.subscription import Subscriber

# Publications that ask the public for opinions before a measure is drafted; what binds comes by other publications.
CONSULTATIONS = ("eu_have_your_say_initiatives", "jp_egov_public_comments", "uk_govuk_consultations")
_AT_ONCE = 10_000  # ids in one statement; SQLite binds at most 32,766 values


def tick_for(facts: Facts, source: str) -> str:
    """The column of Subscriber that must be set for this notice; "" when it is for everybody."""
    if facts["kind"] == "standard":
        return "wants_standards"
    return "wants_consultations" if source in CONSULTATIONS else ""


def who_wants(session: Session, subscriber_ids: Collection[int], tick: str) -> set[int]:
    """Those of the subscribers who set the column `tick`; all when it is ""."""
    if not tick:
        return set(subscriber_ids)
    asked, found = sorted(subscriber_ids), set[int]()
    for start in range(0, len(asked), _AT_ONCE):
        some = col(Subscriber.id).in_(asked[start : start + _AT_ONCE])
        found |= {key or 0 for key in session.exec(select(Subscriber.id).where(some, getattr(Subscriber, tick)))}
    return found
