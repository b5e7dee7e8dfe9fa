"""Retention forgets what only served the machine, and nothing younger."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import select

from store.bureau import SignInAttempt
from store.engine import reading, writing
from store.retention import forget_old
from store.slot import PlannedSlot


def test_only_what_is_past_its_time_goes(store: Engine, now: datetime) -> None:
    ages = [timedelta(minutes=5), timedelta(days=6), timedelta(days=8), timedelta(days=100)]
    with writing(store) as session:
        for age in ages:
            session.add(SignInAttempt(at=now - age, sign_in_hash="x"))
            session.add(PlannedSlot(job="crawl", slot_at=now - age, inserted_at=now - age, done_at=now - age))
        session.add(PlannedSlot(job="parked", slot_at=now - timedelta(days=200), inserted_at=now))
    with writing(store) as session:
        assert forget_old(session, now) == {
            "sign_in_attempts": 2,
            "officer_sessions": 0,
            "notice_marks": 0,
            "planned_slots": 1,
        }
    with reading(store) as session:
        assert {slot.job for slot in session.exec(select(PlannedSlot))} == {"crawl", "parked"}
        assert len(session.exec(select(SignInAttempt)).all()) == 2
