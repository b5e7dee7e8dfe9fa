"""Following: updates of one notice and its addenda without a subscription (关注此件)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from store.columns import Public, UTCDateTime


class Following(Public, table=True):
    """One address and one thread. It begins when its letter is confirmed, and ends with a reason."""

    __table_args__ = (Index("ix_following_of", "thread_id", "subscriber_id"),)

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id", index=True)
    thread_id: int = Field(foreign_key="noticethread.id")
    asked_at: datetime = Field(sa_type=UTCDateTime)
    began_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_reason: str = Field(default="", max_length=40)
