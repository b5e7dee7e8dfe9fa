"""Workers killed with SIGKILL between match and mail: everybody gets each gathered mail once, with everything in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine, func, select

from alerts.enrolling import enrol
from scheduler import run_stages
from settings import ROOT
from store.digest import TOLD, Digest
from store.email import Email
from store.engine import reading, writing
from tests.alerts.gathered import at, outcomes
from tests.alerts.mailed import mails, settings_at
from tests.rows import insert_notice

FIRMS, KILLS = 30, 6
INSTANTS = (at("03"), at("04", "08:30"), at("08", "08:00"))


def test_killed_between_match_and_mail_nothing_is_lost_and_nothing_comes_twice(
    loaded: Engine, loaded_url: str, now: datetime, tmp_path: Path
) -> None:
    settings = settings_at(tmp_path, warning_lanes="by_colour")
    with writing(loaded) as session:
        for number in range(FIRMS):
            enrol(session, now, email=f"firm{number}@exporter.example", industries=["toys"])
        for number in range(3):
            insert_notice(session, now, f"G/TBT/N/USA/{number}", [("toys", "flagged")])
            insert_notice(session, now, f"G/TBT/N/USA/1{number}", [("toys", "accepted")])
        adopted = {"thread_reason": "adopted", "force_on": date(2027, 6, 1)}
        insert_notice(session, now, "G/TBT/N/USA/99", [("toys", "accepted")], **adopted)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TBTWATCH_")},
        "TBTWATCH_PROFILE": "demo",
        "TBTWATCH_SEED_MODEL": "off",
        "TBTWATCH_WARNING_LANES": "by_colour",
        "TBTWATCH_DATABASE_URL": loaded_url,
        "TBTWATCH_VAR": str(tmp_path),
        "TBTWATCH_BASE_URL": settings.base_url,
    }
    moments = [instant.isoformat() for instant in INSTANTS]
    for kill in range(1, KILLS + 1):
        worker = subprocess.Popen([sys.executable, "-c", WORKER, *moments], cwd=ROOT, env=environment)
        until = time.monotonic() + 60
        while progress(loaded) < kill * FIRMS * 4 // (KILLS + 1) and time.monotonic() < until:
            time.sleep(0.002)  # only where in its work the worker is hit
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    for instant in INSTANTS:
        run_stages(loaded, instant, settings)
    got = Counter((address, found.kind) for address, found, _ in mails(loaded))
    kinds = ("warning_issue", "warnings_daily", "digest")
    assert got == {(f"firm{number}@exporter.example", kind): 1 for number in range(FIRMS) for kind in kinds}
    assert Counter(outcome for _, _, outcome in outcomes(loaded)) == {TOLD: FIRMS * 6}
    with reading(loaded) as session:
        assert set(session.scalars(select(Digest.entries))) == {3}  # type: ignore[call-overload]


def progress(engine: Engine) -> int:
    """Rows that stand so far: planned digests and mails."""
    with reading(engine) as session:
        return sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in (Digest, Email))


WORKER = """
import sys
from scheduler import run_stages
from settings import load_settings
from store.clock import parse_instant
from store.engine import make_engine
settings = load_settings()
engine = make_engine(settings.database_url)
for moment in sys.argv[1:]:
    run_stages(engine, parse_instant(moment), settings)
"""
