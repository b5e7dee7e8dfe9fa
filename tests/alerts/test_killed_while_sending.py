"""A sender killed with SIGKILL at random moments: nothing is lost, at most the mails in flight are repeated."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from alerts.sending import record, send_pending
from alerts.sending_recovery import take_up
from settings import ROOT
from store.email import ACCEPTED
from tests.alerts.mailed import live, mail_to, states
from tests.smtp_servers import HERE, Post, smtp_server

MAILS, KILLS, CONNECTIONS = 60, 4, 2


@pytest.fixture
def post() -> Iterator[Post]:
    with smtp_server() as running:
        yield running


def test_killed_while_sending_nothing_is_lost_and_one_mail_a_connection_repeated_at_most(
    loaded: Engine, loaded_url: str, now: datetime, tmp_path: Path, post: Post
) -> None:
    settings = live(tmp_path, post.port, CONNECTIONS)
    mail_to(loaded, now, settings, [f"firm{number}" for number in range(MAILS)])
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TBTWATCH_")},
        "TBTWATCH_PROFILE": "live",
        "TBTWATCH_SEED_MODEL": "off",
        "TBTWATCH_DATABASE_URL": loaded_url,
        "TBTWATCH_VAR": str(tmp_path),
        "TBTWATCH_SMTP_HOST": HERE,
        "TBTWATCH_SMTP_PORT": str(post.port),
        "TBTWATCH_SMTP_TLS": "none",
        "TBTWATCH_SMTP_CONNECTIONS": str(CONNECTIONS),
        "TBTWATCH_BASE_URL": settings.base_url,
    }
    freed = 0
    for kill in range(1, KILLS + 1):
        sender = subprocess.Popen([sys.executable, "-c", SENDER], cwd=ROOT, env=environment)
        until = time.monotonic() + 60
        while len(post.taken) < kill * MAILS // (KILLS + 2) and time.monotonic() < until:
            time.sleep(0.002)  # only where in its work the sender is hit
        sender.send_signal(signal.SIGKILL)
        sender.wait()
        freed += take_up(loaded, tmp_path, now, record)
    while send_pending(loaded, now, settings):
        pass
    assert freed > 0
    got = Counter(post.recipients())
    assert len(got) == MAILS
    assert sum(got.values()) <= MAILS + KILLS * CONNECTIONS
    assert set(states(loaded).values()) == {ACCEPTED}
    ids = {message["Message-ID"] for _, message in post.taken}
    assert len(ids) == MAILS  # a repeat is the same message


SENDER = """
from alerts.sending import send_pending
from settings import load_settings
from store.clock import parse_instant
from store.engine import make_engine
settings = load_settings()
engine = make_engine(settings.database_url)
while send_pending(engine, parse_instant("2026-06-03T09:00+08:00"), settings):
    pass
"""
