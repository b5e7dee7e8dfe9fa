"""`tbtwatch stages retry`: parked work is taken up again, and only parked work."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select
from typer.testing import CliRunner

from cli import app
from store.engine import reading, writing
from store.notice import Notice
from store.work import MAX_ATTEMPTS, claim, fail
from tests.rows import insert_notice

STUCK, FINE = "G/TBT/N/USA/1", "G/TBT/N/USA/2"


@pytest.fixture
def parked(loaded: Engine, loaded_url: str, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A store with two unclassified notices, one of which failed five times."""
    with writing(loaded) as session:
        stuck = insert_notice(session, now, STUCK, None)
        insert_notice(session, now, FINE, None)
        stuck.attempts = MAX_ATTEMPTS
        session.flush()
        fail(session, Notice, stuck.id or 0, "ValueError: a text that cannot be read")
    monkeypatch.setenv("TBTWATCH_DATABASE_URL", loaded_url)
    monkeypatch.setenv("TBTWATCH_VAR", str(tmp_path))
    monkeypatch.setenv("TBTWATCH_PROFILE", "demo")
    return loaded


def claimed(engine: Engine) -> list[int]:
    with writing(engine) as session:
        return claim(session, Notice, col(Notice.classified_at).is_(None), limit=10)


def test_parked_work_is_taken_again_after_a_retry(parked: Engine) -> None:
    with reading(parked) as session:
        stuck = session.exec(select(Notice).where(col(Notice.parked_at).is_not(None))).one()
    assert stuck.id not in claimed(parked)
    assert retried() == {
        "notices": 1,
        "warnings": 0,
        "mails": 0,
        "officer_mails": 0,
        "operator_mails": 0,
        "webhook_calls": 0,
        "robot_messages": 0,
        "held_back": 0,
        "digests": 0,
        "slots": 0,
        "documents": 0,
    }
    assert claimed(parked) == [stuck.id]  # the other one is still claimed: only parked work was freed
    with reading(parked) as session:
        again = session.get_one(Notice, stuck.id)
    assert (again.attempts, again.last_error) == (1, "ValueError: a text that cannot be read")


def test_a_second_retry_finds_nothing(parked: Engine) -> None:
    retried()
    assert retried() == {
        "notices": 0,
        "warnings": 0,
        "mails": 0,
        "officer_mails": 0,
        "operator_mails": 0,
        "webhook_calls": 0,
        "robot_messages": 0,
        "held_back": 0,
        "digests": 0,
        "slots": 0,
        "documents": 0,
    }


def retried() -> Any:
    done = CliRunner().invoke(app, ["stages", "retry", "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)
