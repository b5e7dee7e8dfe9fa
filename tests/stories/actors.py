"""The processes of the killing story (`python -m tests.stories.actors ROLE NOW REPLAY`): scheduler, worker, web."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from functools import partial
from typing import Any

from scheduler import run_stages
from settings import load_settings
from store.clock import fixed_clock, parse_instant
from store.engine import make_engine
from store.planning import Job, plan_due, run_next_slot

SOURCES = ("wto_tbt_notifications", "wto_sps_notifications")


def crawl_jobs_of(replay: str, now: str) -> list[Job]:
    """A job per source, replaying its recording at `now`; the same slot for every scheduler."""
    from cli.crawling import crawl_by_command

    settings = load_settings()

    def crawl(source: str) -> dict[str, Any]:
        return crawl_by_command(source, "--replay", f"{replay}/{source}", "--now", now, settings=settings)

    return [Job(f"crawl:{source}", "0 9 * * *", partial(crawl, source), timedelta(minutes=5)) for source in SOURCES]


def schedule(now: str, replay: str) -> None:
    """Plan and run slots until killed."""
    engine, jobs, instant = make_engine(load_settings().database_url), crawl_jobs_of(replay, now), parse_instant(now)
    while True:
        plan_due(engine, jobs, instant)
        if run_next_slot(engine, jobs, fixed_clock(instant)) is None:
            time.sleep(0.05)


def work(now: str, _replay: str) -> None:
    """Run stages until killed."""
    settings, instant = load_settings(), parse_instant(now)
    engine = make_engine(settings.database_url)
    while True:
        if not any(run_stages(engine, instant, settings).values()):
            time.sleep(0.05)


def serve(now: str, _replay: str) -> None:
    """Read every public page, over and over, until killed."""
    from starlette.testclient import TestClient

    from web.app import create_app

    settings = load_settings()
    app = create_app(
        settings, make_engine(settings.database_url), fixed_clock(parse_instant(now)), sources=[], demo_accounts=[]
    )
    with TestClient(app) as client:
        while True:
            for path in ("/", "/notices", "/warnings", "/healthz"):
                client.get(path)


if __name__ == "__main__":
    {"schedule": schedule, "work": work, "serve": serve}[sys.argv[1]](*sys.argv[2:4])
