"""The timetable: what runs when, in Asia/Shanghai, and the loops that do it.

The clock only inserts planned slots under a unique key, so several schedulers do no harm and a restart catches up.
Stages follow each commit (a nudge); a slow tick is the safety net.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Engine

from store.clock import SHANGHAI, Clock
from store.engine import writing
from store.nudged import follow
from store.planning import Job, plan_due, run_next_slot
from store.retention import forget_old

if TYPE_CHECKING:
    from classifier.mapping import MappingCache
    from classifier.publishing import ModelCache
    from settings import Settings

log = logging.getLogger(__name__)

BY_BATCH = ("collect", "digest")
SLOT_LOOPS = 3  # crawls side by side: one that hangs until its deadline must not hold up the others
CRAWL_GRACE = timedelta(minutes=2)  # a crawl ends itself at its deadline; its claim lives a little longer


def run_stages(
    engine: Engine,
    now: datetime,
    settings: Settings,
    cache: MappingCache | None = None,
    models: ModelCache | None = None,
    *,
    sends: bool = True,
) -> dict[str, int]:
    """Run every pending stage until nothing is left; returns rows handled per stage. A second run handles none.

    A long-lived caller passes its `cache` and `models`, so that rules and model are read once per version. `sends`:
    False where mails to subscribers leave in a loop or process of their own.
    """
    from alerts.collecting import collect_pending
    from alerts.composing import compose_pending
    from alerts.digesting import digest_pending
    from alerts.escalation import escalate_overdue, send_out_undecided
    from alerts.informing import inform_pending
    from alerts.invitations import invite_pending
    from alerts.joining import join_pending
    from alerts.latecomers import reach_pending
    from alerts.machine_stage import translate_pending
    from alerts.matching import match_pending
    from alerts.officer_mails import send_officer_mails
    from alerts.operator_mails import send_operator_mails, tell_operators
    from alerts.proposals import settle_proposals
    from alerts.raising import raise_pending
    from alerts.recovery import release_claims
    from alerts.red import tell_red
    from alerts.red_proof import prove_red
    from alerts.reminding import remind_desks
    from alerts.robot_sending import post_messages
    from alerts.robot_telling import tell_robots
    from alerts.sending import send_pending
    from alerts.signing_off import release_outgoing
    from alerts.webhook import send_calls
    from classifier.stage import classify_pending

    stages: list[tuple[str, Callable[[], int]]] = [
        ("recover", lambda: release_claims(engine)),
        ("classify", lambda: classify_pending(engine, now, cache=cache, models=models)),
        ("join", lambda: join_pending(engine, now)),
        ("raise", lambda: raise_pending(engine, now)),
        ("settle", lambda: settle_proposals(engine, now)),
        ("release", lambda: release_outgoing(engine, now)),
        ("send_out", lambda: send_out_undecided(engine, now)),
        ("escalate", lambda: escalate_overdue(engine, now)),
        ("remind", lambda: remind_desks(engine, now)),
        ("inform", lambda: inform_pending(engine, now)),
        ("match", lambda: match_pending(engine, now)),
        ("translate", lambda: translate_pending(engine, now, settings)),
        ("compose", lambda: compose_pending(engine, now, settings)),
        ("reach", lambda: reach_pending(engine, now, settings)),
        ("red", lambda: tell_red(engine, now, settings)),
        ("robots", lambda: tell_robots(engine, now, settings)),
        ("collect", lambda: collect_pending(engine, now, settings)),
        ("digest", lambda: digest_pending(engine, now, settings)),
        ("invite", lambda: invite_pending(engine, now, settings)),
        ("send_officers", lambda: send_officer_mails(engine, now, settings)),
        ("send", lambda: send_pending(engine, now, settings) if sends else 0),
        ("prove_red", lambda: prove_red(engine, now, settings)),
        ("call", lambda: send_calls(engine, settings)),
        ("post", lambda: post_messages(engine, now, settings)),
        ("tell", lambda: tell_operators(engine, now, settings)),
        ("send_operators", lambda: send_operator_mails(engine, now, settings)),
    ]
    counts = {name: 0 for name, _ in stages}
    goes_on = True
    while goes_on:
        goes_on = False
        for name, stage in stages:
            while handled := stage():
                counts[name] += handled
                if name in BY_BATCH:  # thousands of digests are due at one instant: what is urgent goes in between
                    goes_on = True
                    break
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
        *,
        sends: bool = True,
    ) -> None:
        """Nothing starts before `start()`. `prepare` is done once before the first stage runs.

        `sends`: whether mails to subscribers leave from here, beside the stages; else a process of its own does it.
        """
        self._engine, self._settings, self._clock, self._jobs = engine, settings, clock, list(jobs)
        self._prepare, self._sends = prepare, sends
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
        senders = [self._sending_loop] if self._sends else []
        for number, loop in enumerate((*[self._slots_loop] * SLOT_LOOPS, self._stages_loop, *senders)):
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
            return any(run_stages(self._engine, self._clock(), self._settings, cache, models, sends=False).values())

        self._follow("stages", work)

    def _sending_loop(self) -> None:
        from alerts.sending import send_pending

        self._follow("sending", lambda: send_pending(self._engine, self._clock(), self._settings) > 0)

    def _follow(self, name: str, work: Callable[[], bool]) -> None:
        follow(self._engine, name, work, self._stopping)


def retention_job(engine: Engine, clock: Clock) -> Job:
    """Every night at 03:30, when nobody works: forget what only served the machine."""

    def forget() -> dict[str, Any]:
        with writing(engine) as session:
            return dict(forget_old(session, clock()))

    return Job("retention", "30 3 * * *", forget)


def holidays_job(check: Callable[[], object]) -> Job:
    """Every morning at 08:00: whether the table of holidays covers the days that deadlines are counted over."""
    return Job("holidays", "0 8 * * *", lambda: {"missing": check()})


def comments_job(engine: Engine, clock: Clock) -> Job:
    """Every morning at 08:40, before the offices open: tell those above what no county has screened in its time."""
    from alerts.comment_reminders import tell_those_above

    return Job("comments", "40 8 * * *", lambda: tell_those_above(engine, clock()))


def summary_job(engine: Engine, clock: Clock, settings: Settings) -> Job:
    """Monday at 09:00, when the week begins: a summary to each bureau with anything to say; made up once if missed."""

    def summarise() -> dict[str, Any]:
        from alerts.summaries import write_summaries

        return {"mails": write_summaries(engine, clock(), settings)}

    return Job("summary", "0 9 * * mon", summarise)


def watch_job(engine: Engine, settings: Settings, clock: Clock) -> Job:
    """Every day at 08:00, when the digests are due: a line to those who heard nothing for ninety days."""

    def watch() -> dict[str, Any]:
        from alerts.watching import write_still_watching

        return {"written": write_still_watching(engine, clock(), settings)}

    return Job("watch", "0 8 * * *", watch)


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
