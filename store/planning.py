"""Planned slots: inserted once under a unique key however many schedulers run, done once, tried again when failed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, col, select

from store.clock import Clock, system_clock
from store.crawl import SourceState
from store.engine import reading, writing
from store.slot import PlannedSlot
from store.timetable import jitter, latest_slot, retry_slot
from store.work import claim, fail, finish, release_dead

log = logging.getLogger(__name__)

SLOTS_LOCK = 0x7462_7473  # "tbts"
NEEDS_KEY = "needs_key"  # a source without its key is not tried again before its time


@dataclass(frozen=True)
class Job:
    """One line of the timetable: a name, when (cron, Asia/Shanghai), and what to do at the slot."""

    name: str
    cron: str
    run: Callable[[], dict[str, Any]]
    lease: timedelta = timedelta(minutes=10)
    source: str = ""  # of a crawl: tried again earlier while it fails
    jitter_s: int = 0


def due_slots(job: Job, failing_since: datetime | None, now: datetime) -> list[datetime]:
    """The instants at which `job` should have begun by now: its latest planned one, and a retry while it fails.

    Missed slots before the latest are not made up one by one: a crawl or a sweep covers what they would have.
    """
    slot = latest_slot(job.cron, now)
    again = retry_slot(failing_since, now) if failing_since and job.source else None
    planned = [slot] if slot and slot + jitter(job.name, slot, job.jitter_s) <= now else []
    return planned + ([again] if again else [])


def plan_due(engine: Engine, jobs: Sequence[Job], now: datetime) -> int:
    """Insert the due slots of each job unless they stand already; returns how many were new."""
    with reading(engine) as session:
        failing: dict[str, datetime] = dict(
            session.exec(
                select(SourceState.source, SourceState.failing_since).where(
                    col(SourceState.failing_since).is_not(None), col(SourceState.status) != NEEDS_KEY
                )
            ).all()  # type: ignore[arg-type]
        )
        rows = [
            {"job": job.name, "slot_at": slot, "inserted_at": now, "attempts": 0, "result": {}}
            for job in jobs
            for slot in due_slots(job, failing.get(job.source), now)
        ]
        standing = select(PlannedSlot.job, PlannedSlot.slot_at).where(
            col(PlannedSlot.job).in_([row["job"] for row in rows])
        )
        known = {tuple(pair) for pair in session.exec(standing)}
    fresh = [row for row in rows if (row["job"], row["slot_at"]) not in known]
    if not fresh:
        return 0  # no write, so no nudge
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    with writing(engine) as session:
        table = SQLModel.metadata.tables["plannedslot"]
        statement = (
            dialect.insert(table).on_conflict_do_nothing(index_elements=["job", "slot_at"]).returning(table.c.id)
        )
        return sum(len(session.connection().execute(statement, row).all()) for row in fresh)


def run_next_slot(engine: Engine, jobs: Sequence[Job], clock: Clock) -> str | None:
    """Run the oldest planned slot that is free; returns its job's name, None when there is none."""
    by_name = {job.name: job for job in jobs}
    if not by_name:
        return None
    with writing(engine) as session:
        release_dead(session, PlannedSlot)
        if engine.dialect.name == "postgresql":  # one choice after the other, as on SQLite
            session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": SLOTS_LOCK})
        running = aliased(PlannedSlot)  # a retry and a planned visit may be due at once: never two of one job together
        held = select(running.job).where(
            col(running.done_at).is_(None),
            col(running.claimed_by).is_not(None),
            col(running.claimed_until) > system_clock(),
        )
        pending = (
            col(PlannedSlot.done_at).is_(None) & col(PlannedSlot.job).in_(by_name) & col(PlannedSlot.job).not_in(held)
        )
        lease = max(job.lease for job in jobs)
        taken = claim(session, PlannedSlot, pending, limit=1, order_by=[col(PlannedSlot.slot_at)], lease=lease)
        slot = session.get(PlannedSlot, taken[0]) if taken else None
    if slot is None or slot.id is None:
        return None
    try:
        result = by_name[slot.job].run()
    except Exception as error:  # the boundary: whatever a job raises is told to the operators, the others go on
        log.exception("job %s, slot %s failed", slot.job, slot.slot_at)
        with writing(engine) as session:
            fail(session, PlannedSlot, slot.id, f"{type(error).__name__}: {error}")
        return slot.job
    with writing(engine) as session:
        session.execute(update(PlannedSlot).where(PlannedSlot.id == slot.id).values(done_at=clock(), result=result))  # type: ignore[arg-type]
        finish(session, PlannedSlot, [slot.id])
    return slot.job
