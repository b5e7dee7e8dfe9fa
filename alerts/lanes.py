"""By which lane a warning reaches a person: at once, with others of its source, or in the mail of a day. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.rhythms import next_warnings_at
from store.digest import DAILY, SHARED

URGENT = ("red", "orange")  # the colours that do not wait
WINDOW = timedelta(minutes=30)
AT_ONCE = ""


def lane_of(severity: str, earlier_at_once: bool, last_at_once: datetime | None, now: datetime) -> tuple[str, datetime]:
    """(AT_ONCE, SHARED or DAILY, the instant at which its mail is due).

    Red and orange go at once, and so does what follows a warning that went at once to this person
    (`earlier_at_once`). Half an hour begins with each mail that goes at once (`last_at_once`: the last of this source
    to this person); what comes within it waits for its end and shares one mail. So two such mails are never closer
    than half an hour, and nothing urgent waits longer.
    """
    if severity not in URGENT and not earlier_at_once:
        return DAILY, next_warnings_at(now)
    if last_at_once is not None and last_at_once + WINDOW > now:
        return SHARED, last_at_once + WINDOW
    return AT_ONCE, now
