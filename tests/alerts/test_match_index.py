"""The index of subscriptions equals the rows: after any edits, by anybody, from a copy or without one."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlmodel import col, select

from alerts.bitmap_copy import NAME, read_copy
from alerts.bitmap_rows import build
from alerts.bitmap_words import Words
from alerts.criteria import Told, folded, occurs
from alerts.match_index import MatchIndex, index_of
from settings import ROOT
from store.engine import make_engine, reading, writing
from store.schema import upgrade_schema
from store.subscription import Exporter, Subscriber
from store.subscription_change import SubscriptionChange, forget_changes, newest_number
from tests.alerts.naive import EU, WORDS, edit, naive_hits, some_told
from tests.cast import insert_exporter

TOYS = Told(frozenset({"toys"}), (), "", ("USA",))


class ThoughtBetter(Exception):
    """Raised to roll a transaction back."""


def rebuilt_is_the_same(engine: Engine, index: MatchIndex) -> bool:
    with engine.execution_options(reading=True).connect() as connection:
        return index.snapshot(engine)[0].is_same(build(connection))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), steps=st.lists(st.integers(1, 6), min_size=1, max_size=8))
def test_the_index_is_the_naive_loop_after_any_edits(
    loaded: Engine, now: datetime, seed: int, steps: list[int]
) -> None:
    """Committed, rolled back, or seen from within the transaction that makes them; at the number that is named."""
    chance, index = random.Random(seed), index_of(loaded)
    for edits in steps:
        with suppress(ThoughtBetter), writing(loaded) as session:
            for _ in range(edits):
                edit(session, chance, now)
            told = some_told(chance)
            assert index.hits_for(session, told, EU).hits == naive_hits(session, told)
            if chance.random() < 0.3:
                raise ThoughtBetter
        with reading(loaded) as session:
            for told in (some_told(chance) for _ in range(4)):
                found, expected = index.hits_for(session, told, EU), naive_hits(session, told)
                assert found.hits == expected
                assert sorted(index.ids_for(session, told, EU).ids) == sorted(
                    k for ids in expected.values() for k in ids
                )
                assert found.number == newest_number(session)
    assert rebuilt_is_the_same(loaded, index)


@given(
    words=st.lists(st.text("aby积-é ", min_size=1, max_size=4), max_size=60), text=st.text("abyes积-é ", max_size=30)
)
@example(words=["battery", "y", "toy"], text="batteries y toys")
def test_words_in_one_pass_are_those_found_one_by_one(words: list[str], text: str) -> None:
    looked = Words()
    for start in range(0, len(words), 20):  # an automaton is made between the batches
        looked.add(words[start : start + 20])
        assert looked.standing_in(text) == {word for word in words[: start + 20] if occurs(word, text)}


@given(word=st.sampled_from(WORDS), text=st.text("toys batterie2积木usb -ü", max_size=20))
def test_a_word_stands_where_the_pattern_says(word: str, text: str) -> None:
    """What `occurs` does by hand, said as a regular expression."""
    latin, stem = "[a-z0-9\u00c0-\u024f]", word[:-1] if word.endswith("y") and len(word) > 1 else word
    plural = "(?:y|ys|ies)" if stem != word else "(?:e?s)?" if re.match(latin, word[-1]) else ""
    before, after = (
        f"(?{look}{latin})" if re.match(latin, edge) else "" for look, edge in (("<!", word[0]), ("!", word[-1]))
    )
    assert occurs(word, text) is bool(re.search(before + re.escape(stem) + plural + after, text))


def test_edits_of_another_process_count_at_once(loaded: Engine, now: datetime) -> None:
    index = index_of(loaded)
    with writing(loaded) as session:
        one = insert_exporter(session, "", None, "one@exporter.example", [("industry", "toys")], now)
        key = one.id
    with reading(loaded) as session:
        assert set(index.hits_for(session, TOYS, EU).hits) == {key}
    url = loaded.url.render_as_string(hide_password=False)
    edits = f"UPDATE subscriber SET ended_at = '2026-06-03 01:00:00' WHERE id = {key}"
    script = (
        "from sqlalchemy import text; from store.engine import make_engine, writing\n"
        f"with writing(make_engine({url!r})) as session: session.execute(text({edits!r}))"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)
    with reading(loaded) as session:
        found = index.hits_for(session, TOYS, EU)
        assert (found.hits, found.number) == ({}, newest_number(session))


def test_two_that_write_at_once_are_both_seen(loaded: Engine, now: datetime) -> None:
    """The second to number its change commits first: nothing may be stepped over."""
    index, barrier = index_of(loaded), threading.Barrier(2)
    answers: list[tuple[int, set[int]]] = []

    def enrol(name: str) -> None:
        engine = make_engine(loaded.url.render_as_string(hide_password=False))
        for turn in range(20):
            with writing(engine) as session:
                insert_exporter(session, "", None, f"{name}{turn}@exporter.example", [("industry", "toys")], now)
                if loaded.dialect.name == "postgresql":  # both have written and neither has committed
                    barrier.wait(30)
        engine.dispose()

    threads = [threading.Thread(target=enrol, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        with reading(loaded) as session:
            found = index.ids_for(session, TOYS, EU)
            answers.append((found.number, set(found.ids)))
    with reading(loaded) as session:
        assert len(index.hits_for(session, TOYS, EU).hits) == 40
        logged = session.exec(select(SubscriptionChange.subscription_id, SubscriptionChange.number)).all()
    assert answers == sorted(answers, key=lambda answer: answer[0])
    for number, ids in answers:
        assert ids == {key for key, at in logged if key is not None and (at or 0) <= number}


def test_firms_of_a_bureau_are_found_and_move(loaded: Engine, now: datetime) -> None:
    index = index_of(loaded)
    with writing(loaded) as session:
        one = insert_exporter(session, "", None, "one@exporter.example", [("industry", "toys")], now)
        firm = session.get_one(Exporter, one.exporter_id)
        before = firm.bureau_id
    with reading(loaded) as session:
        assert index.subscribers_of(session, {before}) == {one.id}
    with writing(loaded) as session:
        session.execute(text("UPDATE exporter SET bureau_id = (SELECT max(id) FROM bureau)"))
        assert index.subscribers_of(session, {before}) == set()  # also for who has not committed it
    with reading(loaded) as session:
        assert index.subscribers_of(session, {before}) == set()
    assert rebuilt_is_the_same(loaded, index)


def filled(engine: Engine, now: datetime, chance: random.Random, edits: int = 30) -> None:
    with writing(engine) as session:
        for _ in range(edits):
            edit(session, chance, now)


def other_process(folder: Path) -> MatchIndex:
    """An index that knows nothing yet, as in a process that starts."""
    made = MatchIndex()
    made.keep_in(folder)
    return made


def test_a_copy_and_the_log_give_what_the_rows_give(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    chance, index = random.Random(3), index_of(loaded)
    index.keep_in(tmp_path)
    filled(loaded, now, chance)
    assert index.save(loaded) == tmp_path / NAME
    filled(loaded, now, chance, 10)
    copy = read_copy(tmp_path)
    assert copy is not None and copy[1] < index.snapshot(loaded)[1]
    assert rebuilt_is_the_same(loaded, other_process(tmp_path))


@pytest.mark.parametrize("harm", ["cut", "flipped", "empty", "other store", "log forgotten", "half written"])
def test_a_copy_that_cannot_be_used_is_passed_over(loaded: Engine, now: datetime, tmp_path: Path, harm: str) -> None:
    chance, index = random.Random(4), index_of(loaded)
    index.keep_in(tmp_path)
    filled(loaded, now, chance)
    path = index.save(loaded)
    assert path is not None
    whole = path.read_bytes()
    filled(loaded, now, chance, 10)
    if harm == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif harm == "flipped":
        path.write_bytes(whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:])
    elif harm == "empty":
        path.write_bytes(b"")
    elif harm == "half written":  # killed before its name was changed: the old one stands
        (tmp_path / f"{NAME}x.part").write_bytes(whole[:10])
    elif harm == "other store":  # one restored from before the copy has gone on otherwise
        with writing(loaded) as session:
            session.execute(text("UPDATE subscriptionchange SET mark = 'another'"))
    else:
        with writing(loaded) as session:
            assert forget_changes(session, keep=1) > 0
            assert len(session.exec(select(SubscriptionChange)).all()) == 1
    assert rebuilt_is_the_same(loaded, other_process(tmp_path))


def test_a_running_index_notices_that_its_log_is_another(loaded: Engine, now: datetime) -> None:
    chance, index = random.Random(5), index_of(loaded)
    filled(loaded, now, chance)
    index.snapshot(loaded)
    with writing(loaded) as session:  # as after a restore: other rows, another log
        session.execute(text("UPDATE subscriptionchange SET mark = 'another'"))
        session.execute(text("UPDATE subscription SET ended_at = NULL"))
        session.execute(text("DELETE FROM subscriptionchange WHERE mark <> 'another'"))
    assert rebuilt_is_the_same(loaded, index)


def test_two_stores_are_never_mixed(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    other = make_engine(f"sqlite:///{tmp_path / 'other.sqlite'}")
    upgrade_schema(other)
    with writing(loaded) as session:
        insert_exporter(session, "", None, "one@exporter.example", [("industry", "toys")], now)
    with reading(loaded) as here, reading(other) as there:
        assert len(index_of(loaded).hits_for(here, TOYS, EU).hits) == 1
        assert index_of(other).hits_for(there, TOYS, EU).hits == {}
    other.dispose()


def test_what_changes_nothing_for_a_match_is_not_logged(loaded: Engine, now: datetime) -> None:
    with writing(loaded) as session:
        insert_exporter(session, "", None, "one@exporter.example", [("industry", "toys")], now)
    with reading(loaded) as session:
        before = newest_number(session)
    with writing(loaded) as session:
        one = session.exec(select(Subscriber).order_by(col(Subscriber.id))).one()
        one.digest_rhythm, one.invitations, one.confirmed_at = "daily", 3, one.confirmed_at
        session.add(one)
    with reading(loaded) as session:
        assert newest_number(session) == before


def test_the_triggers_come_back_with_every_upgrade(loaded: Engine, now: datetime) -> None:
    """SQLite loses those of a table that a migration copies."""
    from alembic import command

    from store.schema import _config

    with loaded.execution_options(migrating=True).connect() as connection:
        with connection.begin():
            command.downgrade(_config(connection), "0018")
        connection.invalidate()
    upgrade_schema(loaded)
    with writing(loaded) as session:
        insert_exporter(session, "", None, "one@exporter.example", [("word", folded("积木"))], now)
    with reading(loaded) as session:
        assert newest_number(session) > 1
