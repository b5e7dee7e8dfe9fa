"""The job reminders: firms are told of the days that come near, at most one mail a day for each person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from alerts.digesting import body_key_of
from alerts.inserting import insert_ignoring
from alerts.judging import judged_irrelevant
from alerts.letters import keep_letter
from alerts.recipients import earlier_mails
from alerts.reminder_reading import Due, Judged, due_warnings, written_today
from alerts.reminder_words import KIND, Entry, render_reminder
from alerts.rendering import Rendered
from settings import Settings
from store.clock import shanghai_day
from store.engine import reading, writing
from store.reminder import Reminder
from store.warning import WarningVersion

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
    people = [(key, list(ones)) for key, ones in groupby(sorted(due, key=_order), key=lambda one: one.subscriber_id)]
    waiting = iter([(key, ones[:MOST_ENTRIES]) for key, ones in people if key not in done])
    bodies: dict[tuple[Entry, ...], Rendered] = {}
    written = 0
    while batch := list(islice(waiting, _AT_ONCE)):
        with writing(engine) as session:
            for subscriber_id, ones in batch:
                _write(session, now, settings, subscriber_id, ones, bodies)
        written += len(batch)
    return written


def _order(due: Due) -> tuple[int, str, str]:
    return due.subscriber_id, due.entry.day.isoformat(), due.entry.headline


def _write(
    session: Session,
    now: datetime,
    settings: Settings,
    subscriber_id: int,
    ones: Sequence[Due],
    bodies: dict[tuple[Entry, ...], Rendered],
) -> None:
    """One person's mail with the rows that keep it from being written again."""
    entries = tuple(one.entry for one in ones)
    if entries not in bodies:
        bodies[entries] = render_reminder(entries, now, settings)
    key = shanghai_day(now).isoformat()
    fields = {
        "about": " ".join(one.entry.public_id for one in ones),
        "references": _references(session, subscriber_id, [one.version_id for one in ones]),
    }
    keep_letter(
        session, now, subscriber_id=subscriber_id, kind=KIND, key=key, rendered=bodies[entries],
        fields={name: value for name, value in fields.items() if value}, body_key=body_key_of(bodies[entries]),
    )  # fmt: skip
    insert_ignoring(session, Reminder, [_row(one, key, now) for one in ones])


def _row(one: Due, key: str, now: datetime) -> dict[str, Any]:
    what = {"what": one.entry.what, "day": one.entry.day, "step": one.step}
    return {"subscriber_id": one.subscriber_id, "warning_id": one.warning_id, **what, "key": key, "at": now}


def _references(session: Session, subscriber_id: int, version_ids: Sequence[int]) -> str:
    """The mails that told of these warnings: the reminder stands in their thread."""
    found: list[str] = []
    for version_id in version_ids:
        version = session.get_one(WarningVersion, version_id)
        found += earlier_mails(session, version, with_own=True, of=subscriber_id).get(subscriber_id, ())
    return " ".join(dict.fromkeys(found))
