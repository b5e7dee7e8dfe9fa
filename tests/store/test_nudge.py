"""Nudges reach a waiter from any connection, and idle transactions wake nobody."""

from __future__ import annotations

from sqlalchemy import Engine

from store.clock import system_clock
from store.deployment import Deployment
from store.engine import writing
from store.nudge import listening
from store.slot import PlannedSlot
from store.work import claim


def test_a_commit_wakes_the_waiter(store: Engine) -> None:
    with listening(store) as waiter:
        assert not waiter.wait(0.05)
        with writing(store) as session:
            session.add(Deployment(id=1, profile="demo", created_at=system_clock()))
        assert waiter.wait(5)


def test_a_claim_that_finds_nothing_wakes_nobody(store: Engine) -> None:
    with listening(store) as waiter:
        with writing(store) as session:
            assert claim(session, PlannedSlot, PlannedSlot.done_at.is_(None), limit=5) == []
        assert not waiter.wait(0.3)
