"""Reviewing: who may, once, what it does, and the entry in the audit trail that stands or falls with it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import col, select

from alerts.raising import raise_pending
from alerts.reviewing import (
    AlreadyDecided,
    NoIndustry,
    NotAllowed,
    StaleReview,
    accept,
    correct,
    dismiss,
    may_decide,
)
from alerts.said_no import dismissing_bureaus
from alerts.versions import concerns_in, industries_of
from store.audit import AuditEntry
from store.bureau import Officer
from store.classification import Suggestion
from store.engine import reading, writing
from store.industry import UnknownIndustry
from store.review import Decision, Review
from store.warning import WarningIndustry, WarningVersion
from tests.cast import CHENGHAI, PROVINCE, SHANTOU, STRANGER, TOYS, Cast, bureau_at, insert_cast, insert_exporter
from tests.rows import insert_notice

SYMBOL = "G/TBT/N/USA/1234"


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    """The cast, a second toy maker at the stranger's, and one doubtful toy notice on the desks."""
    with writing(loaded) as session:
        cast = insert_cast(session, now)
        insert_exporter(session, "大埔玩具测试企业", STRANGER, "dabu@exporter.example", [("industry", TOYS)], now)
        insert_notice(session, now, SYMBOL, [(TOYS, "flagged"), ("plastics-products", "flagged")])
    while raise_pending(loaded, now):
        pass
    return cast


def review_at(engine: Engine, code: str) -> Review:
    with reading(engine) as session:
        return session.exec(select(Review).where(Review.bureau_id == bureau_at(session, code).id)).one()


def version(engine: Engine) -> WarningVersion:
    with reading(engine) as session:
        return session.exec(select(WarningVersion)).one()


def slugs(engine: Engine) -> set[str]:
    with reading(engine) as session:
        found = session.exec(select(WarningVersion)).one()
        return {i.slug for i in industries_of(session, concerns_in(session, found))}


def suggestions(engine: Engine) -> list[tuple[int, float, str]]:
    with reading(engine) as session:
        rows = session.exec(select(Suggestion).order_by(col(Suggestion.id)))
        return [(row.industry_id, row.score, row.state) for row in rows]


def actions(engine: Engine) -> list[str]:
    """What the audit trail holds besides the loading of the reference data."""
    with reading(engine) as session:
        return [a for a in session.exec(select(AuditEntry.action).order_by(col(AuditEntry.id))) if a != "data.load"]


def test_acceptance_at_any_desk_issues_for_all(loaded: Engine, cast: Cast, now: datetime) -> None:
    mine = review_at(loaded, STRANGER)
    with writing(loaded) as session:
        accept(
            session, session.get_one(Review, mine.id), cast.stranger, now, advice=" 请核对标签 ", expected_revision=1
        )
    issued = version(loaded)
    assert (issued.state, issued.basis, issued.issued_at) == ("issued", "signed_off", now)
    other = review_at(loaded, CHENGHAI)
    assert (other.state, other.closed_at, other.revision) == ("closed", now, 2)
    assert "大埔县市场监管局" in other.closed_reason
    with reading(loaded) as session:
        decision = session.exec(select(Decision)).one()
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "review.accept")).one()
    assert (decision.kind, decision.advice, decision.officer_id) == ("accept", "请核对标签", cast.stranger.id)
    assert decision.industries_after == decision.industries_before
    assert (entry.object_id, entry.officer_id) == (mine.public_id, cast.stranger.id)
    assert (entry.actor, entry.at) == ("officer", now)


def test_the_decision_and_its_audit_entry_stand_or_fall_together(loaded: Engine, cast: Cast, now: datetime) -> None:
    class Stop(Exception):
        pass

    with pytest.raises(Stop), writing(loaded) as session:
        accept(session, session.get_one(Review, review_at(loaded, CHENGHAI).id), cast.county, now)
        raise Stop
    assert actions(loaded) == []
    assert version(loaded).state == "under_review"
    assert review_at(loaded, CHENGHAI).state == "open"


def test_only_the_own_line_decides(loaded: Engine, cast: Cast, now: datetime) -> None:
    review = review_at(loaded, CHENGHAI)
    with pytest.raises(NotAllowed, match="dabu"), writing(loaded) as session:
        accept(session, session.get_one(Review, review.id), cast.stranger, now)
    with pytest.raises(NotAllowed, match="shantou"), writing(loaded) as session:
        dismiss(session, session.get_one(Review, review_at(loaded, STRANGER).id), cast.city, now)
    with writing(loaded) as session:
        dismiss(session, session.get_one(Review, review.id), cast.city, now)
    with reading(loaded) as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "review.dismiss")).one()
    assert entry.details["on_behalf"] is True


LINE = [CHENGHAI, SHANTOU, PROVINCE]


@given(st.sampled_from([*LINE, STRANGER, "441400", "442000105"]), st.integers(0, 2))
def test_may_decide_is_the_bureau_itself_and_those_above(place: str, tier: int) -> None:
    assert may_decide(place, LINE[tier:]) is (place in LINE and LINE.index(place) >= tier)


def test_the_second_decision_hears_who_was_first(loaded: Engine, cast: Cast, now: datetime) -> None:
    review = review_at(loaded, CHENGHAI)
    with writing(loaded) as session:
        dismiss(session, session.get_one(Review, review.id), cast.city, now)
    with pytest.raises(AlreadyDecided) as late, writing(loaded) as session:
        later = now + timedelta(minutes=1)
        accept(session, session.get_one(Review, review.id), cast.county, later, expected_revision=1)
    assert (late.value.by, late.value.at, late.value.what) == ("汕头市市场监管局", now, "认为与本地无关")
    assert actions(loaded) == ["review.dismiss"]


