"""The job reminders: firms are told of the days that come near, at most one mail a day for each person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from alerts.digesting import body_key_of
from alerts.inserting import insert_ignoring
from alerts.judging import judged_irrelevant
from alerts.letters import keep_letters
from alerts.reminder_reading import Due, Judged, due_warnings, written_today
from alerts.reminder_words import KIND, Entry, render_reminder
from alerts.rendering import Rendered
from settings import Settings
from store.clock import shanghai_day
from store.engine import reading, writing
from store.reminder import Reminder

MOST_ENTRIES = 20  # in one mail; what does not fit waits for the next morning
_AT_ONCE = 200  # letters in one transaction


def write_reminders(engine: Engine, now: datetime, settings: Settings, judged: Judged = judged_irrelevant) -> int:
    """Write the reminders that are due on the Shanghai day of `now`; returns how many mails.

    A second run on the same day writes none. Nobody is reminded of a warning that is cancelled, that he judged
    irrelevant (`judged`: of these subscribers those, for this warning) or that he commented on (its comment day), and
    nobody who has left.
    """
    today = shanghai_day(now)
    with reading(engine) as session:
        due = due_warnings(session, now, judged)
        done = written_today(session, KIND, today.isoformat())
    people: dict[int, list[Due]] = {}
    for one in sorted(due, key=_order):
        people.setdefault(one.subscriber_id, []).append(one)
    alike: dict[tuple[Entry, ...], list[list[Due]]] = {}  # who reads the same
    for person, ones in people.items():
        if person not in done:
            told = ones[:MOST_ENTRIES]
            alike.setdefault(tuple(one.entry for one in told), []).append(told)
    for entries, readers in alike.items():
        rendered = render_reminder(entries, now, settings)
        for start in range(0, len(readers), _AT_ONCE):
            with writing(engine) as session:
                _write(session, now, rendered, readers[start : start + _AT_ONCE])
    return sum(map(len, alike.values()))


def _order(due: Due) -> tuple[str, str]:
    return due.entry.day.isoformat(), due.entry.headline


def _write(session: Session, now: datetime, rendered: Rendered, readers: Sequence[Sequence[Due]]) -> None:
    """The mails of those who read the same, with the rows that keep them from being written again."""
    key = shanghai_day(now).isoformat()
    fields = {ones[0].subscriber_id: _fields(ones) for ones in readers}
    keep_letters(session, now, kind=KIND, key=key, rendered=rendered, fields=fields, body_key=body_key_of(rendered))
    insert_ignoring(session, Reminder, [_row(one, key, now) for ones in readers for one in ones])


def _fields(ones: Sequence[Due]) -> dict[str, str]:
    """The reader's own: the warnings in order, and the mails that told of them, in whose thread the reminder stands."""
    before = " ".join(dict.fromkeys(name for one in ones for name in one.before))
    return {"about": " ".join(one.entry.public_id for one in ones)} | ({"references": before} if before else {})


def _row(one: Due, key: str, now: datetime) -> dict[str, Any]:
    what = {"what": one.entry.what, "day": one.entry.day, "step": one.step}
    return {"subscriber_id": one.subscriber_id, "warning_id": one.warning_id, **what, "key": key, "at": now}
