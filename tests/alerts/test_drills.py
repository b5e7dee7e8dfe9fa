"""Drills: on the real desks, through all three tiers, measured, and never a mail to a firm."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from alerts.drill_report import DeskLine, tiers_of
from alerts.drills import BadDrill, DrillEnded, UnknownDrill, drill_by_id, end_drill
from alerts.raising import raise_pending
from alerts.reviewing import AlreadyDecided, NoIndustry, NotAllowed, accept, dismiss
from store.audit import AuditEntry
from store.email import Email
from store.engine import reading, writing
from store.industry import UnknownIndustry
from store.notice import Notice
from store.review import ESCALATED, OPEN, Decision, Review
from store.subscription import Match
from store.warning import ISSUED, SUPERSEDED, UNREVIEWED, TradeWarning, WarningVersion
from tests.alerts.drilled import pass_time, report, start
from tests.alerts.mailed import run_to_mails, settings_at
from tests.alerts.raised import count, desks, put, versions
from tests.cast import CERAMICS, CHENGHAI, PROVINCE, SHANTOU, TOYS, Cast, bureau_at, insert_cast


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    with writing(loaded) as session:
        return insert_cast(session, now)


def review_at(engine: Engine, code: str) -> Review:
    with reading(engine) as session:
        return session.exec(select(Review).where(Review.bureau_id == bureau_at(session, code).id)).one()


def test_a_drill_comes_to_the_desks_of_a_real_warning(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, now, "G/TBT/N/USA/1", [(TOYS, "flagged")])
    raise_pending(loaded, now)
    real = set(desks(loaded))
    drill = start(loaded, cast.province, now)
    with reading(loaded) as session:
        version = session.exec(select(WarningVersion).where(WarningVersion.warning_id == drill.warning_id)).one()
        mine = session.exec(select(Review).where(Review.version_id == version.id)).all()
        assert session.get_one(TradeWarning, drill.warning_id).status == "exercise"
    assert len(mine) == len(real) > 0
    assert {row.state for row in mine} == {OPEN}
    assert (version.state, version.severity, version.flags) == ("under_review", "orange", ["drill"])
    assert str(version.facts["title"]).startswith("【演练】")


def test_no_stage_takes_the_made_up_notice_up(loaded: Engine, cast: Cast, now: datetime, tmp_path: Path) -> None:
    start(loaded, cast.province, now)
    assert raise_pending(loaded, now) == 0
    assert run_to_mails(loaded, now, settings_at(tmp_path)) == (0, 0)
    with reading(loaded) as session:
        (notice,) = session.exec(select(Notice)).all()
    assert (notice.source, notice.admitted) == ("drill", "drill")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"title": "  "}, BadDrill),
        ({"title": "长" * 121}, BadDrill),
        ({"severity": "purple"}, BadDrill),
        ({"industries": []}, NoIndustry),
        ({"industries": ["no-such"]}, UnknownIndustry),
    ],
)
def test_a_drill_that_makes_no_sense_writes_nothing(
    loaded: Engine, cast: Cast, now: datetime, wrong: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        start(loaded, cast.province, now, **wrong)
    assert count(loaded, TradeWarning) == count(loaded, Notice) == 0


def test_only_the_province_starts_and_ends_one(loaded: Engine, cast: Cast, now: datetime) -> None:
    for officer in (cast.county, cast.city):
        with pytest.raises(NotAllowed):
            start(loaded, officer, now)
    drill = start(loaded, cast.province, now)
    with pytest.raises(NotAllowed), writing(loaded) as session:
        end_drill(session, drill_by_id(session, drill.public_id), cast.city, now)
    with pytest.raises(UnknownDrill), reading(loaded) as session:
        drill_by_id(session, "0" * 32)


def test_left_alone_it_goes_up_all_three_tiers_and_out_to_nobody(
    loaded: Engine, cast: Cast, now: datetime, tmp_path: Path
) -> None:
    settings = settings_at(tmp_path)
    drill = start(loaded, cast.province, now)
    seen = []
    at = now
    for _ in range(12):  # each round: to the first desk that falls due
        with reading(loaded) as session:
            waiting = session.exec(select(Review).where(Review.state == OPEN).order_by(col(Review.due_at))).first()
        if waiting is None:
            break
        at = waiting.due_at
        pass_time(loaded, at, settings)
        seen.append(at)
    assert seen == sorted(set(seen)) and len(seen) >= 3
    (version,) = versions(loaded)
    assert (version.state, version.basis, version.composed_at) == (ISSUED, UNREVIEWED, at)
    told = report(loaded, drill, at)
    tiers = {line.tier: line for line in told.tiers}
    assert {"county", "city", "province"} <= set(tiers)
    assert all((line.acted, line.median_minutes) == (0, None) for line in told.tiers)
    assert {line.outcome for line in told.desks} == {"overdue"}
    assert set(told.never_acted) == {line.bureau for line in told.desks}
    for line in told.desks:  # opened when the one below ran out, and escalated to the minute
        assert line.minutes == (line.due_at - line.opened_at) / timedelta(minutes=1)
    assert count(loaded, Email) == count(loaded, Match) == 0


def test_the_report_tells_minutes_and_who_acted(loaded: Engine, cast: Cast, now: datetime) -> None:
    drill = start(loaded, cast.province, now)
    later = now + timedelta(minutes=42, seconds=30)
    with writing(loaded) as session:
        dismiss(session, session.get_one(Review, review_at(loaded, CHENGHAI).id), cast.county, later)
    lines = {line.place: line for line in report(loaded, drill, now + timedelta(hours=2)).desks}
    assert (lines[CHENGHAI].outcome, lines[CHENGHAI].minutes) == ("dismiss", 42.5)
    assert lines[CHENGHAI].acted and not lines[CHENGHAI].late
    others = [line for code, line in lines.items() if code != CHENGHAI]
    assert {(line.outcome, line.minutes) for line in others} <= {("open", 120.0)}
    assert report(loaded, drill, later).never_acted == ()


def test_who_is_decided_for_has_not_acted(loaded: Engine, cast: Cast, now: datetime) -> None:
    drill = start(loaded, cast.province, now)
    with writing(loaded) as session:
        dismiss(session, session.get_one(Review, review_at(loaded, CHENGHAI).id), cast.city, now + timedelta(minutes=9))
    told = report(loaded, drill, now + timedelta(minutes=10))
    line = next(line for line in told.desks if line.place == CHENGHAI)
    with reading(loaded) as session:
        assert line.by == bureau_at(session, SHANTOU).short_name_zh
    assert not line.acted and line.bureau in told.never_acted


def desk(tier: str, minutes: float, outcome: str = "accept", by: str = "") -> DeskLine:
    at = datetime.fromisoformat("2026-06-03T01:00+00:00")
    due = at + timedelta(minutes=60)
    return DeskLine(1, "440515", "澄海", tier, False, "", at, due, outcome, at, minutes, by)


def test_the_median_of_a_tier_counts_only_those_who_acted_themselves() -> None:
    lines = [desk("county", 10), desk("county", 20), desk("county", 90), desk("county", 60, "overdue")]
    lines += [desk("county", 1, "accept", "汕头"), desk("county", 5, "closed"), desk("province", 7, "passed_up")]
    county, province = tiers_of(lines)
    assert (county.tier, county.desks, county.acted, county.median_minutes) == ("county", 6, 3, 20.0)
    assert (province.desks, province.acted, province.median_minutes) == (1, 1, 7.0)
    assert [line.late for line in lines[:4]] == [False, False, True, False]
    assert [line.never_acted for line in lines[3:6]] == [True, True, False]


def test_signed_off_updated_and_cancelled_it_still_reaches_no_firm(
    loaded: Engine, cast: Cast, now: datetime, tmp_path: Path
) -> None:
    settings = settings_at(tmp_path)
    drill = start(loaded, cast.province, now)
    with writing(loaded) as session:
        accept(session, session.get_one(Review, review_at(loaded, CHENGHAI).id), cast.county, now)
    for number, kind in ((2, "update"), (3, "cancel")):
        with writing(loaded) as session:
            before = session.exec(select(WarningVersion).order_by(col(WarningVersion.number).desc())).first()
            assert before is not None
            session.add(follow_up(before, number, kind, now))
    pass_time(loaded, now, settings)
    with reading(loaded) as session:
        done = session.exec(select(WarningVersion).where(WarningVersion.warning_id == drill.warning_id)).all()
    assert [version.composed_at for version in done] == [now] * 3
    assert count(loaded, Email) == count(loaded, Match) == 0
    put(loaded, now, "G/TBT/N/USA/7", [(TOYS, "accepted")])  # the same store, the same firm, the real thing
    assert run_to_mails(loaded, now, settings) == (1, 1)
    assert count(loaded, Email) == 1


def follow_up(before: WarningVersion, number: int, kind: str, now: datetime) -> WarningVersion:
    return WarningVersion(
        warning_id=before.warning_id,
        number=number,
        kind=kind,
        references_id=before.id,
        notice_id=before.notice_id,
        notice_number=1,
        severity=before.severity,
        facts=before.facts,
        state=ISSUED,
        basis="signed_off",
        raised_at=now,
        issued_at=now,
    )


def test_ending_closes_what_is_open_and_nothing_else(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, now, "G/TBT/N/USA/1", [(TOYS, "flagged")])
    raise_pending(loaded, now)
    real = {row.id for row in desks(loaded).values()}
    drill = start(loaded, cast.province, now, industries=[TOYS, CERAMICS])
    end = now + timedelta(minutes=30)
    with writing(loaded) as session:
        end_drill(session, drill_by_id(session, drill.public_id), cast.province, end)
    with reading(loaded) as session:
        rows = session.exec(select(Review)).all()
        own = [row for row in rows if row.id not in real]
        version = session.exec(select(WarningVersion).where(WarningVersion.warning_id == drill.warning_id)).one()
        deeds = session.exec(select(AuditEntry.action).where(AuditEntry.object_id == drill.public_id)).all()
    assert {row.state for row in rows if row.id in real} == {OPEN}
    assert {(row.state, row.closed_at, row.closed_reason) for row in own} == {("closed", end, "演练已由省级结束")}
    assert version.state == SUPERSEDED
    assert list(deeds) == ["drill.start", "drill.end"]
    with pytest.raises(AlreadyDecided), writing(loaded) as session:
        accept(session, session.get_one(Review, own[0].id), cast.province, end)
    with pytest.raises(DrillEnded), writing(loaded) as session:
        end_drill(session, drill_by_id(session, drill.public_id), cast.province, end)
    told = report(loaded, drill, end + timedelta(days=3))
    assert {(line.outcome, line.minutes) for line in told.desks} == {("closed", 30.0)}
    assert ESCALATED not in {row.state for row in own}
    assert count(loaded, Decision) == 0


def test_a_red_drill_starts_as_an_emergency_and_falls_due_as_one(loaded: Engine, cast: Cast, now: datetime) -> None:
    drill = start(loaded, cast.province, now, severity="red")
    told = report(loaded, drill, now)
    assert told.newest.facts["stage"] == "emergency"
    with reading(loaded) as session:
        province = bureau_at(session, PROVINCE).id
    county = [line for line in told.desks if line.bureau_id != province]
    assert {line.due_at - line.opened_at for line in county} == {timedelta(hours=4)}
