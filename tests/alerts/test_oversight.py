"""Oversight: figures per bureau, sums that count a warning once, reached clusters; queries that do not grow."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from alerts.escalation import escalate_overdue
from alerts.network_figures import Figures, Warned, industries_asked, summed, week_of
from alerts.oversight import Oversight, read_oversight
from alerts.reviewing import dismiss
from store.bureau import OfficerSession
from store.clock import parse_instant
from store.engine import reading, writing
from store.review import OPEN, Review
from store.subscription import HS, INDUSTRY, WORD
from tests.alerts.raised import SYMBOL, UNSURE, put, run
from tests.cast import CHENGHAI, PROVINCE, SHANTOU, STRANGER, TOYS, insert_cast, insert_exporter, insert_officer

HOUR = timedelta(hours=1)


def watched(engine: Engine, now: datetime) -> Oversight:
    with reading(engine) as session:
        return read_oversight(session, now)


def open_review(session: Session, bureau_id: int) -> Review:
    return session.exec(select(Review).where(Review.bureau_id == bureau_id, Review.state == OPEN)).one()


def test_a_warning_that_concerns_several_counties_counts_once_for_those_above(loaded: Engine, now: datetime) -> None:
    with writing(loaded) as session:
        insert_cast(session, now)
    put(loaded, now, SYMBOL, UNSURE)
    run(loaded, now)
    places = watched(loaded, now + HOUR).places
    hosts = [p for p in places.values() if any(h.slug == TOYS for h in p.hosted)]
    assert len(hosts) > 3 and all(sum(h.own.by_severity().values()) == 1 for h in hosts)
    assert sum(places[PROVINCE].total.by_severity().values()) == 1
    assert sum(places[SHANTOU].total.by_severity().values()) == 1
    assert sum(places[STRANGER].total.by_severity().values()) == 0
    assert places[PROVINCE].total.open == sum(p.own.open for p in places.values()) > 1


def test_open_overdue_decided_and_hours(loaded: Engine, now: datetime) -> None:
    with writing(loaded) as session:
        cast = insert_cast(session, now)
    put(loaded, now, SYMBOL, UNSURE)
    run(loaded, now)
    assert watched(loaded, now).places[CHENGHAI].own.due_this_week in (0, 1)
    with writing(loaded) as session:
        dismiss(session, open_review(session, cast.county.bureau_id), cast.county, now + 3 * HOUR)
    own = watched(loaded, now + 4 * HOUR).places[CHENGHAI].own
    assert (own.open, own.decided, own.median_hours) == (0, 1, 3.0)
    later = now + timedelta(days=10)
    late = watched(loaded, later).places[PROVINCE].total
    assert late.open == late.overdue > 0 and late.due_this_week == 0
    assert escalate_overdue(loaded, later) > 0
    after = watched(loaded, later + HOUR).places[PROVINCE].total
    assert after.escalated == late.open and after.unreviewed == 0
    forgotten = watched(loaded, now + timedelta(days=200)).places[PROVINCE].total
    assert (forgotten.decided, forgotten.median_hours, sum(forgotten.by_severity().values())) == (0, None, 0)


def test_a_cluster_is_reached_by_name_code_or_word_and_only_by_those_who_confirmed(
    loaded: Engine, now: datetime
) -> None:
    def reached() -> bool:
        places = watched(loaded, now).places
        return next(h for h in places[CHENGHAI].hosted if h.slug == TOYS).is_reached

    assert not reached()
    for number, term in enumerate([(HS, "950300"), (WORD, "toy"), (INDUSTRY, TOYS)]):
        with writing(loaded) as session:
            firm = insert_exporter(session, "玩具测试企业", CHENGHAI, f"{number}@exporter.example", [term], now)
            firm_id = firm.id
        assert reached(), term
        assert watched(loaded, now).places[SHANTOU].total.exporters == 1
        with writing(loaded) as session:
            firm = session.get_one(type(firm), firm_id)
            firm.confirmed_at, firm.ended_at = (None, None) if number else (now, now)
            session.add(firm)
        assert not reached(), term
    with writing(loaded) as session:
        insert_exporter(session, "别处的测试企业", STRANGER, "far@exporter.example", [(INDUSTRY, TOYS)], now)
        insert_exporter(session, "无属地测试企业", None, "none@exporter.example", [(INDUSTRY, TOYS)], now)
    assert not reached()
    total = watched(loaded, now).places[PROVINCE].total
    assert total.exporters == 2 and total.unreached <= total.clusters


def test_who_is_present_and_when_somebody_signed_in(loaded: Engine, now: datetime) -> None:
    with writing(loaded) as session:
        cast = insert_cast(session, now)
        gone = insert_officer(session, CHENGHAI, "gone", "离任测试账号", now)
        gone.ended_at = now
        cast.county.absent_until = now + HOUR
        session.add(OfficerSession(officer_id=cast.county.id or 0, token_hash="a", form_token_hash="b",
                                   began_at=now - HOUR, expires_at=now))  # fmt: skip
        session.add_all([cast.county, gone])
    county = watched(loaded, now).places[CHENGHAI]
    assert [post.officer.sign_in for post in county.posts] == ["chenghai"]
    assert (county.present, county.last_sign_in) == (0, now - HOUR)
    assert watched(loaded, now + HOUR).places[CHENGHAI].present == 1


def test_the_number_of_queries_does_not_grow(loaded: Engine, now: datetime) -> None:
    def queries() -> int:
        seen: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        event.listen(loaded, "before_cursor_execute", note)
        try:
            watched(loaded, now)
        finally:
            event.remove(loaded, "before_cursor_execute", note)
        return len(seen)

    empty = queries()
    with writing(loaded) as session:
        insert_cast(session, now)
        for number in range(5):
            insert_exporter(session, "测试企业", CHENGHAI, f"{number}@exporter.example", [(INDUSTRY, TOYS)], now)
    for number in range(4):
        put(loaded, now, f"G/TBT/N/USA/{number}", UNSURE)
    run(loaded, now)
    assert queries() == empty


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.lists(st.integers(0, 9)), st.floats(0, 99))))
def test_sums_add_counts_and_unite_warnings(parts: list[tuple[int, int, list[int], float]]) -> None:
    at = parse_instant("2026-06-03T09:00+08:00")
    figures = [
        Figures(open=o, clusters=c + 1, unreached=min(c, 1), hours=(h,), warnings={k: Warned("red", at) for k in ids})
        for o, c, ids, h in parts
    ]
    whole = summed(figures)
    assert whole.open == sum(o for o, _, _, _ in parts)
    assert whole.by_severity()["red"] == len({k for _, _, ids, _ in parts for k in ids})
    assert (whole.median_hours is None) == (not parts)
    assert whole.reached_share is None or 0 <= whole.reached_share <= 1
    assert sum(whole.by_severity(at, at).values()) == 0


def test_a_week_is_that_of_guangdong() -> None:
    late_sunday = parse_instant("2026-06-07T16:30+00:00")  # Monday half past midnight in Shanghai
    assert week_of(late_sunday).key == "2026-W24" and week_of(late_sunday).before.key == "2026-W23"
    assert week_of(late_sunday).begin == parse_instant("2026-06-08T00:00+08:00")
    assert week_of(parse_instant("2027-01-01T09:00+08:00")).key == "2026-W53"


def test_a_prefix_reaches_what_lies_above_and_below_it() -> None:
    rules = [("toys", "9503"), ("lighting", "9405")]
    assert industries_asked("hs", "95", rules, {}) == {"toys"}
    assert industries_asked("hs", "950300", rules, {}) == {"toys"}
    assert industries_asked("hs", "9505", rules, {}) == industries_asked("word", "lamp", rules, {}) == set()
    assert industries_asked("market", "USA", rules, {}) == set()
    assert industries_asked("word", "lamp", rules, {"lamp": frozenset({"lighting"})}) == {"lighting"}
