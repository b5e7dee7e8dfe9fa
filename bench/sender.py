"""The production sender in a process of its own, as the benchmarks start, time and kill it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, delete, update

from settings import PREFIX, ROOT, Settings
from store.email import PENDING, DeliveryAttempt, Email
from store.engine import writing

BASE_URL, FROM = "https://warn.example", "warn@service.example"
NAMES = (
    "profile", "var", "database_url", "base_url", "smtp_host", "smtp_port", "smtp_tls", "smtp_from", "warning_lanes",
)  # fmt: skip
# It says when it is ready, waits for a line, sends all, says how many, how long and how much memory it ever had.
PROCESS = """
import re, sys, time
from alerts.sending import send_pending
from settings import load_settings
from store.clock import parse_instant
from store.engine import make_engine
from pathlib import Path
settings = load_settings()
engine = make_engine(settings.database_url)
now = parse_instant("2026-06-03T09:00+08:00")
print("ready", flush=True)
sys.stdin.readline()
began = time.perf_counter()
sent = 0
while done := send_pending(engine, now, settings):
    sent += done
seconds = time.perf_counter() - began
most = re.search("VmHWM:\\s*([0-9]+)", Path("/proc/self/status").read_text())  # ru_maxrss counts the parent's too
print(sent, seconds, most.group(1), flush=True)
"""


def settings_for(folder: Path, store: str, port: int) -> Settings:
    """Live settings with a store in `folder` and a mail server on `port` of this machine (0: none)."""
    return Settings(
        profile="live", var=folder, database_url=f"sqlite:///{folder / store}", base_url=BASE_URL,
        smtp_host="127.0.0.1", smtp_port=port or 25, smtp_tls="none", smtp_from=FROM, warning_lanes="at_once",
    )  # fmt: skip


def environment_of(settings: Settings) -> dict[str, str]:
    """This process's environment with these settings."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return others | {PREFIX + name.upper(): str(getattr(settings, name)) for name in NAMES}


@contextmanager
def running_sender(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """A sender that is ready; `go` sets it off."""
    with subprocess.Popen(
        [sys.executable, "-c", PROCESS], cwd=ROOT, env=environment_of(settings), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout
        process.stdout.readline()
        yield process


def go(process: subprocess.Popen[str]) -> None:
    """Let it send."""
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()


def sent_by(process: subprocess.Popen[str], number: int) -> tuple[float, float]:
    """(seconds, MB at most) of a sender that was set off; raises AssertionError unless it sent `number` mails."""
    assert process.stdout
    sent, seconds, memory = process.stdout.readline().split()
    if int(sent) != number:
        raise AssertionError(f"{sent} of {number} mails were sent")
    return float(seconds), float(memory) / 1024


def make_pending(engine: Engine) -> None:
    """All mails wait again."""
    with writing(engine) as session:
        session.execute(delete(DeliveryAttempt))
        session.execute(update(Email).values(state=PENDING, settled_at=None))
