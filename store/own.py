"""A subscriber's way to its own data: the fresh links it was mailed, and its calendar's secret address."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from store.columns import Public, UTCDateTime


class OwnVisit(Public, table=True):
    """One fresh link: good once and for a short while; the visit it opened, known by the hash of its cookie."""

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id", index=True)
    asked_at: datetime = Field(sa_type=UTCDateTime)
    link_until: datetime = Field(sa_type=UTCDateTime)
    opened_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    token_hash: str | None = Field(default=None, max_length=64, unique=True)
    until: datetime | None = Field(default=None, sa_type=UTCDateTime)  # the visit's end
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class CalendarFeed(Public, table=True):
    """A private calendar address; renewing it revokes the one before."""

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id", index=True)
    made_at: datetime = Field(sa_type=UTCDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
