"""Waves and bundles in the store: history is evidence and never alerts; like reviews of one desk stand together."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from alerts.bundles import bundled_reviews, decide_bundle
from alerts.join_deciding import join
from alerts.joining import join_pending
from alerts.policy import Policy, WaveRule, rules_of
from alerts.reviewing import AlreadyDecided, accept
from store.bureau import Officer
from store.engine import reading, writing
from store.incident import NoticeIncident
from store.join import NoticeJoin
from store.notice import HISTORY, Notice
from store.policy import FlagPolicy
from store.review import CLOSED, Decision, Review
from store.warning import WarningVersion
from tests.alerts.joined import put_foreign
from tests.alerts.raised import SURE, UNSURE, run, versions
from tests.cast import CHENGHAI, Cast, bureau_at, insert_cast, place_at
from tests.rows import change
from web.access import Who
from web.reading.desk import queue

DAY = date(2026, 6, 2)


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    with writing(loaded) as session:
        return insert_cast(session, now)


def put_recall(engine: Engine, now: datetime, firm: str, **fields: Any) -> Notice:
    """A recall of magnet cubes that were swallowed, of this firm."""
    values: dict[str, Any] = {
        "kind": "recall",
        "title": f"{firm} Recalls Magnet Cube Sets Due to Ingestion Hazard",
        "products": f"{firm} Magnet Cube Sets",
        "origins": ["CHN"],
        "published_on": DAY,
        "suggested": SURE,
    } | fields
    key = f"{firm}-{values['published_on']}-{values.get('source', '')}"
    return put_foreign(engine, now, values.pop("source", "us_cpsc_recalls"), key, values.pop("suggested"), **values)


def four_of_history(engine: Engine, now: datetime) -> None:
    for place, firm in enumerate(("Muster", "Muster", "Beispiel", "Sample")):
        put_recall(engine, now, firm, admitted=HISTORY, published_on=DAY - timedelta(days=3 + place))
    while join_pending(engine, now):
        pass


def test_history_is_evidence_and_the_news_that_makes_the_wave_is_red(loaded: Engine, cast: Cast, now: datetime) -> None:
    four_of_history(loaded, now)
    put_recall(loaded, now, "Riverline")
    run(loaded, now)
    (version,) = versions(loaded)  # history raised nothing
    assert (version.severity, version.flags) == ("red", ["sign_off"])
    assert version.severity_reason == (
        "同类产品因同一危害短期内多次被召回或拒绝入境（危害：误吞磁铁或电池；30天内第5起，涉及4个品牌或企业）"
    )


def test_the_next_in_a_wave_is_single_again(loaded: Engine, cast: Cast, now: datetime) -> None:
    four_of_history(loaded, now)
    put_recall(loaded, now, "Riverline")
    put_recall(loaded, now, "Hilltop")
    run(loaded, now)
    assert [v.severity for v in versions(loaded)] == ["red", "yellow"]


def test_a_wave_that_was_told_stays_one_when_its_notice_changes(loaded: Engine, cast: Cast, now: datetime) -> None:
    four_of_history(loaded, now)
    notice = put_recall(loaded, now, "Riverline")
    run(loaded, now)
    with writing(loaded) as session:
        change(
            session, session.get_one(Notice, notice.id), [("toys", "accepted"), ("juvenile-products", "accepted")], now
        )
    run(loaded, now)
    assert [v.severity for v in versions(loaded)] == ["red", "red"]


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "Riverline Recalls Magnet Cube Sets Due to Fall Hazard"},  # another hazard
        {"products": "Riverline Wooden Puzzles"},  # another product
        {"published_on": DAY + timedelta(days=40)},  # too late
        {"kind": "regulation"},
    ],
)
def test_what_is_like_none_is_graded_alone(loaded: Engine, cast: Cast, now: datetime, fields: dict[str, Any]) -> None:
    four_of_history(loaded, now)
    put_recall(loaded, now, "Riverline", **fields)
    run(loaded, now)
    (version,) = versions(loaded)
    assert version.severity != "red" and version.facts["wave"] is False


def test_two_sources_of_one_matter_count_once(loaded: Engine, cast: Cast, now: datetime) -> None:
    for place, firm in enumerate(("Muster", "Beispiel", "Sample")):
        put_recall(loaded, now, firm, admitted=HISTORY, published_on=DAY - timedelta(days=3 + place))
    twin: dict[str, Any] = {"source": "ca_health_recalls", "issuer": "CAN", "admitted": HISTORY}
    put_recall(loaded, now, "Riverline", published_on=DAY - timedelta(days=1), **twin)
    while join_pending(loaded, now):
        pass
    put_recall(loaded, now, "Riverline")
    while join_pending(loaded, now):
        pass
    with writing(loaded) as session:
        (proposed,) = [j for j in session.exec(select(NoticeJoin)) if j.score and j.score > 95]
        join(session, proposed, cast.province, now)
    run(loaded, now)
    (version,) = versions(loaded)
    assert version.severity == "yellow"


def test_a_new_text_is_read_anew(loaded: Engine, now: datetime) -> None:
    notice = put_recall(loaded, now, "Riverline")
    join_pending(loaded, now)
    with writing(loaded) as session:
        change(session, session.get_one(Notice, notice.id), SURE, now, products="Riverline Wooden Puzzles")
    join_pending(loaded, now)
    with reading(loaded) as session:
        assert [row.product for row in session.exec(select(NoticeIncident))] == ["wooden puzzle"]


def save(engine: Engine, cast: Cast, now: datetime, policy: Policy) -> None:
    with writing(engine) as session:
        session.add(FlagPolicy(number=1, rules=rules_of(policy), officer_id=cast.province.id or 0, saved_at=now))


def test_the_policy_in_force_says_what_a_wave_is_and_what_is_flagged(loaded: Engine, cast: Cast, now: datetime) -> None:
    save(loaded, cast, now, Policy(off=frozenset({"doubt"}), sign_off_from="orange", wave=WaveRule(2, 2, 30)))
    for firm in ("Muster", "Beispiel", "Sample"):
        put_recall(loaded, now, firm, suggested=UNSURE, origins=["CHN"] if firm == "Muster" else ["CHN", "CN-GD"])
    run(loaded, now)
    assert [(v.severity, v.flags, v.policy_number) for v in versions(loaded)] == [
        ("yellow", [], 1),
        ("red", ["sign_off"], 1),  # the second of two firms makes the wave
        ("orange", ["sign_off"], 1),
    ]


def at_chenghai(engine: Engine) -> list[Review]:
    with reading(engine) as session:
        bureau = bureau_at(session, CHENGHAI)
        return list(session.exec(select(Review).where(Review.bureau_id == bureau.id).order_by(Review.id)))  # type: ignore[arg-type]


def test_like_reviews_of_one_desk_are_a_bundle(loaded: Engine, cast: Cast, now: datetime) -> None:
    for firm in ("Muster", "Beispiel", "Sample"):
        put_recall(loaded, now, firm, suggested=UNSURE)
    put_recall(loaded, now, "Other", suggested=UNSURE, products="Wooden Puzzles")
    put_recall(loaded, now, "Abroad", suggested=UNSURE, source="ca_health_recalls", issuer="CAN")
    run(loaded, now)
    assert {v.bundle for v in versions(loaded)} == {
        "us_cpsc_recalls/magnet cube/swallowing",
        "us_cpsc_recalls/wooden puzzle/swallowing",
        "ca_health_recalls/magnet cube/swallowing",
    }
    first, second, third, other, abroad = at_chenghai(loaded)
    with reading(loaded) as session:
        assert [r.id for r in bundled_reviews(session, first)] == [second.id, third.id]
        assert [r.id for r in bundled_reviews(session, third)] == [first.id, second.id]
        assert bundled_reviews(session, other) == bundled_reviews(session, abroad) == []
        place = place_at(session, CHENGHAI)
        who = Who(cast.county.id or 0, "", first.bureau_id, "", place.id or 0, CHENGHAI, "county", 0)
        assert [row.in_bundle for row in queue(session, who)[0]] == [3, 1, 1]  # one row for three like ones
    with writing(loaded) as session:
        mine = session.get_one(Review, first.id)
        _, more = decide_bundle(session, mine, lambda which: accept(session, which, cast.county, now))
    assert more == 2
    states = {v.bundle.split("/")[1]: v.state for v in versions(loaded) if v.bundle.startswith("us_cpsc")}
    assert states == {"magnet cube": "issued", "wooden puzzle": "under_review"}
    assert [r.state for r in at_chenghai(loaded)] == ["decided"] * 3 + ["open"] * 2


def test_two_officers_in_one_bundle_make_one_decision_of_it(loaded: Engine, cast: Cast, now: datetime) -> None:
    for firm in ("Muster", "Beispiel", "Sample"):
        put_recall(loaded, now, firm, suggested=UNSURE)
    run(loaded, now)
    first, _, third = at_chenghai(loaded)
    gate = threading.Barrier(2)

    def decide(review_id: int, officer: Officer) -> int:
        gate.wait()
        try:
            with writing(loaded) as session:
                mine = session.get_one(Review, review_id)
                return decide_bundle(session, mine, lambda which: accept(session, which, officer, now))[1]
        except AlreadyDecided:
            return -1

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(decide, first.id or 0, cast.county), pool.submit(decide, third.id or 0, cast.city)]
        assert sorted(job.result() for job in jobs) == [-1, 2]
    with reading(loaded) as session:
        assert len({d.officer_id for d in session.exec(select(Decision))}) == 1
        assert len(session.exec(select(Decision)).all()) == 3


def test_what_is_settled_long_ago_or_another_bureaus_is_not_in_the_bundle(
    loaded: Engine, cast: Cast, now: datetime
) -> None:
    for firm, when in (("Muster", now), ("Beispiel", now), ("Sample", now + timedelta(days=31))):
        put_recall(loaded, now, firm, suggested=UNSURE)
        run(loaded, when)
    first, second, _ = at_chenghai(loaded)
    with writing(loaded) as session:
        assert [r.id for r in bundled_reviews(session, first)] == [second.id]
        bureaus = set(session.exec(select(Review.bureau_id).where(Review.version_id == second.version_id)))
        assert len(bureaus) > 1  # the others' reviews of the like version are not this desk's
        session.get_one(Review, second.id).state = CLOSED
    with reading(loaded) as session:
        assert bundled_reviews(session, first) == []


def test_a_warning_without_a_like_or_without_flags_has_no_bundle(loaded: Engine, cast: Cast, now: datetime) -> None:
    put_foreign(loaded, now, "us_federal_register", "1", UNSURE)
    put_recall(loaded, now, "Muster")
    run(loaded, now)
    with reading(loaded) as session:
        assert set(session.exec(select(WarningVersion.bundle))) == {""}
        review = session.exec(select(Review)).first()
        assert review is not None and bundled_reviews(session, review) == []
