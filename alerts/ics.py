"""Days for a calendar programme: an iCalendar file (RFC 5545) of whole-day events. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from icalendar import Alarm, Calendar, Event

Dated = tuple[str, date, str, str, str]  # (uid, day, summary, description, address)
PRODUCT = "-//tbtwatch//dates//ZH"
_REMIND = timedelta(hours=-15)  # a whole day begins at midnight: 09:00 on the day before


def calendar_of(dates: Sequence[Dated], *, stamp: datetime | None = None) -> bytes:
    """The file for these days, UTF-8 with CRLF and folded lines; b"" when there are none.

    `uid` names an event for good: a later file moves it in the reader's calendar, since its SEQUENCE (minutes since
    1970) is higher (RFC 5545, 3.8.7.4). `stamp` is when the file was made; without it equal days give equal bytes.
    """
    if not dates:
        return b""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    for one in dates:
        calendar.add_component(_event(one, (stamp or datetime(1970, 1, 1, tzinfo=UTC)).astimezone(UTC)))
    return bytes(calendar.to_ical())


def _event(dated: Dated, stamp: datetime) -> Event:
    uid, day, summary, description, url = dated
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", stamp)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))  # the day after the last one, RFC 5545 3.6.1
    event.add("summary", summary)
    event.add("description", description)
    event.add("url", url)
    event.add("sequence", int(stamp.timestamp()) // 60)
    event.add("transp", "TRANSPARENT")  # nobody is busy because of it
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", _REMIND)
    event.add_component(alarm)
    return event
