"""The audit trail: gapless, chained, append-only, and broken by nothing but tampering, which is named."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic import command
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from store.audit import AuditEntry, AuditHead, write_audit
from store.audit_chain import BEGINNING, entry_hash
from store.audit_proof import Proof, Wanted, find_entries, prove
from store.engine import reading, writing
from store.schema import _config, upgrade_schema

WRITERS, EACH = 4, 12


def put(session: Session, now: datetime, *names: str) -> None:
    for name in names:
        write_audit(
            session, now, action="notice.release", object_kind="notice", object_id=name, details={"b": 1, "a": name}
        )


def entries(engine: Engine) -> list[AuditEntry]:
    with reading(engine) as session:
        return list(session.exec(select(AuditEntry).order_by(col(AuditEntry.number))))


def proof_of(engine: Engine, seen: tuple[int, str] | None = None) -> Proof:
    with reading(engine) as session:
        return prove(session, seen=seen)


def tamper(engine: Engine, statement: str) -> None:
    """Do what somebody with all rights to the database can do: take the guards away first."""
    where = " ON auditentry" if engine.dialect.name == "postgresql" else ""
    with engine.begin() as connection:
        for guard in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER auditentry_keep_{guard}{where}"))
        connection.execute(text(statement))


def test_entries_of_one_transaction_are_numbered_and_chained(store: Engine, now: datetime) -> None:
    with writing(store) as session:
        put(session, now, "a", "b")
        with session.begin_nested():
            put(session, now, "c")
        put(session, now, "d")
    found = entries(store)
    assert [(e.number, e.object_id) for e in found] == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]
    assert [e.previous_hash for e in found] == [BEGINNING, *(e.entry_hash for e in found[:-1])]
    assert proof_of(store) == Proof(4, 4, found[-1].entry_hash)


def test_a_deed_that_is_rolled_back_leaves_no_gap(store: Engine, now: datetime) -> None:
    with writing(store) as session:
        put(session, now, "a")
    with pytest.raises(ZeroDivisionError), writing(store) as session:
        put(session, now, "b")
        session.flush()
        _ = 1 / 0
    with writing(store) as session:
        put(session, now, "c")
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            put(session, now, "d")
            session.flush()
            _ = 1 / 0
    assert [(e.number, e.object_id) for e in entries(store)] == [(1, "a"), (2, "c")]
    assert proof_of(store).broken is None


def test_writers_side_by_side_do_not_fork_the_chain(store: Engine, now: datetime) -> None:
    at_once = threading.Barrier(WRITERS)
    failures: list[BaseException] = []

    def write(name: int) -> None:
        try:
            at_once.wait()
            for turn in range(EACH):
                with writing(store) as session:
                    put(session, now, f"{name}-{turn}-first", f"{name}-{turn}-second")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    proof = proof_of(store)
    assert (proof.broken, proof.entries, proof.number) == (None, WRITERS * EACH * 2, WRITERS * EACH * 2)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE auditentry SET action = 'nothing'",
        "DELETE FROM auditentry",
        "UPDATE auditentry SET number = NULL",
    ],
)
def test_the_store_itself_refuses_to_change_the_trail(statement: str, store: Engine, now: datetime) -> None:
    with writing(store) as session:
        put(session, now, "a")
    with pytest.raises(DBAPIError, match="append-only"), store.begin() as connection:
        connection.execute(text(statement))
    if store.dialect.name == "postgresql":
        with pytest.raises(DBAPIError, match="append-only"), store.begin() as connection:
            connection.execute(text("TRUNCATE auditentry"))
    assert proof_of(store).broken is None


@pytest.mark.parametrize(
    ("statement", "broken", "reason"),
    [
        ("UPDATE auditentry SET object_id = 'x' WHERE number = 2", 2, "changed"),
        ("UPDATE auditentry SET officer_id = NULL, actor = 'operator' WHERE number = 3", 3, "changed"),
        ("UPDATE auditentry SET number = 9 WHERE number = 4", 4, "missing"),
        ("DELETE FROM auditentry WHERE number = 2", 2, "missing"),
        ("DELETE FROM auditentry WHERE number = 4", 4, "the trail ends at 3, its head says 4"),
        ("DELETE FROM auditentry", 1, "the trail ends at 0, its head says 4"),
        ("UPDATE auditentry SET number = NULL WHERE number = 4", 4, "head says 4"),
        ("UPDATE audithead SET entry_hash = 'x'", 5, "head"),
        ("DELETE FROM audithead", 5, "head says 0"),
    ],
)
def test_tampering_is_named(statement: str, broken: int, reason: str, store: Engine, now: datetime) -> None:
    with writing(store) as session:
        put(session, now, "a", "b", "c", "d")
    tamper(store, statement)
    proof = proof_of(store)
    assert proof.broken == broken and reason in proof.reason


def test_a_trail_made_anew_is_not_the_one_that_was_written_down(store: Engine, now: datetime) -> None:
    with writing(store) as session:
        put(session, now, "a", "b")
    before = proof_of(store)
    tamper(store, "UPDATE auditentry SET number = NULL, object_id = 'x' WHERE number = 2")
    with writing(store) as session:
        head = session.get_one(AuditHead, 1)
        head.number, head.entry_hash = (
            1,
            session.exec(select(AuditEntry.entry_hash).where(AuditEntry.number == 1)).one(),
        )
        session.add(head)
        put(session, now, "c")
    assert proof_of(store).broken is None, "whoever may write everything can make a trail that agrees with itself"
    told = proof_of(store, (before.number, before.entry_hash))
    assert (told.broken, told.reason) == (2, "the entry is not the one that was written down")
    assert proof_of(store, (99, before.entry_hash)).broken == 4


def test_the_same_instant_in_another_zone_is_the_same_hash(now: datetime) -> None:
    fields = {"number": 1, "public_id": "p", "officer_id": None, "actor": "machine", "action": "a", "object_kind": "k"}
    rest = {"object_id": "o", "details": {"x": [1, "二"], "a": None}}
    here = now.astimezone(timezone(timedelta(hours=8)))
    marks = {entry_hash(BEGINNING, at=at, **fields, **rest) for at in (now, here, now.astimezone(UTC))}  # type: ignore[arg-type]
    assert len(marks) == 1
    assert entry_hash("1" * 64, at=now, **fields, **rest) not in marks  # type: ignore[arg-type]


def test_a_trail_from_before_the_chain_is_chained(store: Engine, now: datetime) -> None:
    with writing(store) as session:
        put(session, now, "a", "b", "c")
    before = proof_of(store)
    with store.execution_options(migrating=True).connect() as connection:
        with connection.begin():
            command.downgrade(_config(connection), "0008")
        connection.invalidate()
    upgrade_schema(store)
    assert proof_of(store) == before
    with pytest.raises(DBAPIError, match="append-only"), store.begin() as connection:
        connection.execute(text("DELETE FROM auditentry"))


def test_entries_are_found_by_action_object_and_time(store: Engine, now: datetime) -> None:
    with writing(store) as session:
        put(session, now, "a", "b")
        write_audit(session, now + timedelta(days=1), action="sign_in", object_kind="officer", object_id="a")
    with reading(store) as session:

        def found(**wanted: object) -> list[int | None]:
            return [entry.number for entry, _ in find_entries(session, Wanted(**wanted))]  # type: ignore[arg-type]

        assert found() == [3, 2, 1]
        assert found(action="notice") == found(action="notice.release") == [2, 1]
        assert found(action="not") == []
        assert found(object_id="a") == [3, 1]
        assert found(since=now + timedelta(hours=1)) == [3]
        assert found(until=now + timedelta(hours=1)) == [2, 1]
        assert found(officers=[7]) == []