def test_a_desk_closed_by_anothers_decision_hears_it_too(loaded: Engine, cast: Cast, now: datetime) -> None:
    with writing(loaded) as session:
        accept(session, session.get_one(Review, review_at(loaded, STRANGER).id), cast.stranger, now)
    with pytest.raises(AlreadyDecided, match="大埔县市场监管局已签发"), writing(loaded) as session:
        dismiss(session, session.get_one(Review, review_at(loaded, CHENGHAI).id), cast.county, now)


def test_a_stale_page_decides_nothing(loaded: Engine, cast: Cast, now: datetime) -> None:
    with pytest.raises(StaleReview, match="revision 1"), writing(loaded) as session:
        accept(session, session.get_one(Review, review_at(loaded, CHENGHAI).id), cast.county, now, expected_revision=7)
    assert actions(loaded) == []


def test_two_officers_at_the_same_second_make_one_decision(loaded: Engine, cast: Cast, now: datetime) -> None:
    review_id = review_at(loaded, CHENGHAI).id
    gate = threading.Barrier(2)

    def decide(officer: Officer) -> str:
        gate.wait()
        try:
            with writing(loaded) as session:
                accept(session, session.get_one(Review, review_id), officer, now, expected_revision=1)
        except AlreadyDecided as late:
            return late.by
        return "first"

    with ThreadPoolExecutor(2) as pool:
        said = [future.result() for future in [pool.submit(decide, cast.county), pool.submit(decide, cast.city)]]
    assert sorted(said) in (["first", "汕头市市场监管局"], ["first", "澄海区市场监管局"])
    assert actions(loaded) == ["review.accept"]


def test_two_desks_at_the_same_second_issue_once(loaded: Engine, cast: Cast, now: datetime) -> None:
    gate = threading.Barrier(2)

    def decide(code: str, officer: Officer) -> bool:
        review_id = review_at(loaded, code).id
        gate.wait()
        try:
            with writing(loaded) as session:
                accept(session, session.get_one(Review, review_id), officer, now)
        except AlreadyDecided:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(decide, CHENGHAI, cast.county), pool.submit(decide, STRANGER, cast.stranger)]
        assert sorted(job.result() for job in jobs) == [False, True]
    assert actions(loaded) == ["review.accept"]


def test_dismissal_binds_the_own_county_until_nobody_is_left(loaded: Engine, cast: Cast, now: datetime) -> None:
    with writing(loaded) as session:
        dismiss(session, session.get_one(Review, review_at(loaded, CHENGHAI).id), cast.county, now)
    assert version(loaded).state == "under_review"
    assert review_at(loaded, STRANGER).state == "open"
    with reading(loaded) as session:
        assert dismissing_bureaus(session, version(loaded).id or 0) == {bureau_at(session, CHENGHAI).id}
    with writing(loaded) as session:
        for review in session.exec(select(Review).where(Review.state == "open")).all():
            dismiss(session, review, cast.province, now)
    assert version(loaded).state == "dismissed"
    with reading(loaded) as session:
        bureaus = session.exec(select(Review.bureau_id)).all()
        assert dismissing_bureaus(session, version(loaded).id or 0) == set(bureaus)


def test_a_correction_stands_beside_the_suggestions(loaded: Engine, cast: Cast, now: datetime) -> None:
    suggested = suggestions(loaded)
    with writing(loaded) as session:
        decision = correct(
            session,
            session.get_one(Review, review_at(loaded, CHENGHAI).id),
            cast.county,
            now,
            [TOYS, "juvenile-products"],
        )
    assert set(decision.industries_before) == {TOYS, "plastics-products"}
    assert set(decision.industries_after) == slugs(loaded) == {TOYS, "juvenile-products"}
    with reading(loaded) as session:
        states = sorted(row.state for row in session.exec(select(WarningIndustry)))
    assert states == ["flagged", "given", "proposed"]  # the lead takes one away: a proposal to the others
    assert suggestions(loaded) == suggested
    assert (version(loaded).state, version(loaded).basis) == ("issued", "signed_off")


def test_a_correction_is_graded_again(loaded: Engine, cast: Cast, now: datetime) -> None:
    with writing(loaded) as session:
        insert_notice(session, now, "G/TBT/N/USA/77", [(TOYS, "flagged")], notification_type="Emergency notification")
    raise_pending(loaded, now)
    with writing(loaded) as session:
        found = session.exec(select(WarningVersion).where(WarningVersion.severity == "red")).one()
        review = session.exec(select(Review).where(Review.version_id == found.id)).first()
        assert review is not None
        correct(session, review, cast.province, now, ["ceramics-technical"])  # priority C
    with reading(loaded) as session:
        assert session.get_one(WarningVersion, found.id).severity == "yellow"


def test_a_correction_to_nothing_or_to_nonsense_is_refused_whole(loaded: Engine, cast: Cast, now: datetime) -> None:
    review = review_at(loaded, CHENGHAI)
    for wanted, error in (([], NoIndustry), ([TOYS, "no-such-industry"], UnknownIndustry)):
        with pytest.raises(error), writing(loaded) as session:
            correct(session, session.get_one(Review, review.id), cast.county, now, wanted)
    assert slugs(loaded) == {TOYS, "plastics-products"}
    assert actions(loaded) == []
