"""The lead bureau's word, taking back in 待发, two signatures under red, updates and cancels by officers."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from alerts import answering
from alerts.amending import NotIssued, amend, revoke, take_version_back
from alerts.escalation import send_out_undecided
from alerts.matching import match_pending
from alerts.proposals import open_proposals, settle_proposals
from alerts.raising import raise_pending
from alerts.reminding import remind_desks
from alerts.reviewing import NotAllowed, accept, correct, dismiss
from alerts.signing_off import SecondOfficerNeeded, TooLate, release_outgoing
from alerts.versions import concerns_in, industries_of
from store.engine import reading, writing
from store.notice import Notice
from store.officer_mail import OfficerMail
from store.review import Decision, Proposal, Review
from store.subscription import Match, Subscriber
from store.warning import WarningVersion
from tests.cast import CHENGHAI, STRANGER, TOYS, Cast, bureau_at, insert_cast, insert_exporter
from tests.rows import follow, insert_notice

WAIT = timedelta(minutes=10)
PLASTICS, JUVENILE = "plastics-products", "juvenile-products"


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    """A doubtful notice of toys and plastics on the desks of Chenghai (which leads) and Dabu, with firms at both."""
    with writing(loaded) as session:
        cast = insert_cast(session, now)
        for code in (CHENGHAI, STRANGER):
            for slug in (TOYS, PLASTICS, JUVENILE):
                terms = [("industry", slug)]
                insert_exporter(session, f"{code}{slug}测试企业", code, f"{slug}.{code}@exporter.example", terms, now)
        insert_notice(session, now, "G/TBT/N/USA/1234", [(TOYS, "flagged"), (PLASTICS, "flagged")])
    while raise_pending(loaded, now):
        pass
    return cast


def review_at(engine: Engine, code: str) -> Review:
    with reading(engine) as session:
        rows = select(Review).where(Review.bureau_id == bureau_at(session, code).id).order_by(col(Review.id).desc())
        return session.exec(rows).all()[-1]


def version(engine: Engine) -> WarningVersion:
    with reading(engine) as session:
        return session.exec(select(WarningVersion).order_by(col(WarningVersion.id).desc())).first()  # type: ignore[return-value]


def slugs(engine: Engine, which: WarningVersion) -> set[str]:
    with reading(engine) as session:
        return {i.slug for i in industries_of(session, concerns_in(session, which))}


def reached(engine: Engine, now: datetime) -> set[str]:
    """Local parts of the addresses that the newest version reaches."""
    while match_pending(engine, now):
        pass
    newest = version(engine).id
    with reading(engine) as session:
        rows = session.exec(
            select(Subscriber.email)
            .join(Match, col(Match.subscriber_id) == Subscriber.id)
            .where(Match.version_id == newest)
        )
        return {email.split("@")[0] for email in rows}


def put(engine: Engine, code: str, how: object, officer: object, now: datetime, *args: object, **more: object) -> None:
    with writing(engine) as session:
        how(session, session.get_one(Review, review_at(engine, code).id), officer, now, *args, **more)  # type: ignore[operator]


def test_what_the_lead_adds_counts_for_all_what_it_removes_is_a_proposal(
    loaded: Engine, cast: Cast, now: datetime
) -> None:
    assert review_at(loaded, CHENGHAI).is_lead
    put(loaded, CHENGHAI, correct, cast.county, now, [TOYS, JUVENILE])
    first = version(loaded)
    assert (first.state, slugs(loaded, first)) == ("issued", {TOYS, JUVENILE})
    everywhere = {f"{slug}.{code}" for slug in (TOYS, JUVENILE) for code in (CHENGHAI, STRANGER)}
    assert reached(loaded, now) == {"toys", *everywhere}
    assert review_at(loaded, STRANGER).state == "open"  # the proposal is before it
    (proposal,) = _proposals(loaded)
    assert (proposal.kind, proposal.industries) == ("remove", [PLASTICS])
    assert settle_proposals(loaded, proposal.settles_at - timedelta(seconds=1)) == 0
    assert settle_proposals(loaded, proposal.settles_at) == 1
    assert review_at(loaded, STRANGER).state == "closed"
    assert "牵头单位建议已生效" in review_at(loaded, STRANGER).closed_reason
    assert len(_versions(loaded)) == 1


def test_an_objection_tells_the_industry_after_all(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, CHENGHAI, correct, cast.county, now, [TOYS])
    reached(loaded, now)
    with writing(loaded) as session:
        (proposal,) = open_proposals(session, version(loaded).id or 0)
        mine = session.get_one(Review, review_at(loaded, STRANGER).id)
        answering.object_to(session, proposal, mine, cast.stranger, now)
    update = version(loaded)
    assert (update.kind, slugs(loaded, update)) == ("update", {TOYS, PLASTICS})
    assert {f"{PLASTICS}.{CHENGHAI}", f"{PLASTICS}.{STRANGER}"} <= reached(loaded, now)
    assert settle_proposals(loaded, now + timedelta(days=30)) == 0


def test_only_those_above_the_lead_confirm(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, CHENGHAI, dismiss, cast.county, now)
    assert version(loaded).state == "under_review"
    with pytest.raises(NotAllowed), writing(loaded) as session:
        answering.confirm(session, open_proposals(session, version(loaded).id or 0)[0], cast.stranger, now)
    with writing(loaded) as session:
        answering.confirm(session, open_proposals(session, version(loaded).id or 0)[0], cast.city, now)
    assert version(loaded).state == "dismissed"
    assert review_at(loaded, STRANGER).state == "closed"


def test_signing_off_is_the_objection_to_a_leads_dismissal(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, CHENGHAI, dismiss, cast.county, now)
    put(loaded, STRANGER, accept, cast.stranger, now)
    assert version(loaded).state == "issued"
    assert [p.state for p in _proposals(loaded)] == ["objected"]
    assert {name for name in reached(loaded, now) if CHENGHAI in name} == set()  # it binds its own county


def test_another_county_removes_for_itself_alone(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, STRANGER, correct, cast.stranger, now, [TOYS])
    assert slugs(loaded, version(loaded)) == {TOYS, PLASTICS}
    found = reached(loaded, now)
    assert f"{PLASTICS}.{CHENGHAI}" in found and f"{PLASTICS}.{STRANGER}" not in found
    assert _proposals(loaded) == []


def test_a_decision_waits_and_can_be_taken_back(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, CHENGHAI, correct, cast.county, now, [TOYS, JUVENILE], wait=WAIT)
    waiting = version(loaded)
    assert (waiting.state, waiting.release_at) == ("outgoing", now + WAIT)
    assert release_outgoing(loaded, now + WAIT - timedelta(seconds=1)) == 0
    put(loaded, CHENGHAI, answering.take_decision_back, cast.county, now)
    assert version(loaded).state == "under_review"
    assert slugs(loaded, version(loaded)) == {TOYS, PLASTICS}
    assert [p.state for p in _proposals(loaded)] == ["withdrawn"]
    assert release_outgoing(loaded, now + WAIT) == 0
    put(loaded, CHENGHAI, accept, cast.county, now, wait=WAIT)
    assert release_outgoing(loaded, now + WAIT) == 1
    assert (version(loaded).state, version(loaded).basis) == ("issued", "signed_off")
    with pytest.raises(TooLate):
        put(loaded, CHENGHAI, answering.take_decision_back, cast.county, now)
    with reading(loaded) as session:
        kinds = [(d.kind, d.taken_back_at is None) for d in session.exec(select(Decision).order_by(col(Decision.id)))]
    assert kinds == [("correct", False), ("accept", True)]


def test_red_with_one_signature_goes_out_marked_when_its_time_is_up(loaded: Engine, now: datetime) -> None:
    with writing(loaded) as session:
        cast = insert_cast(session, now)
        emergency = "Emergency notification"
        insert_notice(session, now, "G/TBT/N/USA/9", [(TOYS, "accepted")], notification_type=emergency)
    raise_pending(loaded, now)
    assert version(loaded).severity == "red"
    put(loaded, CHENGHAI, accept, cast.county, now)
    with pytest.raises(SecondOfficerNeeded):
        put(loaded, CHENGHAI, answering.countersign, cast.county, now)
    assert send_out_undecided(loaded, now + timedelta(hours=4)) == 1
    assert version(loaded).basis == "unreviewed"


def test_a_city_issues_on_behalf_of_a_county(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, CHENGHAI, accept, cast.city, now)
    with reading(loaded) as session:
        assert version(loaded).signed_by_id == cast.city.bureau_id
        assert version(loaded).behalf_of_id == bureau_at(session, CHENGHAI).id


def test_officers_update_and_cancel_what_is_out(loaded: Engine, cast: Cast, now: datetime) -> None:
    put(loaded, CHENGHAI, accept, cast.county, now)
    first = reached(loaded, now)
    with pytest.raises(NotAllowed), writing(loaded) as session:
        revoke(session, version(loaded), cast.county, now, reason="误报")
    with writing(loaded) as session:
        amend(session, version(loaded), cast.county, now, [TOYS, PLASTICS, JUVENILE], wait=WAIT)
    with writing(loaded) as session:
        take_version_back(session, version(loaded), cast.city, now)
    assert release_outgoing(loaded, now + WAIT) == 0
    with writing(loaded) as session:
        amend(session, _issued(session), cast.county, now, [TOYS, PLASTICS, JUVENILE])
    assert reached(loaded, now) == first | {f"{JUVENILE}.{CHENGHAI}", f"{JUVENILE}.{STRANGER}"}
    with writing(loaded) as session:
        revoke(session, _issued(session), cast.province, now, reason="与原文不符")
    assert version(loaded).kind == "cancel"
    assert reached(loaded, now) == first | {f"{JUVENILE}.{CHENGHAI}", f"{JUVENILE}.{STRANGER}"}
    with pytest.raises(NotIssued), writing(loaded) as session:
        revoke(session, version(loaded), cast.province, now, reason="再次")


def test_an_addendum_overtakes_no_decision_that_waits(loaded: Engine, cast: Cast, now: datetime) -> None:
    """An officer's cancel in 待发 leaves first; what follows it comes to a desk, and not by itself."""
    put(loaded, CHENGHAI, accept, cast.county, now)
    first = reached(loaded, now)
    with writing(loaded) as session:
        revoke(session, version(loaded), cast.province, now, reason="与原文不符", wait=WAIT)
        notice = session.get_one(Notice, version(loaded).notice_id)
        follow(session, now, notice, "Add.1", "deadline_changed", comment_deadline=date(2026, 9, 1))
    assert raise_pending(loaded, now) == 0
    assert release_outgoing(loaded, now + WAIT) == 1
    assert version(loaded).kind == "cancel" and reached(loaded, now) == first
    assert raise_pending(loaded, now + WAIT) == 1
    assert (version(loaded).state, "dismissed_before" in version(loaded).flags) == ("under_review", True)


