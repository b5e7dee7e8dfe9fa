"""Candidates for specific trade concerns, each with the meeting it is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.comment_matter import Matter, matter_of
from store.bureau import ASSOCIATION, Bureau, Officer
from store.clock import days_left, shanghai_day
from store.comment import TradeConcern
from store.committee_meetings import Meeting, next_meeting
from store.warning import TradeWarning
from web.access import Who, bureaus_below


@dataclass(frozen=True)
class ConcernRow:
    """One candidate."""

    concern: TradeConcern
    matter: Matter
    bureau: Bureau


@dataclass(frozen=True)
class MeetingRows:
    """A committee's next meeting (None: the table names none) with the candidates; days to the call's end."""

    committee: str
    meeting: Meeting | None
    days_left: int | None
    rows: Sequence[ConcernRow]


def concerns_by_meeting(session: Session, who: Who, now: datetime) -> list[MeetingRows]:
    """The open candidates of the reader's line by committee; an association sees the meetings alone."""
    decides = session.get_one(Officer, who.officer_id).kind != ASSOCIATION
    rows = _rows(session, bureaus_below(session, who)) if decides else []
    found = []
    for committee in ("TBT", "SPS"):
        meeting = next_meeting(committee, shanghai_day(now))
        left = days_left(meeting.topics_until, now) if meeting else None
        found.append(MeetingRows(committee, meeting, left, [r for r in rows if r.concern.committee == committee]))
    return found


def _rows(session: Session, bureaus: list[int]) -> list[ConcernRow]:
    found = session.exec(
        select(TradeConcern, TradeWarning, Bureau)
        .join(TradeWarning, col(TradeWarning.id) == TradeConcern.warning_id)
        .join(Bureau, col(Bureau.id) == TradeConcern.bureau_id)
        .where(col(TradeConcern.withdrawn_at).is_(None), col(TradeConcern.bureau_id).in_(bureaus))
        .order_by(col(TradeConcern.proposed_at), col(TradeConcern.id))
    )
    rows = [(concern, matter_of(session, warning), bureau) for concern, warning, bureau in found]
    return [ConcernRow(concern, matter, bureau) for concern, matter, bureau in rows if matter is not None]
