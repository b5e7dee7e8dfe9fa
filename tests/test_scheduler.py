"""The timetable: slots are unique, a restart catches up once, a failing job is told and parked, others go on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, update
from sqlmodel import select

from scheduler import crawl_jobs, documents_job
from store.clock import fixed_clock, parse_instant
from store.crawl import SourceState
from store.engine import reading, writing
from store.planning import Job, plan_due, run_next_slot
from store.slot import PlannedSlot
from store.timetable import latest_slot


def _job(name: str, cron: str, runs: list[str]) -> Job:
    def run() -> dict[str, Any]:
        runs.append(name)
        return {"ran": name}

    return Job(name, cron, run)


def test_the_latest_slot_is_in_shanghai_time(now: datetime) -> None:
    assert latest_slot("30 8 * * *", now) == parse_instant("2026-06-03T08:30+08:00")
    assert latest_slot("30 9 * * *", now) == parse_instant("2026-06-02T09:30+08:00")
    assert latest_slot("0 7 * * mon", now) == parse_instant("2026-06-01T07:00+08:00")


def test_two_schedulers_plan_one_slot(store: Engine, now: datetime) -> None:
    runs: list[str] = []
    jobs = [_job("crawl:a", "*/5 * * * *", runs), _job("crawl:b", "0 * * * *", runs)]
    assert plan_due(store, jobs, now) == 2
    assert plan_due(store, jobs, now + timedelta(seconds=30)) == 0
    while run_next_slot(store, jobs, fixed_clock(now)):
        pass
    assert sorted(runs) == ["crawl:a", "crawl:b"]


def test_a_restart_after_an_outage_catches_up_once(store: Engine, now: datetime) -> None:
    runs: list[str] = []
    jobs = [_job("crawl:a", "*/5 * * * *", runs)]
    for moment in (now, now + timedelta(days=3)):
        plan_due(store, jobs, moment)
        while run_next_slot(store, jobs, fixed_clock(moment)):
            pass
    assert runs == ["crawl:a", "crawl:a"]


def test_a_failing_job_is_parked_with_its_error_and_the_others_go_on(store: Engine, now: datetime) -> None:
    def broken() -> dict[str, Any]:
        raise RuntimeError("the source is away")

    runs: list[str] = []
    jobs = [Job("crawl:broken", "* * * * *", broken), _job("crawl:good", "* * * * *", runs)]
    plan_due(store, jobs, now)
    for _ in range(12):
        run_next_slot(store, jobs, fixed_clock(now))
        with writing(store) as session:
            session.execute(update(PlannedSlot).where(PlannedSlot.claimed_by.is_(None)).values(claimed_until=None))
    with reading(store) as session:
        slots = {slot.job: slot for slot in session.exec(select(PlannedSlot))}
    assert runs == ["crawl:good"] and slots["crawl:good"].result == {"ran": "crawl:good"}
    assert slots["crawl:broken"].parked_at and "the source is away" in (slots["crawl:broken"].last_error or "")


def test_only_enabled_sources_with_a_schedule_are_jobs() -> None:
    asked: list[str] = []

    def crawl(source: str) -> dict[str, Any]:
        asked.append(source)
        return {}

    sources = [
        {"id": "a", "enabled": True, "schedule": "0 * * * *"},
        {"id": "b", "enabled": False, "schedule": "0 * * * *"},
        {"id": "c", "enabled": True, "schedule": "5 * * * *"},
    ]
    jobs = crawl_jobs(sources, crawl, 60)
    for job in jobs:
        job.run()
    assert asked == ["a", "c"]


def test_documents_are_fetched_every_half_hour() -> None:
    job = documents_job(lambda: {"asked": 3})
    before, at = (parse_instant(f"2026-06-03T09:{minute}+08:00") for minute in ("29", "30"))
    assert latest_slot(job.cron, at) == at and latest_slot(job.cron, before) == parse_instant("2026-06-03T09:00+08:00")
    assert job.run() == {"asked": 3}


def test_two_slots_of_one_job_never_run_together(store: Engine, now: datetime) -> None:
    inside: list[str | None] = []

    def visit() -> dict[str, Any]:
        inside.append(run_next_slot(store, jobs, fixed_clock(now)))  # another loop looks while this visit runs
        return {}

    jobs = [Job("crawl:a", "0 9 * * *", visit, source="a")]
    with writing(store) as session:
        session.add(SourceState(source="a", status="failing", failing_since=now - timedelta(minutes=45)))
    assert plan_due(store, jobs, now) == 2  # the planned visit, and a retry
    assert run_next_slot(store, jobs, fixed_clock(now)) == "crawl:a"
    assert inside == [None]
    assert run_next_slot(store, jobs, fixed_clock(now)) == "crawl:a" and inside == [None, None]
    assert run_next_slot(store, jobs, fixed_clock(now)) is None
