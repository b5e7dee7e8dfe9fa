"""Reminders: which day of which warning a person was reminded of, once for each step."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from store.columns import UTCDateTime


class Reminder(SQLModel, table=True):
    """One day told once: a day that moves is another `day`, so its steps begin anew."""

    __table_args__ = (UniqueConstraint("subscriber_id", "warning_id", "what", "day", "step"),)

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id")
    warning_id: int = Field(foreign_key="tradewarning.id", index=True)
    what: str = Field(max_length=8)  # comment | adoption | force
    day: date
    step: int  # days before
    key: str = Field(max_length=80)  # of the letter that told it
    at: datetime = Field(sa_type=UTCDateTime)