def test_a_desk_is_reminded_once_at_half_time(loaded: Engine, cast: Cast, now: datetime) -> None:
    review = review_at(loaded, CHENGHAI)
    assert review.remind_at is not None and now < review.remind_at < review.due_at
    assert remind_desks(loaded, review.remind_at - timedelta(seconds=1)) == 0
    assert remind_desks(loaded, review.remind_at) == len({r.bureau_id for r in _reviews(loaded)}) > 2
    assert remind_desks(loaded, review.remind_at) == 0
    with reading(loaded) as session:
        mails = session.exec(select(OfficerMail)).all()
    assert {m.officer_id for m in mails} == {cast.county.id, cast.stranger.id}
    assert all("时间已过半" in m.title for m in mails)


def _issued(session) -> WarningVersion:  # type: ignore[no-untyped-def]
    return session.exec(
        select(WarningVersion).where(WarningVersion.state == "issued").order_by(col(WarningVersion.id).desc())
    ).first()


def _versions(engine: Engine) -> list[WarningVersion]:
    with reading(engine) as session:
        return list(session.exec(select(WarningVersion)))


def _reviews(engine: Engine) -> list[Review]:
    with reading(engine) as session:
        return list(session.exec(select(Review)))


def _proposals(engine: Engine) -> list[Proposal]:
    with reading(engine) as session:
        return list(session.exec(select(Proposal).order_by(col(Proposal.id))))
