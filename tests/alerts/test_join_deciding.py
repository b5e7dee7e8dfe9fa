"""Stories of officers and joins: proposals that hold nothing back, joining, refusing, and parting again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from alerts.join_deciding import JoinSettled, join, refuse, undo
from alerts.reviewing import NotAllowed
from settings import Settings
from store.audit import AuditEntry
from store.engine import reading, writing
from store.notice import Notice
from store.warning import TradeWarning
from tests.alerts.joined import (
    CITING,
    ask,
    decide,
    held,
    joins,
    put_recall,
    put_rule,
    run_all,
    sent,
)
from tests.alerts.mailed import settings_at
from tests.alerts.raised import SURE, SYMBOL, UNSURE, count, put, versions
from tests.cast import TOYS, Cast, insert_cast
from tests.rows import change


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    with writing(loaded) as session:
        return insert_cast(session, now)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_at(tmp_path)


def test_what_is_only_alike_is_proposed_and_holds_nothing_back(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    put_recall(loaded, now, "us_cpsc_recalls", "USA")
    put_recall(loaded, now, "ca_recalls", "CAN", title="Brightstar crib mobiles recalled due to choking hazard")
    put_recall(loaded, now, "uk_opss_alerts", "GBR", published_on=date(2026, 4, 1))  # too long before
    put_recall(
        loaded, now, "au_accc_recalls", "AUS", attributes={"brand": "Lumo", "model": "L5"}, products="Night lamp"
    )
    run_all(loaded, now, settings)
    (one,) = joins(loaded)
    assert (one.how, one.state) == ("officer", "proposed")
    assert one.score is not None and one.score > 90
    assert one.likeness["brand"] == 100
    assert count(loaded, TradeWarning) == 4
    assert len(sent(loaded)) == 4


def test_an_officer_joins_and_what_comes_next_is_silent_until_it_is_undone(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    put_recall(loaded, now, "us_cpsc_recalls", "USA", force_on=date(2026, 6, 30))
    second = put_recall(loaded, now, "ca_recalls", "CAN")
    run_all(loaded, now, settings)
    assert len(sent(loaded)) == 2
    decide(loaded, join, cast.city, now)
    with writing(loaded) as session:
        change(session, session.get_one(Notice, second.id), SURE, now, force_on=date(2026, 6, 30))
    run_all(loaded, now, settings)
    assert (len(versions(loaded)), len(sent(loaded))) == (2, 2)
    (row,) = held(loaded)
    assert decide(loaded, undo, cast.province, now) == [second.id]
    run_all(loaded, now, settings)
    run_all(loaded, now, settings)
    assert [(v.kind, v.notice_id, v.facts["force_on"]) for v in versions(loaded)][2:] == [
        ("update", second.id, "2026-06-30")
    ]
    assert sent(loaded)[2:] == [("toys", "warning_update")]
    assert held(loaded)[0].released_at == now
    assert row.released_at is None
    with reading(loaded) as session:
        actions = session.exec(select(AuditEntry.action).where(col(AuditEntry.object_kind) == "join")).all()
    assert actions == ["join.joined", "join.undone"]


def test_undoing_sends_what_a_citation_held_back_as_a_warning_of_its_own(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    put(loaded, now, description=CITING)
    rule = put_rule(loaded, now)
    run_all(loaded, now, settings)
    assert sent(loaded) == [("toys", "warning_issue")]
    assert decide(loaded, undo, cast.province, now) == [rule.id]
    for _ in range(2):
        run_all(loaded, now, settings)
    one, two = versions(loaded)
    assert (two.kind, two.number, two.notice_id) == ("issue", 1, rule.id)
    assert one.warning_id != two.warning_id
    assert sent(loaded) == [("toys", "warning_issue"), ("toys", "warning_issue")]
    with writing(loaded) as session:  # a new version of the rule does not bring the join back
        change(session, session.get_one(Notice, rule.id), SURE, now, title="Safety Standard for Toys, corrected")
    run_all(loaded, now, settings)
    assert [one.state for one in joins(loaded)] == ["undone"]


def test_undoing_an_update_tells_nobody_the_same_twice(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    put(loaded, now, description=CITING)
    run_all(loaded, now, settings)
    rule = put_rule(loaded, now, comment_deadline=date(2026, 8, 14))
    run_all(loaded, now, settings)
    ask(loaded, now, "later", ("industry", TOYS))
    decide(loaded, undo, cast.province, now)
    run_all(loaded, now, settings)
    assert versions(loaded)[-1].notice_id == rule.id
    assert versions(loaded)[-1].number == 1
    assert sent(loaded) == [("toys", "warning_issue"), ("toys", "warning_update"), ("later", "warning_issue")]
    with writing(loaded) as session:  # who had it from the joint warning still gets what follows
        change(session, session.get_one(Notice, rule.id), SURE, now, comment_deadline=date(2026, 9, 1))
    run_all(loaded, now, settings)
    assert sent(loaded)[3:] == [("toys", "warning_update"), ("later", "warning_update")]


def test_undoing_gives_back_a_version_that_had_given_way_on_the_desk(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    first = put(loaded, now, SYMBOL, UNSURE, description=CITING)
    run_all(loaded, now, settings)
    rule = put_rule(loaded, now, suggested=UNSURE, comment_deadline=date(2026, 8, 14))
    run_all(loaded, now, settings)
    assert [v.state for v in versions(loaded)] == ["superseded", "under_review"]
    assert decide(loaded, undo, cast.province, now) == sorted([first.id or 0, rule.id or 0])
    run_all(loaded, now, settings)
    standing = [(v.notice_id, v.state) for v in versions(loaded) if v.state != "superseded"]
    assert sorted(standing) == sorted([(first.id, "under_review"), (rule.id, "under_review")])


def test_a_join_by_an_officer_takes_a_waiting_version_off_the_desk(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    put_recall(loaded, now, "us_cpsc_recalls", "USA", members=["USA", "CAN"])
    put_recall(loaded, now, "ca_recalls", "CAN", suggested=UNSURE)
    run_all(loaded, now, settings)
    assert [v.state for v in versions(loaded)] == ["issued", "under_review"]
    decide(loaded, join, cast.province, now)
    run_all(loaded, now, settings)
    assert [v.state for v in versions(loaded)] == ["issued", "superseded"]
    assert sent(loaded) == [("toys", "warning_issue")]
    assert len(held(loaded)) == 1


def test_a_county_may_not_decide_and_the_second_officer_is_told_who_was_first(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    put_recall(loaded, now, "us_cpsc_recalls", "USA")
    put_recall(loaded, now, "ca_recalls", "CAN")
    run_all(loaded, now, settings)
    with pytest.raises(NotAllowed):
        decide(loaded, join, cast.county, now)
    gate = Barrier(2)

    def race(officer: object) -> str:
        gate.wait()
        try:
            decide(loaded, join if officer is cast.city else refuse, officer, now)  # type: ignore[arg-type]
        except JoinSettled as late:
            return late.by
        return ""

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(race, [cast.city, cast.province]))
    winner = joins(loaded)[0].state
    assert sorted(told) == ["", "shantou" if winner == "joined" else "guangdong"]


def test_a_refused_proposal_is_never_made_again(loaded: Engine, cast: Cast, now: datetime, settings: Settings) -> None:
    put_recall(loaded, now, "us_cpsc_recalls", "USA")
    second = put_recall(loaded, now, "ca_recalls", "CAN")
    run_all(loaded, now, settings)
    decide(loaded, refuse, cast.province, now)
    with writing(loaded) as session:
        change(session, session.get_one(Notice, second.id), SURE, now, description="More pictures")
    run_all(loaded, now, settings)
    assert [one.state for one in joins(loaded)] == ["refused"]
