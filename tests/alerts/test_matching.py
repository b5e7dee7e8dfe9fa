"""Matching: the rule case by case, then the stage with its reasons, updates, cancels and reruns."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col, select

from alerts.criteria import Hit, Told, Wanted, folded, hit_of, joined_hits, meets, occurs, reason_zh
from alerts.enrolling import enrol
from alerts.matching import match_pending, silent_bureaus
from alerts.raising import raise_pending
from alerts.reviewing import dismiss
from alerts.unsubscribing import UNSUBSCRIBED, end_subscriptions
from store.engine import reading, writing
from store.notice import HISTORY, Notice
from store.review import Review
from store.subscription import Subscriber, Subscription, SubscriptionTerm
from store.warning import ISSUED, TradeWarning, WarningVersion
from tests.alerts.mailed import matches
from tests.cast import CHENGHAI, Cast, bureau_at, insert_cast
from tests.rows import follow, insert_notice

EU = frozenset({"DEU", "FRA"})
TOYS = Told(frozenset({"toys"}), ("950300",), folded("Safety of Toys\nbuilding bricks\n积木玩具"), ("USA",))


def wanted(**terms: str) -> Wanted:
    return Wanted(**{kind: frozenset(values.split()) for kind, values in terms.items()})


@pytest.mark.parametrize(
    ("asked", "hit"),
    [
        (wanted(industries="toys footwear"), Hit(industries=("toys",))),
        (wanted(industries="footwear"), None),
        (wanted(hs="9503"), Hit(hs=("9503",))),
        (wanted(hs="95"), Hit(hs=("95",))),
        (wanted(hs="95030041"), Hit(hs=("95030041",))),  # finer than the notice: it may be meant
        (wanted(hs="9504"), None),
        (wanted(words="积木"), Hit(words=("积木",))),
        (wanted(words="toy"), Hit(words=("toy",))),
        (wanted(words="brick"), Hit(words=("brick",))),
        (wanted(words="build"), None),
        (wanted(industries="toys", markets="USA JPN"), Hit(industries=("toys",), markets=("USA",))),
        (wanted(industries="toys", markets="JPN"), None),
        (wanted(markets="USA"), None),
    ],
)
def test_the_rule(asked: Wanted, hit: Hit | None) -> None:
    assert hit_of(asked, TOYS, EU) == hit


@pytest.mark.parametrize(
    ("floor", "kinds", "severity", "kind", "met"),
    [
        ("", "", "blue", "recall", True),
        ("orange", "", "yellow", "recall", False),
        ("orange", "", "orange", "recall", True),
        ("orange", "", "red", "recall", True),
        ("red", "", "", "recall", True),  # not graded: nothing is below the floor
        ("", "recall", "blue", "notification", False),
        ("", "recall border", "blue", "recall", True),
        ("", "recall", "blue", "", True),
    ],
)
def test_the_floor_and_the_kinds_narrow(floor: str, kinds: str, severity: str, kind: str, met: bool) -> None:
    asked = replace(wanted(industries="toys", kinds=kinds), floor=floor)
    assert (hit_of(asked, replace(TOYS, severity=severity, kind=kind), EU) is not None) is met


@pytest.mark.parametrize(
    ("issuers", "market", "met"),
    [
        (("EU",), "DEU", True),
        (("DEU",), "EU", True),
        (("DEU",), "FRA", False),
        (("EU",), "USA", False),
        (("ARE", "SAU"), "SAU", True),
    ],
)
def test_the_eu_is_a_market_of_its_members(issuers: tuple[str, ...], market: str, met: bool) -> None:
    told = Told(frozenset({"toys"}), (), "", issuers)
    assert (hit_of(wanted(industries="toys", markets=market), told, EU) is not None) is met


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("toy", "toyota cars", False),
        ("toy", "a toy, for", True),
        ("battery", "lithium batteries", True),
        ("box", "boxes", True),
        ("led灯", "新型LED灯具", True),
        ("灯", "新型led灯具", True),
        ("pfas", "non-pfas coating", True),
        ("usb 2", "usb 20 hubs", False),
    ],
)
def test_words(word: str, text: str, found: bool) -> None:
    assert occurs(word, folded(text)) is found


def test_hs_codes_meet_in_either_direction() -> None:
    assert meets("95", "950300")
    assert meets("950300", "95")
    assert not meets("9503", "9504")


def test_a_reason_says_what_was_asked_for_and_where() -> None:
    names = {"toys": "玩具", "DEU": "德国", "EU": "欧盟", "USA": "美国"}.__getitem__
    hit = Hit(("toys",), ("9503",), ("积木",), ("DEU",))
    assert reason_zh(hit, ("EU",), EU, names, names) == (
        "您订阅了行业“玩具”，海关编码（HS）9503，产品词“积木”；目标市场：德国（欧盟的措施在其成员国适用）。"
    )
    hit = Hit(hs=("9503", "9504"), markets=("EU", "USA"))
    assert reason_zh(hit, ("DEU", "USA"), EU, names, names) == (
        "您订阅了海关编码（HS）9503、9504；目标市场：欧盟（含成员国德国）、美国。"
    )
    assert reason_zh(Hit(words=("积木",)), ("USA",), EU, names, names) == "您订阅了产品词“积木”；目标市场不限。"


def test_hits_of_one_subscriber_are_told_as_one() -> None:
    one, other = Hit(("toys",), markets=("USA",)), Hit(("footwear", "toys"), words=("积木",), markets=("EU",))
    assert joined_hits([one, other]) == Hit(("footwear", "toys"), (), ("积木",), ("EU", "USA"))
    assert joined_hits([one, Hit(("toys",))]).markets == ()


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    with writing(loaded) as session:
        return insert_cast(session, now)


def put(engine: Engine, now: datetime, *, state: str = "accepted", **fields: object) -> Notice:
    with writing(engine) as session:
        return insert_notice(session, now, "G/TBT/N/USA/1234", [("toys", state)], **fields)  # type: ignore[arg-type]


def match(engine: Engine, now: datetime) -> int:
    while raise_pending(engine, now):
        pass
    done = 0
    while more := match_pending(engine, now):
        done += more
    return done


def test_only_who_asked_is_matched_and_told_why(loaded: Engine, now: datetime, cast: Cast) -> None:
    put(loaded, now)
    assert match(loaded, now) == 1
    assert [(address, reason) for address, _, reason in matches(loaded)] == [
        ("toys@exporter.example", "您订阅了行业“玩具”；目标市场不限。")
    ]
    assert match(loaded, now) == 0
    assert len(matches(loaded)) == 1


def test_what_waits_for_review_matches_nobody_yet(loaded: Engine, now: datetime, cast: Cast) -> None:
    put(loaded, now, state="flagged")
    assert match(loaded, now) == 0
    assert matches(loaded) == []


def test_history_matches_nobody(loaded: Engine, now: datetime, cast: Cast) -> None:
    put(loaded, now, admitted=HISTORY)
    assert match(loaded, now) == 0
    assert matches(loaded) == []


def test_a_drill_matches_nobody(loaded: Engine, now: datetime, cast: Cast) -> None:
    put(loaded, now)
    while raise_pending(loaded, now):
        pass
    with writing(loaded) as session:
        session.execute(update(TradeWarning).values(status="exercise"))
    assert match(loaded, now) == 1
    assert matches(loaded) == []


def test_the_ended_and_the_unconfirmed_are_left_alone(loaded: Engine, now: datetime, cast: Cast) -> None:
    with writing(loaded) as session:
        for number in (1, 2, 3):
            enrol(session, now, email=f"more{number}@exporter.example", industries=["toys"])
        people = session.exec(select(Subscriber).where(col(Subscriber.email).like("more%"))).all()
        people[0].confirmed_at = None
        end_subscriptions(session, people[1], now, UNSUBSCRIBED)
        session.execute(
            update(Subscription).where(col(Subscription.subscriber_id) == people[2].id).values(ended_at=now)
        )
    put(loaded, now)
    match(loaded, now)
    assert [address for address, _, _ in matches(loaded)] == ["toys@exporter.example"]


def test_two_subscriptions_of_one_address_are_one_match(loaded: Engine, now: datetime, cast: Cast) -> None:
    with writing(loaded) as session:
        enrol(session, now, email="toys@exporter.example", hs=["9503"], markets=["美国"])
    put(loaded, now)
    match(loaded, now)
    assert [reason for _, _, reason in matches(loaded)] == ["您订阅了行业“玩具”，海关编码（HS）9503；目标市场不限。"]


def test_who_got_the_warning_gets_its_update_and_its_end(loaded: Engine, now: datetime, cast: Cast) -> None:
    first = put(loaded, now)
    match(loaded, now)
    later = now + timedelta(days=1)
    with writing(loaded) as session:  # meanwhile the first firm asks for something else, and another begins
        session.execute(
            update(SubscriptionTerm)
            .where(col(SubscriptionTerm.value) == "toys")
            .values(value="footwear")
            .execution_options(synchronize_session=False)
        )
        enrol(session, later, email="new@exporter.example", industries=["toys"])
        follow(session, later, first, "Add.1", "scope_changed", [("toys", "accepted")])
    assert match(loaded, later) == 1
    got = "您收到过2026年6月3日发出的这份预警，现在把变化告诉您。"
    assert [(address, reason) for address, _, reason in matches(loaded)[1:]] == [
        ("toys@exporter.example", got),
        ("new@exporter.example", "您订阅了行业“玩具”；目标市场不限。"),
    ]
    with writing(loaded) as session:
        enrol(session, later, email="newest@exporter.example", industries=["toys"])
        follow(session, later, first, "Add.2", "withdrawn", [("toys", "accepted")])
    assert match(loaded, later) == 1
    assert [address for address, _, _ in matches(loaded)[3:]] == ["toys@exporter.example", "new@exporter.example"]


def test_versions_of_one_warning_are_matched_in_their_order(loaded: Engine, now: datetime, cast: Cast) -> None:
    first = put(loaded, now)
    while raise_pending(loaded, now):
        pass
    with writing(loaded) as session:
        follow(session, now, first, "Add.1", "scope_changed", [("toys", "accepted")])
    while raise_pending(loaded, now):
        pass
    assert match_pending(loaded, now) == 1  # the second waits for the first
    with reading(loaded) as session:
        issued = session.exec(select(WarningVersion).order_by(col(WarningVersion.number))).all()
    assert [(version.state, version.matched_at is None) for version in issued] == [(ISSUED, False), (ISSUED, True)]
    assert match_pending(loaded, now) == 1
    assert match_pending(loaded, now) == 0


def test_a_county_that_said_no_is_not_written_to(loaded: Engine, now: datetime, cast: Cast) -> None:
    with writing(loaded) as session:
        enrol(session, now, email="elsewhere@exporter.example", industries=["toys"], jurisdiction="440106")
    put(loaded, now, state="flagged")
    while raise_pending(loaded, now):
        pass
    with writing(loaded) as session:
        bureau = bureau_at(session, CHENGHAI)
        review = session.exec(select(Review).where(Review.bureau_id == bureau.id)).one()
        dismiss(session, review, cast.county, now)
        version_id = review.version_id
        session.execute(update(WarningVersion).values(state=ISSUED, issued_at=now, basis="unreviewed"))
    with reading(loaded) as session:
        assert silent_bureaus(session, version_id) == {bureau.id}
    match(loaded, now)
    assert [address for address, _, _ in matches(loaded)] == ["elsewhere@exporter.example"]


def test_one_version_that_cannot_be_matched_does_not_hold_up_the_others(
    loaded: Engine, now: datetime, cast: Cast, tmp_path: Path
) -> None:
    put(loaded, now)
    with writing(loaded) as session:
        insert_notice(session, now, "G/TBT/N/USA/1235", [("toys", "accepted")])
    while raise_pending(loaded, now):
        pass
    with writing(loaded) as session:
        broken = session.exec(select(WarningVersion).order_by(col(WarningVersion.id))).first()
        assert broken is not None
        broken.facts = {}
        session.add(broken)
    assert match_pending(loaded, now) == 2
    assert len(matches(loaded)) == 1
    with reading(loaded) as session:
        kept = session.get_one(WarningVersion, broken.id)
        assert (kept.matched_at, kept.last_error) == (None, "KeyError: 'hs'")
