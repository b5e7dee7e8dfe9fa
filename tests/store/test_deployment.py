"""A database is of one profile for ever, and the demo's clock runs from the day of its recordings."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import func, select

from store.clock import system_clock
from store.deployment import Deployment, WrongProfile, clock_of, settle_profile
from store.engine import reading, writing


@pytest.mark.parametrize(("first", "second"), [("demo", "live"), ("live", "demo")])
def test_a_database_never_changes_its_profile(store: Engine, first: str, second: str) -> None:
    with writing(store) as session:
        settle_profile(session, first)
    with pytest.raises(WrongProfile, match=f"made for the {first} profile"), writing(store) as session:
        settle_profile(session, second)


def test_processes_that_start_together_agree(store: Engine) -> None:
    def start() -> None:
        with writing(store) as session:
            settle_profile(session, "demo")

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(store) as session:
        assert session.exec(select(func.count()).select_from(Deployment)).one() == 1


def test_the_demo_clock_runs_on_from_its_origin_also_after_a_restart(store: Engine, now: datetime) -> None:
    with writing(store) as session:
        settle_profile(session, "demo", demo_origin=now)
    with writing(store) as session:
        mark = settle_profile(session, "demo", demo_origin=now + timedelta(days=9))
    assert timedelta(0) <= clock_of(mark)() - now < timedelta(hours=1)


def test_live_time_is_the_machines(store: Engine) -> None:
    with writing(store) as session:
        mark = settle_profile(session, "live")
    assert clock_of(mark) is system_clock
