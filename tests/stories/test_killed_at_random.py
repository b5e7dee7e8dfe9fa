"""Two schedulers, two workers, the web and crawls on one store, killed at random: the rows of an undisturbed run."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import Engine

from scheduler import run_stages
from settings import RECORDINGS, ROOT, Settings
from store.clock import fixed_clock, parse_instant
from store.engine import make_engine, writing
from store.planning import plan_due, run_next_slot
from tests.stories.actors import crawl_jobs_of
from tests.stories.picture import picture_of

NOW = "2026-06-03T09:00+08:00"
ROLES = ("schedule", "schedule", "work", "work", "serve")
KILLS = 14
SEED = 20260603


def _add_exporters(engine: Engine) -> None:
    from alerts.enrolling import enrol

    with writing(engine) as session:
        for number, industry in enumerate(("toys", "lighting-led", "small-kitchen-appliances", "cosmetics")):
            enrol(
                session,
                parse_instant(NOW),
                email=f"firm{number}@exporter.example",
                name="",
                industries=[industry],
                hs=[],
                words=[],
                markets=[],
                jurisdiction="440515",
            )


def _environment(url: str, var: Path) -> dict[str, str]:
    return {**os.environ, "TBTWATCH_PROFILE": "demo", "TBTWATCH_DATABASE_URL": url, "TBTWATCH_VAR": str(var)}


def _start(role: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.stories.actors", role, NOW, str(RECORDINGS)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True, stderr=subprocess.DEVNULL)


def _kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)  # its crawl's own process goes with it
    process.wait()


def _finish(engine: Engine, settings: Settings) -> None:
    """What an operator's restart does: release the dead's claims, then everything that is pending."""
    jobs, clock = crawl_jobs_of(str(RECORDINGS), NOW), fixed_clock(parse_instant(NOW))
    plan_due(engine, jobs, clock())
    while run_next_slot(engine, jobs, clock) or any(run_stages(engine, clock(), settings).values()):
        pass


def test_killed_processes_leave_the_rows_of_an_undisturbed_run(
    loaded: Engine, loaded_url: str, tmp_path: Path, monkeypatch: object
) -> None:
    calm_url = f"sqlite:///{tmp_path / 'calm' / 'store.sqlite'}"
    disturbed, calm = _environment(loaded_url, tmp_path / "var"), _environment(calm_url, tmp_path / "calm")
    _add_exporters(loaded)

    chance = random.Random(SEED)
    running = [(role, _start(role, disturbed)) for role in ROLES]
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.2, 1.6))  # not a proof: only where in its work the next process is hit
        index = chance.randrange(len(running))
        role, process = running[index]
        _kill(process)
        running[index] = (role, _start(role, disturbed))
    for _, process in running:
        _kill(process)

    _run(["-c", "from tests.stories.test_killed_at_random import finish_by_environment as f; f()"], disturbed)
    _run(["-c", "from tests.stories.test_killed_at_random import calm_run as f; f()"], calm)
    calm_engine = make_engine(calm_url)
    got, wanted = picture_of(loaded), picture_of(calm_engine)
    assert len(wanted["notices"]) > 30 and wanted["emails"]
    for name in wanted:
        if name != "slots":
            assert got[name] == wanted[name], name
    assert len(got["slots"]) == len(wanted["slots"])


def _run(arguments: list[str], environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=True)


def finish_by_environment() -> None:
    """Finish the work of the store that the environment names, in a process of its own."""
    from settings import load_settings

    settings = load_settings()
    _finish(make_engine(settings.database_url), settings)


def calm_run() -> None:
    """The undisturbed run: one process, one thing after the other."""
    from cli.opening import open_place

    place = open_place(NOW)
    _add_exporters(place.engine)
    _finish(place.engine, place.settings)
