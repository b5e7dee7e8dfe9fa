"""Reviews: one bureau's look at one warning version; decisions beside the suggestion; escalations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from store.columns import JSONColumn, Public, UTCDateTime

OPEN, DECIDED, ESCALATED, CLOSED = "open", "decided", "escalated", "closed"


class Review(Public, table=True):
    """One bureau's look (研判). `revision` grows with each change, so that a stale page cannot decide."""

    __table_args__ = (UniqueConstraint("version_id", "bureau_id"),)

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="warningversion.id", index=True)
    bureau_id: int = Field(foreign_key="bureau.id", index=True)
    is_lead: bool = Field(default=False)
    reasons: list[str] = Field(default_factory=list, sa_type=JSONColumn)  # why this bureau, in words
    state: str = Field(default=OPEN, max_length=10, index=True)
    revision: int = Field(default=1)
    opened_at: datetime = Field(sa_type=UTCDateTime)
    due_at: datetime = Field(sa_type=UTCDateTime, index=True)
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closed_reason: str = Field(default="", max_length=200)


class Decision(Public, table=True):
    """What an officer decided in a review: kept beside what the machine suggested, never over it."""

    id: int | None = Field(default=None, primary_key=True)
    review_id: int = Field(foreign_key="review.id", unique=True)
    officer_id: int = Field(foreign_key="officer.id")
    at: datetime = Field(sa_type=UTCDateTime)
    kind: str = Field(max_length=8)  # accept | dismiss | correct
    industries_before: list[str] = Field(default_factory=list, sa_type=JSONColumn)  # slugs
    industries_after: list[str] = Field(default_factory=list, sa_type=JSONColumn)
    advice: str = Field(default="")  # local advice, shown to this bureau's firms
    note: str = Field(default="")  # for colleagues


class Escalation(SQLModel, table=True):
    """A review passed up a tier, with the reason."""

    id: int | None = Field(default=None, primary_key=True)
    from_review_id: int = Field(foreign_key="review.id", unique=True)
    to_review_id: int | None = Field(default=None, foreign_key="review.id")  # None: nobody above, the warning went out
    reason: str = Field(max_length=300)
    at: datetime = Field(sa_type=UTCDateTime)
