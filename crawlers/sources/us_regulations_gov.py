"""Documents of regulations.gov: instants into the days of Washington, and withdrawals."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from crawlers.formats import Record
from crawlers.paths import at

READ = frozenset({"attributes"})
WASHINGTON = ZoneInfo("America/New_York")


def prepare(record: Record) -> Record:
    """The record with the days `posted` and `closes`, and the reason why it stands there again."""
    return {
        **record,
        "posted": day_in_washington(at(record, "attributes.postedDate")),
        "closes": day_in_washington(at(record, "attributes.commentEndDate")),
        "reason": "withdrawn" if at(record, "attributes.withdrawn") is True else "",
    }


def day_in_washington(text: object) -> str:
    """'2026-08-04T03:59:59Z' is the end of 3 August there; what is no instant stays as it is."""
    try:
        instant = datetime.fromisoformat(str(text or ""))
    except ValueError:
        return str(text or "")
    return instant.astimezone(WASHINGTON).date().isoformat() if instant.tzinfo else str(text)
