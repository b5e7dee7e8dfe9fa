"""Claims: each row is taken once, leases run out, dead holders are released, five failures park."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert, update
from sqlmodel import Session, select

from store.clock import system_clock
from store.engine import reading, writing
from store.slot import PlannedSlot
from store.work import MAX_ATTEMPTS, claim, fail, finish, parked_rows, release_dead, still_mine

PENDING = PlannedSlot.done_at.is_(None)


@pytest.fixture
def slots(store: Engine) -> Engine:
    now = system_clock()
    with writing(store) as session:
        session.execute(
            insert(PlannedSlot),
            [
                {"job": "crawl", "slot_at": now + timedelta(minutes=i), "inserted_at": now, "attempts": 0, "result": {}}
                for i in range(60)
            ],
        )
    return store


def _take_all(engine: Engine, taken: list[int]) -> None:
    while True:
        with writing(engine) as session:
            ids = claim(session, PlannedSlot, PENDING, limit=3)
        if not ids:
            return
        taken.extend(ids)


def test_four_workers_take_each_row_once(slots: Engine) -> None:
    taken: list[int] = []
    threads = [threading.Thread(target=_take_all, args=(slots, taken)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 60


def test_a_finished_row_is_free_of_its_claim(slots: Engine) -> None:
    with writing(slots) as session:
        ids = claim(session, PlannedSlot, PENDING, limit=1)
        assert still_mine(session, PlannedSlot, ids[0])
        finish(session, PlannedSlot, ids)
    with reading(slots) as session:
        row = session.get(PlannedSlot, ids[0])
        assert row is not None and (row.claimed_by, row.attempts) == (None, 0)


def test_a_lease_that_ran_out_can_be_taken_by_another(slots: Engine) -> None:
    with writing(slots) as session:
        first = claim(session, PlannedSlot, PENDING, limit=60, lease=timedelta(seconds=-1))
    with writing(slots) as session:
        assert claim(session, PlannedSlot, PENDING, limit=60) == first


def test_claims_of_a_dead_process_are_released(slots: Engine) -> None:
    with writing(slots) as session:
        ids = claim(session, PlannedSlot, PENDING, limit=2)
        holder = session.exec(select(PlannedSlot.claimed_by).where(PlannedSlot.id == ids[0])).one()
        host, pid, _start = str(holder).rsplit(":", 2)
        session.execute(update(PlannedSlot).where(PlannedSlot.id == ids[0]).values(claimed_by=f"{host}:{pid}:1"))
        assert release_dead(session, PlannedSlot) == 1
        assert claim(session, PlannedSlot, PENDING, limit=1) == ids[:1]


def test_five_failures_park_a_row_with_its_error(slots: Engine) -> None:
    for _ in range(MAX_ATTEMPTS):
        with writing(slots) as session:
            session.execute(update(PlannedSlot).values(claimed_until=None))
            [row] = claim(session, PlannedSlot, PENDING, limit=1)
            fail(session, PlannedSlot, row, "no route to host")
    with Session(slots) as session:
        assert [(key, error) for key, error, _ in parked_rows(session, PlannedSlot)] == [(row, "no route to host")]
