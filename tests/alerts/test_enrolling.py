"""Enrolling: what is understood, what is refused with its cure, and which bureau a firm belongs to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from alerts.enrolling import BadEnrolment, Enrolled, checked_address, enrol
from alerts.markets import UnknownMarket, market_of, market_words, related_markets
from alerts.unsubscribing import UNSUBSCRIBED, end_subscriptions
from store.audit import AuditEntry
from store.engine import reading, writing
from store.industry import UnknownIndustry
from store.subscription import Exporter, Subscriber, Subscription


def add(engine: Engine, now: datetime, **asked: Any) -> Enrolled:
    with writing(engine) as session:
        return enrol(session, now, **({"email": "firm@exporter.example", "industries": ["toys"]} | asked))


def count(engine: Engine, *tables: type) -> list[int]:
    with reading(engine) as session:
        return [session.exec(select(func.count()).select_from(table)).one() for table in tables]


def test_a_firm_is_enrolled_with_its_terms_in_their_stored_form(loaded: Engine, now: datetime) -> None:
    done = add(
        loaded,
        now,
        email=" Sales@Firm.Example.CN ",
        hs=["9503.00", "85 07"],
        words=["ＬＥＤ  灯", "积木"],
        markets=["德国", "eu", "Viet Nam", "中国台湾"],
        jurisdiction="440515",
        name=" 测试企业 ",
    )
    assert done.terms == {
        ("industry", "toys"),
        ("hs", "950300"),
        ("hs", "8507"),
        ("word", "led 灯"),
        ("word", "积木"),
        ("market", "DEU"),
        ("market", "EU"),
        ("market", "VNM"),
        ("market", "TPKM"),
    }
    assert (done.subscriber.email_key, done.exporter.name) == ("sales@firm.example.cn", "测试企业")
    assert done.subscriber.confirmed_at == now
    assert done.bureau.name_zh == "汕头市澄海区市场监督管理局"


@pytest.mark.parametrize(
    ("code", "bureau"),
    [
        ("440515", "汕头市澄海区市场监督管理局"),
        ("440500", "汕头市市场监督管理局"),
        ("", "广东省市场监督管理局"),
        ("440183", "广州市增城区市场监督管理局"),  # abolished in 2014: its successor's
    ],
)
def test_every_firm_belongs_to_one_bureau(loaded: Engine, now: datetime, code: str, bureau: str) -> None:
    assert add(loaded, now, jurisdiction=code).bureau.name_zh == bureau


def test_the_same_again_changes_nothing_and_other_terms_add_a_subscription(loaded: Engine, now: datetime) -> None:
    first = add(loaded, now, markets=["EU"])
    again = add(loaded, now, email="FIRM@exporter.example", markets=["欧盟"])
    assert (again.is_new, again.subscription.id) == (False, first.subscription.id)
    other = add(loaded, now, industries=["footwear"])
    assert other.is_new
    assert count(loaded, Exporter, Subscriber, Subscription) == [1, 1, 2]


def test_who_had_left_begins_anew_and_the_old_stays_ended(loaded: Engine, now: datetime) -> None:
    first = add(loaded, now)
    with writing(loaded) as session:
        end_subscriptions(session, session.get_one(Subscriber, first.subscriber.id), now, UNSUBSCRIBED)
    again = add(loaded, now)
    assert again.is_new
    with reading(loaded) as session:
        old = session.get_one(Subscription, first.subscription.id)
        assert (old.ended_reason, session.get_one(Subscriber, first.subscriber.id).ended_at) == (UNSUBSCRIBED, None)
        actions = [entry.action for entry in session.exec(select(AuditEntry))]
    assert [a for a in actions if "subscri" in a] == [
        "subscription.begin",
        "subscriber.unsubscribed",
        "subscription.begin",
    ]


@pytest.mark.parametrize(
    ("asked", "error", "cure"),
    [
        ({"industries": ["toyz"]}, UnknownIndustry, "data/industries.csv"),
        ({"hs": ["95x3"]}, BadEnrolment, "2 or 4 to 10 digits"),
        ({"hs": ["950"]}, BadEnrolment, "2 or 4 to 10 digits"),
        ({"hs": ["9599"]}, BadEnrolment, "no HS heading 9599"),
        ({"words": ["a"]}, BadEnrolment, "2 to 100 characters"),
        ({"markets": ["火星"]}, UnknownMarket, "火星"),
        ({"markets": ["Germny"]}, UnknownMarket, "did you mean germany"),
        ({"jurisdiction": "999999"}, BadEnrolment, "data/regions.csv"),
        ({"industries": []}, BadEnrolment, "nothing is asked for"),
        ({"email": "no address"}, BadEnrolment, "no address"),
        ({"email": "a@b.cn\r\nBcc: c@d.cn"}, BadEnrolment, "no mail address"),
        ({"email": "张三@firm.cn"}, BadEnrolment, "张三"),
        ({"email": "a@localhost"}, BadEnrolment, "no mail address"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_cure_and_nothing_is_written(
    loaded: Engine, now: datetime, asked: dict[str, Any], error: type[Exception], cure: str
) -> None:
    with pytest.raises(error, match=cure):
        add(loaded, now, **asked)
    assert count(loaded, Exporter, Subscriber, Subscription) == [0, 0, 0]


def test_an_international_domain_is_kept_in_ascii() -> None:
    assert checked_address("Firm@测试.中国") == ("Firm@xn--0zwm56d.xn--fiqs8s", "firm@xn--0zwm56d.xn--fiqs8s")


def test_the_eu_and_its_members_belong_together_and_nobody_else() -> None:
    members = {"DEU", "FRA"}
    assert related_markets("EU", members) == {"EU", "DEU", "FRA"}
    assert related_markets("DEU", members) == {"DEU", "EU"}
    assert related_markets("GBR", members) == {"GBR"}


def test_a_market_answers_to_all_its_names() -> None:
    words = market_words([("DEU", ["DE", "德国", "Germany", ""]), ("FRA", ["FR", "法国", "Germany"])])
    assert [market_of(name, words) for name in ("deu", "ＤＥ", " 德国 ", "GERMANY")] == ["DEU"] * 4


def test_sessions_are_left_to_the_caller(session: Session, now: datetime) -> None:
    with pytest.raises(BadEnrolment, match="data load"):
        enrol(session, now, email="a@exporter.example", words=["积木"])
