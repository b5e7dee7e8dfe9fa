"""Raising: history is silent, sure news goes out, doubt goes to the desks that must look, twice changes nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from alerts.raising import raise_pending
from store.classification import Classification
from store.engine import reading, writing
from store.notice import HISTORY, Notice
from store.review import Review
from store.warning import TradeWarning, WarningVersion
from tests.alerts.raised import SURE, SYMBOL, UNSURE, count, desks, put, put_next, run, slugs, versions
from tests.cast import TOYS, Cast, insert_cast, insert_exporter


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    with writing(loaded) as session:
        return insert_cast(session, now)


def test_sure_news_becomes_a_warning_at_once(loaded: Engine, cast: Cast, now: datetime) -> None:
    notice = put(loaded, now)
    assert run(loaded, now) == 1
    (version,) = versions(loaded)
    assert (version.kind, version.number, version.state, version.basis) == ("issue", 1, "issued", "automatic")
    assert (version.issued_at, version.flags, version.severity) == (now, [], "yellow")
    assert version.severity_reason
    assert version.facts["symbols"] == [SYMBOL]
    assert version.facts["stage"] == "draft"
    assert version.facts["comment_deadline"] == "2026-07-30"
    assert version.facts["notice_public_id"] == notice.public_id
    assert slugs(loaded, version) == [TOYS]
    assert count(loaded, Review) == 0


def test_doubt_goes_to_the_county_that_hosts_the_industry(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, now, SYMBOL, UNSURE)
    run(loaded, now)
    (version,) = versions(loaded)
    assert (version.state, version.basis, version.issued_at) == ("under_review", None, None)
    assert version.flags == ["doubt"]
    chenghai = desks(loaded)["澄海区市场监管局"]
    assert chenghai.is_lead
    assert chenghai.state == "open"
    assert chenghai.due_at == now + timedelta(days=7)  # five working days from a Wednesday
    assert any("玩具" in reason for reason in chenghai.reasons)


def test_a_county_with_a_matched_firm_looks_too(loaded: Engine, cast: Cast, now: datetime) -> None:
    with writing(loaded) as session:
        insert_exporter(session, "大埔玩具测试企业", "441422", "dabu@exporter.example", [("industry", TOYS)], now)
    put(loaded, now, SYMBOL, UNSURE)
    run(loaded, now)
    assert "大埔县市场监管局" in desks(loaded)


def test_a_firm_matched_by_a_code_or_a_word_counts_and_one_for_another_market_does_not(
    loaded: Engine, cast: Cast, now: datetime
) -> None:
    terms = {
        "440606": [("hs", "950300")],
        "440306": [("word", "toys")],
        "440111": [("word", "toys"), ("market", "JPN")],
    }
    with writing(loaded) as session:
        for code, asked in terms.items():
            insert_exporter(session, f"{code}测试企业", code, f"{code}@exporter.example", asked, now)
    put(loaded, now, SYMBOL, [("ceramics-technical", "flagged")])
    run(loaded, now)
    found = set(desks(loaded))
    assert {"顺德区市场监管局", "宝安监管局"} <= found
    assert "白云区市场监管局" not in found


def test_red_is_signed_off_by_a_person_within_four_hours(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, now, SYMBOL, SURE, notification_type="Emergency notification")
    run(loaded, now)
    (version,) = versions(loaded)
    assert (version.severity, version.flags, version.state) == ("red", ["sign_off"], "under_review")
    assert desks(loaded)["澄海区市场监管局"].due_at == now + timedelta(hours=4)


def test_a_deadline_that_could_not_be_read_is_shown_to_a_person(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, now, SYMBOL, SURE, comment_deadline=None, comment_deadline_text="65 days")
    put(loaded, now, "G/TBT/N/USA/2", SURE, comment_deadline=None, comment_deadline_text="Not applicable")
    run(loaded, now)
    assert [v.flags for v in versions(loaded)] == [["deadline_unread"], []]


def test_an_industry_nobody_hosts_still_finds_a_desk(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, now, SYMBOL, [("agricultural-machinery", "flagged")], products="Tractors")
    run(loaded, now)
    assert list(desks(loaded)) == ["省市场监管局"]


def test_history_raises_nothing(loaded: Engine, cast: Cast, now: datetime) -> None:
    for number in range(30):
        put(loaded, now, f"G/TBT/N/USA/{number}", UNSURE, admitted=HISTORY)
    assert run(loaded, now) == 30
    assert [count(loaded, table) for table in (TradeWarning, WarningVersion, Review)] == [0, 0, 0]
    with reading(loaded) as session:
        assert session.exec(select(Notice).where(col(Notice.raised_at).is_(None))).first() is None


def test_an_addendum_to_history_is_news_and_tells_what_the_first_notice_said(
    loaded: Engine, cast: Cast, now: datetime
) -> None:
    first = put(loaded, now, SYMBOL, SURE, admitted=HISTORY, products="Electric toys")
    run(loaded, now)
    put_next(loaded, now, first, "Add.1", "in_force", force_on=date(2026, 6, 1))
    run(loaded, now)
    (version,) = versions(loaded)
    assert version.kind == "issue"
    assert version.facts["products"] == "Electric toys"
    assert version.facts["hs"] == ["9503"]
    assert version.facts["stage"] == "in_force"
    assert slugs(loaded, version) == [TOYS]


def test_without_industries_or_from_our_own_country_there_is_no_warning(
    loaded: Engine, cast: Cast, now: datetime
) -> None:
    put(loaded, now, SYMBOL, [])
    put(loaded, now, "G/TBT/N/CHN/1", SURE, issuer="CHN")
    put(loaded, now, "G/TBT/N/USA/3", None)  # not classified: not even stamped
    assert run(loaded, now) == 2
    assert versions(loaded) == []


def test_running_twice_changes_nothing(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, now, SYMBOL, UNSURE)
    put(loaded, now, "G/TBT/N/USA/2", SURE)
    run(loaded, now)
    tables = (TradeWarning, WarningVersion, Review, Classification)
    before = [count(loaded, table) for table in tables]
    assert raise_pending(loaded, now + timedelta(hours=1)) == 0
    assert [count(loaded, table) for table in tables] == before


def test_one_bad_notice_keeps_its_error_and_the_others_go_on(loaded: Engine, cast: Cast, now: datetime) -> None:
    bad = put(loaded, now, SYMBOL, SURE, links=None)
    put(loaded, now, "G/TBT/N/USA/2", SURE)
    with writing(loaded) as session:
        session.get_one(Notice, bad.id).attributes = "not an object"  # type: ignore[assignment]
    raise_pending(loaded, now)
    assert [v.facts["symbols"] for v in versions(loaded)] == [["G/TBT/N/USA/2"]]
    with reading(loaded) as session:
        kept = session.get_one(Notice, bad.id)
        assert kept.raised_at is None
        assert "attribute" in (kept.last_error or "")
