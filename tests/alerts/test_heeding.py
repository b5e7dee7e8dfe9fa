"""What answers set off, through a real server: days counted, domains paused, batches held, full boxes tried again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, update
from sqlmodel import col, select

from alerts.enrolling import enrol
from alerts.letters import write_letter
from alerts.refusals import MOST, NothingHeld, held_batches, release_batch
from alerts.sending import send_pending
from settings import Settings
from store.email import ACCEPTED, FAILED, PENDING, DeliveryAttempt, Email
from store.engine import reading, writing
from store.mail_care import AddressTrouble, CallListEntry, MailBucket, MailDomain
from store.officer_mail import OfficerMail
from store.operator_mail import OperatorMail
from store.subscription import Subscriber, Subscription
from tests.alerts.mailed import live, mail_to, states
from tests.cast import CHENGHAI, insert_cast
from tests.smtp_servers import Post, smtp_server

DAY = timedelta(days=1)


@pytest.fixture
def post() -> Iterator[Post]:
    with smtp_server() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, post: Post) -> Settings:
    return live(tmp_path, post.port)


def letter_to_all(engine: Engine, now: datetime, settings: Settings, key: str) -> None:
    with writing(engine) as session:
        for subscriber in session.exec(select(Subscriber).where(col(Subscriber.ended_at).is_(None))).all():
            write_letter(
                session, now, settings, subscriber_id=subscriber.id or 0, kind="note", key=key, title="信", lines=["信"]
            )


def waits_over(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(update(Email).where(col(Email.claimed_by).is_(None)).values(claimed_until=None))


def classes(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.exec(select(DeliveryAttempt.reply_class).order_by(col(DeliveryAttempt.id))))


def test_an_address_unknown_on_two_days_ends_and_its_bureau_is_told(
    loaded: Engine, now: datetime, post: Post, settings: Settings
) -> None:
    with writing(loaded) as session:
        insert_cast(session, now)
        enrol(session, now, email="gone@firm.example", industries=["toys"], jurisdiction=CHENGHAI)
    post.answers["gone"] = "550 5.1.1 no such user"
    for key, at in (("a", now), ("b", now + timedelta(hours=3)), ("c", now + DAY)):
        with reading(loaded) as session:
            there = session.exec(select(Subscriber).where(Subscriber.email == "gone@firm.example")).one()
            assert (there.ended_at, there.domain) == (None, "firm.example")  # twice on one day is one day
        letter_to_all(loaded, at, settings, key)
        send_pending(loaded, at, settings)
    with reading(loaded) as session:
        there = session.exec(select(Subscriber).where(Subscriber.email == "gone@firm.example")).one()
        subscription = session.exec(select(Subscription).where(Subscription.subscriber_id == there.id)).one()
        told = session.exec(select(OfficerMail).where(OfficerMail.kind == "address")).all()
        call = session.exec(select(CallListEntry)).one()
        assert session.exec(select(func.count()).select_from(AddressTrouble)).one() == 2
    assert (there.ended_reason, subscription.ended_reason) == ("address_unknown", "address_unknown")
    assert (call.subscriber_id, call.reason, call.version_id) == (there.id, "address_unknown", None)
    assert len(told) == 1 and "gone@" not in "".join([told[0].title, *told[0].lines])
    with writing(loaded) as session:  # who signs up anew begins anew
        enrol(session, now + 2 * DAY, email="gone@firm.example", industries=["toys"], jurisdiction=CHENGHAI)
    letter_to_all(loaded, now + 2 * DAY, settings, "d")
    send_pending(loaded, now + 2 * DAY, settings)
    with reading(loaded) as session:
        assert session.exec(select(Subscriber.ended_at).where(Subscriber.email == "gone@firm.example")).one() is None


def test_throttling_with_550_pauses_the_domain_alone_and_costs_no_try(
    loaded: Engine, now: datetime, post: Post, settings: Settings
) -> None:
    with writing(loaded) as session:
        for name in ("a@qq.com", "b@qq.com", "c@firm.example"):
            enrol(session, now, email=name, industries=["toys"])
    post.answers["@qq.com"] = "550 Domain frequency limited."
    letter_to_all(loaded, now, settings, "k")
    send_pending(loaded, now, settings)
    assert (states(loaded), classes(loaded)) == ({"a": PENDING, "b": PENDING, "c": ACCEPTED}, ["throttled", "accepted"])
    waits_over(loaded)
    assert send_pending(loaded, now + timedelta(minutes=14), settings) == 0  # not even claimed anew
    pauses = []
    for minutes in (16, 47, 120):
        waits_over(loaded)
        send_pending(loaded, now + timedelta(minutes=minutes), settings)
        with reading(loaded) as session:
            pauses.append(session.exec(select(MailDomain.pause_s).where(MailDomain.domain == "qq.com")).one())
    assert pauses == [1800, 3600, 7200]
    with reading(loaded) as session:
        assert set(session.exec(select(Email.attempts).where(Email.state == PENDING))) == {0}
    del post.answers["@qq.com"]
    waits_over(loaded)
    send_pending(loaded, now + DAY, settings)
    assert set(states(loaded).values()) == {ACCEPTED}
    post.answers["@qq.com"] = "450 too many connections"
    letter_to_all(loaded, now + DAY, settings, "l")
    send_pending(loaded, now + DAY, settings)
    with reading(loaded) as session:
        assert session.exec(select(MailDomain.pause_s).where(MailDomain.domain == "qq.com")).one() == 900


def test_a_batch_refused_twenty_times_stops_until_an_operator_lets_it_go(
    loaded: Engine, now: datetime, post: Post, settings: Settings
) -> None:
    post.answers["@firm.example"] = "554 5.7.1 content rejected as spam"
    mail_to(loaded, now, settings, [f"firm{number}" for number in range(MOST + 6)])
    while send_pending(loaded, now, settings):
        pass
    failed = list(states(loaded).values()).count(FAILED)
    left = MOST + 6 - failed
    assert MOST <= failed <= MOST + settings.smtp_connections  # the one each connection had begun before the hold
    with reading(loaded) as session:
        [(batch, _, waiting)] = held_batches(session)
        mails = session.exec(select(OperatorMail).where(OperatorMail.kind == "batch_held")).all()
        assert session.exec(select(func.count()).where(col(Subscriber.ended_at).is_not(None))).one() == 0
    assert (waiting, len(mails), batch.refused) == (left, 1, failed)
    assert f"tbtwatch outbox release {batch.body_id}" in mails[0].text
    waits_over(loaded)
    assert send_pending(loaded, now, settings) == 0
    post.answers.clear()
    with writing(loaded) as session:
        assert release_batch(session, batch.body_id, now, again=True) == MOST + 6
    with writing(loaded) as session, pytest.raises(NothingHeld):
        release_batch(session, batch.body_id, now)
    while send_pending(loaded, now, settings):
        pass
    assert set(states(loaded).values()) == {ACCEPTED}


def test_a_full_box_is_tried_over_days_and_never_ends_a_subscription(
    loaded: Engine, now: datetime, post: Post, settings: Settings
) -> None:
    post.answers["full"] = "552 5.2.2 mailbox full"
    mail_to(loaded, now, settings, ["full"])
    for day in range(4):
        assert send_pending(loaded, now + day * DAY, settings) == 1
        assert send_pending(loaded, now + day * DAY, settings) == 0
        assert states(loaded) == {"full": PENDING}
        waits_over(loaded)
    send_pending(loaded, now + 6 * DAY, settings)
    assert (states(loaded), set(classes(loaded))) == ({"full": FAILED}, {"full"})
    with reading(loaded) as session:
        assert session.exec(select(Subscriber.ended_at)).one() is None


def test_a_providers_pace_gives_each_mail_its_turn_once(
    loaded: Engine, now: datetime, tmp_path: Path, post: Post, settings: Settings
) -> None:
    paced = settings.model_copy(update={"mail_pace": "on"})
    with writing(loaded) as session:
        for number in range(4):
            enrol(session, now, email=f"a{number}@139.com", industries=["toys"])
        session.add(MailBucket(provider="mobile139", tokens=2.0, filled_at=now + 365 * DAY))  # fills no more
    letter_to_all(loaded, now, settings, "k")
    assert send_pending(loaded, now, paced) == 2  # the bucket's two tokens
    with reading(loaded) as session:
        assert session.exec(select(func.count()).where(col(Email.paced_at).is_not(None))).one() == 2
    waits_over(loaded)
    later = 0
    while sent := send_pending(loaded, now, paced):
        later += sent
    assert later == 2  # their turns have come
    with reading(loaded) as session:
        assert session.exec(select(MailBucket.tokens)).one() == -2.0


def test_several_connections_hear_the_same_words_and_stop_together(
    loaded: Engine, now: datetime, tmp_path: Path, post: Post
) -> None:
    """Refusals and throttling on four connections at once: nobody waits for anybody, every mail has one fate."""
    settings = live(tmp_path, post.port, connections=4)
    with writing(loaded) as session:
        for number in range(60):
            enrol(session, now, email=f"a{number}@slow{number % 3}.example", industries=["toys"])
    post.answers |= {f"@slow{number}.example": "421 too many connections" for number in range(3)}
    mail_to(loaded, now, settings, [f"firm{number}" for number in range(60)])
    post.answers["@firm.example"] = "554 5.7.1 content rejected as spam"
    while send_pending(loaded, now, settings):
        pass
    with reading(loaded) as session:
        rows = session.exec(select(Subscriber.domain, Email.state, Email.attempts, Email.claimed_by).join(Email)).all()
        pauses = session.exec(select(MailDomain.domain, MailDomain.pause_s)).all()
        held = held_batches(session)
    assert {claimed for _, _, _, claimed in rows} == {None}
    assert {(state, tries) for domain, state, tries, _ in rows if domain != "firm.example"} == {(PENDING, 0)}
    refused = sum(state == FAILED for domain, state, _, _ in rows if domain == "firm.example")
    assert MOST <= refused <= MOST + 8  # what was on its way on the connections
    assert sorted(pauses) == [(f"slow{number}.example", 900) for number in range(3)]
    assert [batch.refused for batch, _, _ in held] == [refused]
