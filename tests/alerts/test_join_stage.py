"""The stage join: which numbers join and which do not; cut, run twice or by two workers it does the same once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from alerts.joining import join_pending
from alerts.matching import match_pending
from alerts.raising import raise_pending
from settings import Settings
from store.audit import AuditEntry
from store.engine import reading, writing
from store.join import NoticeReference
from store.notice import Notice
from store.warning import TradeWarning
from tests.alerts.joined import (
    CITING,
    held,
    joins,
    put_foreign,
    put_recall,
    put_rule,
    run_all,
    sent,
)
from tests.alerts.mailed import settings_at
from tests.alerts.raised import SURE, SYMBOL, count, put, put_next, versions
from tests.cast import Cast, insert_cast
from tests.rows import change


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    with writing(loaded) as session:
        return insert_cast(session, now)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_at(tmp_path)


def test_running_twice_changes_nothing(loaded: Engine, cast: Cast, now: datetime, settings: Settings) -> None:
    put(loaded, now, description=CITING)
    put_rule(loaded, now)
    put_recall(loaded, now, "us_cpsc_recalls", "USA")
    put_recall(loaded, now, "ca_recalls", "CAN")
    run_all(loaded, now, settings)
    before = [[row.model_dump() for row in rows] for rows in (joins(loaded), held(loaded), versions(loaded))]
    assert run_all(loaded, now + timedelta(hours=1), settings) == {}
    assert [[r.model_dump() for r in rows] for rows in (joins(loaded), held(loaded), versions(loaded))] == before


def test_a_number_that_very_many_share_joins_nothing(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    for number in range(25):
        put_foreign(
            loaded,
            now,
            "us_federal_register",
            f"2026-{number}",
            None,
            attributes={"references": ["docket FDA-2013-S-0610"]},
        )
    while join_pending(loaded, now):
        pass
    assert joins(loaded) == []
    with reading(loaded) as session:
        noted = session.exec(select(AuditEntry.object_id).where(AuditEntry.action == "join.too_common")).all()
    assert noted == ["docket FDA-2013-S-0610"]


def test_a_docket_of_another_country_and_two_notifications_that_name_each_other_stay_apart(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    put(loaded, now, description=CITING)
    put_rule(loaded, now, issuer="CAN", attributes={}, description="Canada follows Docket No. CPSC-2026-0012")
    put(loaded, now, "G/TBT/N/USA/2000", SURE, description=f"Replaces {SYMBOL}")
    run_all(loaded, now, settings)
    assert joins(loaded) == []
    assert count(loaded, TradeWarning) == 3


def test_a_cited_symbol_joins_the_whole_thread(loaded: Engine, cast: Cast, now: datetime, settings: Settings) -> None:
    first = put(loaded, now)
    put_next(loaded, now, first, "Add.1", "other")
    rule = put_rule(loaded, now, attributes={}, description=f"Notified to the WTO as {SYMBOL}/Add.1.")
    run_all(loaded, now, settings)
    (one,) = joins(loaded)
    assert (one.notice_id, one.other_id, one.reference) == (first.id, rule.id, f"WTO {SYMBOL}")
    assert len(versions(loaded)) == 1


@pytest.mark.parametrize("cut_after", range(4))
def test_cut_between_stages_nothing_is_lost_and_nothing_sent_twice(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings, cut_after: int
) -> None:
    put(loaded, now, description=CITING)
    put_rule(loaded, now)
    stages = [
        lambda: join_pending(loaded, now, limit=1),
        lambda: raise_pending(loaded, now, limit=1),
        lambda: raise_pending(loaded, now, limit=1),
        lambda: match_pending(loaded, now),
    ]
    for stage in stages[:cut_after]:
        stage()
    run_all(loaded, now, settings)
    assert sent(loaded) == [("toys", "warning_issue")]
    assert len(joins(loaded)) == len(held(loaded)) == len(versions(loaded)) == 1


def test_two_workers_raise_the_two_sources_at_the_same_second(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    put(loaded, now, description=CITING)
    put_rule(loaded, now)
    gate = Barrier(2)

    def work(_: int) -> None:
        gate.wait()
        while raise_pending(loaded, now, limit=1):
            pass

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    run_all(loaded, now + timedelta(minutes=10), settings)
    assert len(joins(loaded)) == len(versions(loaded)) == len(held(loaded)) == 1
    assert sent(loaded) == [("toys", "warning_issue")]


def test_one_bad_notice_keeps_its_error_and_the_others_are_joined(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    bad = put_rule(loaded, now, "2026-1")
    put(loaded, now, description=CITING)
    put_rule(loaded, now)
    with writing(loaded) as session:
        session.get_one(Notice, bad.id).attributes = "not an object"  # type: ignore[assignment]
    while join_pending(loaded, now):
        pass
    assert len(joins(loaded)) == 1
    with reading(loaded) as session:
        kept = session.get_one(Notice, bad.id)
        assert kept.joined_number is None
        assert "attribute" in (kept.last_error or "")


def test_a_new_version_forgets_the_numbers_it_no_longer_names(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    rule = put_rule(loaded, now)
    run_all(loaded, now, settings)
    with writing(loaded) as session:
        change(session, session.get_one(Notice, rule.id), SURE, now, attributes={"references": ["FR 2026-12345"]})
    run_all(loaded, now, settings)
    with reading(loaded) as session:
        rows = session.exec(select(NoticeReference.scheme, NoticeReference.number, NoticeReference.own)).all()
    assert set(rows) == {("FR", "2026-12345", True)}
