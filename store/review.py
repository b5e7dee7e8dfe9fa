"""Reviews: one bureau's look at one warning version; decisions beside the suggestion; escalations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
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
    remind_at: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)  # half time
    reminded_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closed_reason: str = Field(default="", max_length=200)


class Decision(Public, table=True):
    """What an officer decided in a review: kept beside what the machine suggested, never over it.

    One that is taken back before its mails left (待发) stays as a row; a review has one that was not.
    """

    __table_args__ = (
        Index(
            "uq_decision_review",
            "review_id",
            unique=True,
            sqlite_where=text("taken_back_at IS NULL"),
            postgresql_where=text("taken_back_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    review_id: int = Field(foreign_key="review.id")
    officer_id: int = Field(foreign_key="officer.id")
    at: datetime = Field(sa_type=UTCDateTime)
    kind: str = Field(max_length=8)  # accept | dismiss | correct
    industries_before: list[str] = Field(default_factory=list, sa_type=JSONColumn)  # slugs
    industries_after: list[str] = Field(default_factory=list, sa_type=JSONColumn)
    advice: str = Field(default="")  # local advice, shown to this bureau's firms
    note: str = Field(default="")  # for colleagues
    states_before: dict[str, object] = Field(default_factory=dict, sa_type=JSONColumn)  # what taking back restores
    call_firms: str = Field(default="")  # firms the bureau means to call, for its own line
    taken_back_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Escalation(SQLModel, table=True):
    """A review passed up a tier, with the reason."""

    id: int | None = Field(default=None, primary_key=True)
    from_review_id: int = Field(foreign_key="review.id", unique=True)
    to_review_id: int | None = Field(default=None, foreign_key="review.id")  # None: nobody above, the warning went out
    reason: str = Field(max_length=300)
    at: datetime = Field(sa_type=UTCDateTime)


class Signature(SQLModel, table=True):
    """One officer's signature under a red version: it leaves on the second one, given at whatever tier."""

    __table_args__ = (UniqueConstraint("version_id", "officer_id"),)

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="warningversion.id", index=True)
    officer_id: int = Field(foreign_key="officer.id")
    decision_id: int = Field(foreign_key="decision.id")
    at: datetime = Field(sa_type=UTCDateTime)


# States of a proposal.
PROPOSED, CONFIRMED, OBJECTED, SETTLED, WITHDRAWN = "proposed", "confirmed", "objected", "settled", "withdrawn"


class Proposal(Public, table=True):
    """What a lead would take away (牵头单位建议): binds its own county; all, once confirmed or not objected to."""

    id: int | None = Field(default=None, primary_key=True)
    decision_id: int = Field(foreign_key="decision.id", unique=True)
    version_id: int = Field(foreign_key="warningversion.id", index=True)
    bureau_id: int = Field(foreign_key="bureau.id")
    kind: str = Field(max_length=8)  # dismiss | remove
    industries: list[str] = Field(default_factory=list, sa_type=JSONColumn)  # slugs that would be taken away
    state: str = Field(default=PROPOSED, max_length=10, index=True)
    made_at: datetime = Field(sa_type=UTCDateTime)
    settles_at: datetime = Field(sa_type=UTCDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    settled_by_id: int | None = Field(default=None, foreign_key="officer.id")  # None: nobody objected in time
