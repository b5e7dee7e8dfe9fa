"""Turns by a provider's pace, and pauses that grow: pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.pacing import Bucket, draw
from alerts.pausing import LONGEST, SHORTEST, next_pause


def test_a_burst_goes_at_once_and_the_rest_in_turn(now: datetime) -> None:
    waits, bucket = draw(Bucket(2.0, now), 4, now, per_minute=60, burst=2)
    assert [wait.total_seconds() for wait in waits] == [0, 0, 1, 2]
    later, _ = draw(bucket, 1, now + timedelta(seconds=2), per_minute=60, burst=2)
    assert later[0].total_seconds() == 1  # those two have had their turns


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 40)), max_size=20))
def test_no_minute_sees_more_than_a_burst_and_the_pace(draws: list[tuple[int, int]]) -> None:
    now = begin = datetime.fromisoformat("2026-06-03T09:00+08:00")
    bucket, turns = Bucket(5.0, begin), []
    for pause, wanted in draws:
        now += timedelta(seconds=pause)
        waits, bucket = draw(bucket, wanted, now, per_minute=30, burst=5)
        turns += [now + wait for wait in waits]
    for turn in turns:
        assert sum(turn <= other < turn + timedelta(minutes=1) for other in turns) <= 30 + 5 + 1


def test_pauses_double_to_two_days_and_begin_anew_after_an_acceptance() -> None:
    pauses, last = [], timedelta(0)
    for _ in range(10):
        last = next_pause(last, accepted_since=False)
        pauses.append(last)
    assert pauses[:3] == [SHORTEST, SHORTEST * 2, SHORTEST * 4]
    assert pauses[-1] == LONGEST == timedelta(hours=48)
    assert next_pause(LONGEST, accepted_since=True) == SHORTEST
