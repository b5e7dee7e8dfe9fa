"""When sources are visited: jitter that schedulers agree on, earlier retries, and when a visit is missing."""

from __future__ import annotations

from datetime import datetime, timedelta

from store.timetable import jitter, latest_slot, missed_slot, next_slot, retry_slot

DAILY = "30 8 * * *"
GRACE = timedelta(minutes=30)


def test_a_monthly_line_is_found_long_after(now: datetime) -> None:
    slot = latest_slot("10 4 3 * *", now + timedelta(days=25))
    assert slot is not None and (slot.day, slot.hour) == (3, 4)


def test_the_next_slot_is_never_the_present_one(now: datetime) -> None:
    first = next_slot(DAILY, now)
    assert first is not None and next_slot(DAILY, first) == first + timedelta(days=1)


def test_jitter_is_bounded_the_same_for_all_and_different_by_source(now: datetime) -> None:
    found = [jitter(f"crawl:{n}", now, 180) for n in range(40)]
    assert all(timedelta() <= one < timedelta(seconds=180) for one in found)
    assert found == [jitter(f"crawl:{n}", now, 180) for n in range(40)]
    assert len(set(found)) > 20 and jitter("crawl:1", now, 0) == timedelta()


def test_a_failing_source_is_tried_again_soon_then_ever_more_rarely(now: datetime) -> None:
    assert retry_slot(now, now + timedelta(minutes=29)) is None
    assert retry_slot(now, now + timedelta(minutes=31)) == now + timedelta(minutes=30)
    assert retry_slot(now, now + timedelta(hours=5)) == now + timedelta(hours=4)
    assert retry_slot(now, now + timedelta(days=30)) == retry_slot(now, now + timedelta(days=3))


def test_a_source_is_late_once_its_next_visit_is_well_past(now: datetime) -> None:
    success = now - timedelta(hours=24)  # yesterday at nine; the next visit was due today at half past eight
    assert missed_slot(DAILY, success, now, GRACE) is None
    late = missed_slot(DAILY, success, now + timedelta(minutes=1), GRACE)
    assert late is not None and late == now - timedelta(minutes=30)
    assert missed_slot(DAILY, None, now, GRACE) is None
