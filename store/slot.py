"""Planned slots: what the timetable asks for, once each, however many clocks tick."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from store.columns import Claimable, JSONColumn, UTCDateTime


class PlannedSlot(Claimable, table=True):
    """One planned run of one job."""

    __table_args__ = (UniqueConstraint("job", "slot_at"),)

    id: int | None = Field(default=None, primary_key=True)
    job: str = Field(max_length=80)
    slot_at: datetime = Field(sa_type=UTCDateTime)
    inserted_at: datetime = Field(sa_type=UTCDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    result: dict[str, object] = Field(default_factory=dict, sa_type=JSONColumn)
