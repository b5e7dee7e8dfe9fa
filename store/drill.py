"""Drills (演练): a made-up warning through the real network, which no exporter hears of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Field, col, select

from store.columns import Public, UTCDateTime
from store.notice import DRILL, Notice
from store.warning import EXERCISE, TradeWarning, WarningVersion


class Drill(Public, table=True):
    """One drill: the exercise warning it runs on, what it is about, and who started and ended it.

    What the desks did stands in the reviews, decisions and escalations of the warning's versions, as for a real one.
    """

    id: int | None = Field(default=None, primary_key=True)
    warning_id: int = Field(foreign_key="tradewarning.id", unique=True)
    title: str = Field(max_length=200)
    started_by_id: int = Field(foreign_key="officer.id")
    started_at: datetime = Field(sa_type=UTCDateTime)
    ended_by_id: int | None = Field(default=None, foreign_key="officer.id")
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


def is_published() -> ColumnElement[bool]:
    """For lists, counts and search of `Notice`: what a source published, not what was made up for a drill."""
    return col(Notice.admitted) != DRILL


def is_no_drill() -> ColumnElement[bool]:
    """For lists and counts of `WarningVersion`: versions of actual warnings."""
    drills = select(col(TradeWarning.id)).where(TradeWarning.status == EXERCISE)
    return col(WarningVersion.warning_id).not_in(drills)
