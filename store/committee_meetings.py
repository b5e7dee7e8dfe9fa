"""When the WTO's TBT and SPS committees meet: data/committee_meetings.csv, which staff keep."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from settings import DATA, TbtwatchError

CALL_LEAD = timedelta(days=28)  # the national call for topics ends about four weeks before (letter of 2024-09-27)


class BrokenMeetings(TbtwatchError):
    """Raised when data/committee_meetings.csv is missing or holds a line that is no meeting."""


@dataclass(frozen=True)
class Meeting:
    """One meeting; `confirmed` is False for a date planned from earlier years."""

    committee: str  # TBT | SPS
    begins_on: date
    ends_on: date
    confirmed: bool
    note: str

    @property
    def topics_until(self) -> date:
        """The day by which the national call for topics is likely to end."""
        return self.begins_on - CALL_LEAD


def next_meeting(committee: str, today: date, meetings: Sequence[Meeting] | None = None) -> Meeting | None:
    """The first meeting whose call for topics is still open; None when the table ends before."""
    known = committee_meetings() if meetings is None else meetings
    open_ones = [m for m in known if m.committee == committee and m.topics_until >= today]
    return min(open_ones, key=lambda meeting: meeting.begins_on, default=None)


@cache
def committee_meetings(path: Path = DATA / "committee_meetings.csv") -> tuple[Meeting, ...]:
    """All meetings of the table; raises BrokenMeetings with file and line."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(_meeting(row, f"{path.name}:{line}") for line, row in enumerate(csv.DictReader(file), 2))
    except OSError as error:
        raise BrokenMeetings(f"{path.name}: {error.strerror}; restore it from the release") from None


def _meeting(row: dict[str, str], where: str) -> Meeting:
    try:
        begins, ends = date.fromisoformat(row["begins_on"]), date.fromisoformat(row["ends_on"])
        confirmed = {"yes": True, "no": False}[row["confirmed"]]
        if row["committee"] not in ("TBT", "SPS") or ends < begins:
            raise ValueError
    except (KeyError, ValueError, TypeError):
        raise BrokenMeetings(f"{where}: write committee (TBT, SPS), begins_on, ends_on, confirmed (yes, no)") from None
    return Meeting(row["committee"], begins, ends, confirmed, row.get("note") or "")
