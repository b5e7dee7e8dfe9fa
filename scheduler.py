"""The timetable: what runs when, in Asia/Shanghai, and the loops that do it.

The clock only inserts planned slots under a unique key, so several schedulers do no harm and a restart catches up.
Stages follow each commit (a nudge); a slow tick is the safety net.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Engine, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, col, select

from settings import TbtwatchError
from store.clock import SHANGHAI, Clock, system_clock
from store.crawl import SourceState
from store.engine import reading, writing
from store.nudge import listening
from store.retention import forget_old
from store.slot import PlannedSlot
from store.timetable import jitter, latest_slot, retry_slot
from store.work import claim, fail, finish, release_dead

if TYPE_CHECKING:
    from classifier.mapping import MappingCache
    from classifier.publishing import ModelCache
    from settings import Settings

log = logging.getLogger(__name__)

STAGES_TICK_S = 30.0  # the safety net behind the nudges
SLOTS_LOCK = 0x7462_7473  # "tbts"
SLOT_LOOPS = 3  # crawls side by side: one that hangs until its deadline must not hold up the others
NEEDS_KEY = "needs_key"  # a source without its key is not tried again before its time
CRAWL_GRACE = timedelta(minutes=2)  # a crawl ends itself at its deadline; its claim lives a little longer


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


def run_stages(
    engine: Engine,
    now: datetime,
    settings: Settings,
    cache: MappingCache | None = None,
    models: ModelCache | None = None,
) -> dict[str, int]:
    """Run every pending stage until nothing is left; returns rows handled per stage. A second run handles none.

    A long-lived caller passes its `cache` and `models`, so that rules and model are read once per version.
    """
    from alerts.composing import compose_pending
    from alerts.escalation import escalate_overdue
    from alerts.joining import join_pending
    from alerts.latecomers import reach_pending
    from alerts.matching import match_pending
    from alerts.operator_mails import send_operator_mails, tell_operators
    from alerts.raising import raise_pending
    from alerts.recovery import release_claims
    from alerts.sending import send_pending
    from classifier.stage import classify_pending

    stages: list[tuple[str, Callable[[], int]]] = [
        ("recover", lambda: release_claims(engine)),
        ("classify", lambda: classify_pending(engine, now, cache=cache, models=models)),
        ("join", lambda: join_pending(engine, now)),
        ("raise", lambda: raise_pending(engine, now)),
        ("escalate", lambda: escalate_overdue(engine, now)),
        ("match", lambda: match_pending(engine, now)),
        ("compose", lambda: compose_pending(engine, now, settings)),
        ("reach", lambda: reach_pending(engine, now, settings)),
        ("send", lambda: send_pending(engine, now, settings)),
        ("tell", lambda: tell_operators(engine, now, settings)),
        ("send_operators", lambda: send_operator_mails(engine, now, settings)),
    ]
    counts = {name: 0 for name, _ in stages}
    for name, stage in stages:
        while handled := stage():
            counts[name] += handled
            if name == "recover":
                break
    return counts


class Service:
    """The background of a serving process: the clock, the slots' loop and the stages' loop, each in its thread."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        clock: Clock,
        jobs: Sequence[Job],
        prepare: Callable[[], object] = lambda: None,
    ) -> None:
        """Nothing starts before `start()`. `prepare` is done once before the first stage runs."""
        self._engine, self._settings, self._clock, self._jobs = engine, settings, clock, list(jobs)
        self._prepare = prepare
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._timer = BackgroundScheduler(timezone=SHANGHAI)

    def start(self) -> None:
        """Plan what was missed, then start the clock and the loops."""
        self._plan()
        self._timer.add_job(
            self._plan,
            CronTrigger(minute="*", timezone=SHANGHAI),
            coalesce=True,
            misfire_grace_time=None,
            max_instances=1,
        )
        self._timer.start()
        for number, loop in enumerate((*[self._slots_loop] * SLOT_LOOPS, self._stages_loop)):
            thread = threading.Thread(target=loop, name=f"{loop.__name__}-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Let the loops end after what they are doing."""
        self._stopping.set()
        with suppress(Exception):
            self._timer.shutdown(wait=False)
        for thread in self._threads:
            thread.join(timeout=5)

    def _plan(self) -> None:
        try:
            plan_due(self._engine, self._jobs, self._clock())
        except Exception:  # the clock must outlive a store that is away for a while
            log.exception("planning failed; tried again in a minute")

    def _slots_loop(self) -> None:
        self._follow("slots", lambda: run_next_slot(self._engine, self._jobs, self._clock) is not None)

    def _stages_loop(self) -> None:
        from classifier.mapping import MappingCache
        from classifier.publishing import ModelCache

        try:
            self._prepare()
        except Exception:  # the stages go on without: rules combine the voices where there is no model
            log.exception("what goes before the stages failed")
        cache, models = MappingCache(), ModelCache()

        def work() -> bool:
            return any(run_stages(self._engine, self._clock(), self._settings, cache, models).values())

        self._follow("stages", work)

    def _follow(self, name: str, work: Callable[[], bool]) -> None:
        """Do `work` until it finds nothing, then wait for a commit or the tick; outlive any error."""
        while not self._stopping.is_set():
            try:
                with listening(self._engine) as waiter:
                    while not self._stopping.is_set():
                        if not work():
                            waiter.wait(STAGES_TICK_S)
            except TbtwatchError as error:
                log.error("%s: %s", name, error)
                self._stopping.wait(5)
            except Exception:
                log.exception("the %s loop failed; it goes on in 5 s", name)
                self._stopping.wait(5)


def retention_job(engine: Engine, clock: Clock) -> Job:
    """Every night at 03:30, when nobody works: forget what only served the machine."""

    def forget() -> dict[str, Any]:
        with writing(engine) as session:
            return dict(forget_old(session, clock()))

    return Job("retention", "30 3 * * *", forget)


def training_job(train: Callable[[], dict[str, Any]]) -> Job:
    """Every night at 04:10, after retention: a new model when enough was decided or collected since the last one."""
    return Job("train", "10 4 * * *", train, timedelta(minutes=10) + CRAWL_GRACE)


def documents_job(fetch: Callable[[], dict[str, Any]]) -> Job:
    """Every half hour: the documents of notices that say too little; at most ten minutes, in a process of its own."""
    return Job("documents", "*/30 * * * *", fetch, timedelta(minutes=10) + CRAWL_GRACE)


def crawl_jobs(sources: Sequence[dict[str, Any]], crawl: Callable[[str], dict[str, Any]], deadline_s: int) -> list[Job]:
    """A job for each enabled source that declares a schedule; `crawl(source)` runs it in a process of its own."""
    lease = timedelta(seconds=deadline_s) + CRAWL_GRACE
    return [
        Job(
            f"crawl:{source['id']}",
            str(source["schedule"]),
            partial(crawl, source["id"]),
            lease,
            source=str(source["id"]),
            jitter_s=int(source.get("jitter_s") or 0),
        )
        for source in sources
        if source.get("enabled") and source.get("schedule")
    ]
