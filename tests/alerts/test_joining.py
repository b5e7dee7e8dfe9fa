"""Stories of joins: one matter of several sources is told once, updated when more is known, and parted again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from settings import Settings
from store.engine import reading, writing
from store.join import HeldBack
from store.notice import HISTORY
from store.warning import TradeWarning
from tests.alerts.joined import (
    CITING,
    DOCKET,
    ask,
    held,
    joins,
    put_recall,
    put_rule,
    run_all,
    sent,
)
from tests.alerts.mailed import mails, settings_at, text_of
from tests.alerts.raised import SYMBOL, UNSURE, count, put, put_next, versions
from tests.cast import TOYS, Cast, insert_cast


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    with writing(loaded) as session:
        return insert_cast(session, now)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_at(tmp_path)


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
