"""`tbtwatch send`: what waits leaves, and a sender beside the service takes what comes until its parent is gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cli.sender import SenderProcess
from settings import Settings, load_settings
from store.deployment import settle_profile
from store.email import ACCEPTED
from store.engine import writing
from tests.alerts.mailed import mail_to, states
from tests.smtp_servers import HERE, Post, smtp_server


@pytest.fixture
def post() -> Iterator[Post]:
    with smtp_server(pipelining=True) as running:
        yield running


@pytest.fixture
def settings(loaded: Engine, loaded_url: str, tmp_path: Path, post: Post, monkeypatch: pytest.MonkeyPatch) -> Settings:
    values = {
        "PROFILE": "live", "DATABASE_URL": loaded_url, "VAR": str(tmp_path), "BASE_URL": "https://warn.example",
        "SMTP_HOST": HERE, "SMTP_PORT": str(post.port), "SMTP_FROM": "warn@service.example",
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(f"TBTWATCH_{name}", value)
    with writing(loaded) as session:
        settle_profile(session, "live")
    return load_settings()


def soon(holds: Callable[[], bool]) -> bool:
    """Whether it holds within a minute; a busy machine is no failure."""
    until = time.monotonic() + 60
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)
    return holds()


def test_a_sender_beside_the_service_sends_what_comes_and_is_started_again_when_killed(
    loaded: Engine, now: datetime, settings: Settings, post: Post
) -> None:
    sender = SenderProcess(settings, restart_s=0.1)
    sender.start()
    try:
        mail_to(loaded, now, settings, ["one"])
        assert soon(lambda: states(loaded) == {"one": ACCEPTED})
        first = sender.child
        assert first is not None
        first.kill()
        assert soon(lambda: sender.child is not None and sender.child.pid != first.pid)
    finally:
        sender.stop()
    assert sender.child is not None
    assert sender.child.poll() is not None
    assert post.recipients() == ["one@firm.example"]
