"""Stories of joins: one matter of several sources is told once, updated when more is known, and parted again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from alerts.join_deciding import JoinSettled, join, refuse, undo
from alerts.joining import join_pending
from alerts.matching import match_pending
from alerts.raising import raise_pending
from alerts.reviewing import NotAllowed
from settings import Settings
from store.audit import AuditEntry
from store.engine import reading, writing
from store.join import HeldBack, NoticeReference
from store.notice import HISTORY, Notice
from store.warning import TradeWarning
from tests.alerts.joined import CITING, DOCKET, decide, held, joins, put_foreign, put_recall, put_rule, run_all, sent
from tests.alerts.mailed import mails, settings_at, text_of
from tests.alerts.raised import SURE, SYMBOL, UNSURE, count, put, put_next, versions
from tests.cast import TOYS, Cast, insert_cast, insert_exporter
from tests.rows import change


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    with writing(loaded) as session:
        return insert_cast(session, now)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_at(tmp_path)


def ask(engine: Engine, now: datetime, name: str, *terms: tuple[str, str]) -> None:
    with writing(engine) as session:
        insert_exporter(session, name, None, f"{name}@exporter.example", list(terms), now)


@pytest.mark.parametrize("rule_first", [False, True])
def test_a_rule_and_its_notification_are_one_warning_and_one_mail(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings, rule_first: bool
) -> None:
    def notify() -> None:
        put(loaded, now, description=CITING)

    def rule() -> None:
        put_rule(loaded, now)

    for arrive in (rule, notify) if rule_first else (notify, rule):
        arrive()
        run_all(loaded, now, settings)
    (one,) = joins(loaded)
    assert (one.how, one.state, one.reference) == ("cited", "joined", DOCKET)
    assert one.stood_in == ("description" if rule_first else "references")
    assert count(loaded, TradeWarning) == len(versions(loaded)) == 1
    assert sent(loaded) == [("toys", "warning_issue")]
    (row,) = held(loaded)
    with reading(loaded) as session:
        warning = session.exec(select(TradeWarning)).one()
    assert row.reason == f"adds nothing to {warning.public_id}"
    assert row.told_at == now


def test_the_first_to_print_codes_adds_no_product_but_reaches_who_asks_for_them(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    ask(loaded, now, "customs", ("hs", "950300"))
    put_rule(loaded, now)
    run_all(loaded, now, settings)
    put(loaded, now, description=CITING)
    run_all(loaded, now, settings)
    assert len(versions(loaded)) == 1
    assert sent(loaded) == [("toys", "warning_issue"), ("customs", "warning_issue")]


def test_both_at_once_are_one_mail_that_names_the_other_source(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    put(loaded, now, description=CITING)
    put_rule(loaded, now)
    run_all(loaded, now, settings)
    ((_, mail, body),) = mails(loaded)
    line = "同一事项的其他来源：美国，法规，2026年6月2日：Safety Standard for Toys https://www.federalregister.gov/d/2026-12345"
    assert line in text_of(mail, body)
    assert "federalregister.gov/d/2026-12345" in body.html


def test_running_twice_changes_nothing(loaded: Engine, cast: Cast, now: datetime, settings: Settings) -> None:
    put(loaded, now, description=CITING)
    put_rule(loaded, now)
    put_recall(loaded, now, "us_cpsc_recalls", "USA")
    put_recall(loaded, now, "ca_recalls", "CAN")
    run_all(loaded, now, settings)
    before = [[row.model_dump() for row in rows] for rows in (joins(loaded), held(loaded), versions(loaded))]
    assert run_all(loaded, now + timedelta(hours=1), settings) == {}
    assert [[r.model_dump() for r in rows] for rows in (joins(loaded), held(loaded), versions(loaded))] == before


def test_a_later_deadline_of_the_rule_is_an_update(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    put(loaded, now, description=CITING)
    run_all(loaded, now, settings)
    put_rule(loaded, now, comment_deadline=date(2026, 8, 14))
    run_all(loaded, now + timedelta(days=1), settings)
    one, two = versions(loaded)
    assert (two.warning_id, two.number, two.kind, two.references_id) == (one.warning_id, 2, "update", one.id)
    assert two.facts["changes"] == {
        "comment_deadline": ["2026-07-30", "2026-08-14"],
        "comment_deadline_text": ["30 July 2026", ""],
    }
    assert (two.facts["hs"], two.facts["symbols"], two.facts["stage"]) == (["9503"], [SYMBOL], "draft")
    assert sent(loaded) == [("toys", "warning_issue"), ("toys", "warning_update")]
    _, mail, body = mails(loaded)[1]
    text = text_of(mail, body)
    assert "另有来源补充（美国，法规，2026年6月2日）：提意见（评议）截止2026年8月14日。" in text
    assert "2026年7月30日，改为2026年8月14日" in text


def test_the_notification_says_again_what_the_rule_told_and_nobody_is_written_to(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    first = put(loaded, now, description=CITING)
    put_rule(loaded, now, comment_deadline=date(2026, 8, 14))
    run_all(loaded, now, settings)
    put_next(loaded, now, first, "Add.1", "deadline_changed", comment_deadline=date(2026, 8, 14))
    run_all(loaded, now + timedelta(days=2), settings)
    assert len(versions(loaded)) == 2
    assert len(held(loaded)) == 1
    put_next(loaded, now, first, "Add.2", "in_force", force_on=date(2026, 9, 1), published_on=date(2026, 6, 20))
    run_all(loaded, now + timedelta(days=20), settings)
    last = versions(loaded)[-1]
    assert (last.kind, last.facts["stage"], last.facts["force_on"]) == ("update", "adopted", "2026-09-01")
    assert last.facts["comment_deadline"] == "2026-08-14"


def test_who_only_the_second_source_concerns_gets_a_first_issue(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    ask(loaded, now, "mobiles", ("word", "mobiles"))
    put(loaded, now, description=CITING)
    run_all(loaded, now, settings)
    put_rule(loaded, now, title="Safety Standard for Toys, Crib Mobiles")
    run_all(loaded, now + timedelta(days=10), settings)
    assert len(versions(loaded)) == 1
    assert sent(loaded) == [("toys", "warning_issue"), ("mobiles", "warning_issue")]
    texts = {address: text_of(mail, body) for address, mail, body in mails(loaded)}
    assert "您订阅了产品词“mobiles”" in texts["mobiles@exporter.example"]
    assert "还剩57天" in texts["toys@exporter.example"]
    assert "还剩47天" in texts["mobiles@exporter.example"]  # counted from his own day


def test_another_market_is_an_update_for_the_first_readers_and_a_first_issue_for_its_own(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    ask(loaded, now, "canada", ("industry", TOYS), ("market", "CAN"))
    put_recall(loaded, now, "us_cpsc_recalls", "USA", attributes={"references": ["CPSC 26-669"]})
    run_all(loaded, now, settings)
    put_recall(loaded, now, "ca_recalls", "CAN", description="Joint recall with the US CPSC (recall number 26-669).")
    run_all(loaded, now, settings)
    assert [join.reference for join in joins(loaded)] == ["CPSC 26669"]
    assert [v.kind for v in versions(loaded)] == ["issue", "update"]
    assert versions(loaded)[1].facts["members"] == ["USA", "CAN"]
    assert sent(loaded) == [("toys", "warning_issue"), ("toys", "warning_update"), ("canada", "warning_issue")]
    update = text_of(*mails(loaded)[1][1:])
    assert "另有来源补充（加拿大，召回，2026年6月2日）：涉及的市场加拿大。" in update


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


def test_history_is_shown_together_and_holds_nothing_back(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    put(loaded, now, admitted=HISTORY, description=CITING)
    put_rule(loaded, now)
    run_all(loaded, now, settings)
    assert [one.state for one in joins(loaded)] == ["joined"]
    assert [v.kind for v in versions(loaded)] == ["issue"]
    assert sent(loaded) == [("toys", "warning_issue")]
    assert count(loaded, HeldBack) == 0


def test_a_sure_rule_goes_out_while_the_doubtful_notification_waits(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    put(loaded, now, SYMBOL, UNSURE, description=CITING)
    run_all(loaded, now, settings)
    put_rule(loaded, now)
    run_all(loaded, now, settings)
    assert [(v.state, v.kind) for v in versions(loaded)] == [("superseded", "issue"), ("issued", "issue")]
    assert sent(loaded) == [("toys", "warning_issue")]


def test_a_withdrawal_in_one_market_cancels_nothing_in_the_other(
    loaded: Engine, cast: Cast, now: datetime, settings: Settings
) -> None:
    first = put(loaded, now, attributes={"references": ["docket EPA-HQ-OPPT-2026-0123"]})
    other = put_rule(loaded, now, issuer="CAN", attributes={}, description=f"In step with {SYMBOL}.")
    run_all(loaded, now, settings)
    assert len(versions(loaded)) == 2
    put_next(loaded, now, first, "Add.1", "withdrawn")
    run_all(loaded, now, settings)
    last = versions(loaded)[-1]
    assert (last.kind, last.facts["stage"]) == ("update", "draft")
    assert last.facts["added"]["measure"] == "withdrawn"  # type: ignore[index]
    assert other.thread_id != first.thread_id


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
