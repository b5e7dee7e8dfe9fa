"""Unsubscribing: only the link of a mail does it, once, and for everything that address asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from alerts.enrolling import enrol
from alerts.sending import send_pending
from alerts.unsubscribing import BadLink, subscriber_of_link, token_for, unsubscribe, unsubscribe_link
from store.audit import AuditEntry
from store.email import FAILED, PENDING, DeliveryAttempt, Email
from store.engine import reading, writing
from store.subscription import Subscriber, Subscription
from tests.alerts.mailed import mails, run_to_mails, settings_at
from tests.rows import insert_notice

SECRET = b"a secret of this test"


@pytest.fixture
def email(loaded: Engine, now: datetime, tmp_path: Path) -> Email:
    """A pending mail to a subscriber with two subscriptions, one of which met."""
    with writing(loaded) as session:
        enrol(session, now, email="firm@exporter.example", industries=["toys"])
        enrol(session, now, email="firm@exporter.example", words=["glass"])
        enrol(session, now, email="other@exporter.example", industries=["glass"])
        insert_notice(session, now, "G/TBT/N/USA/1234", [("toys", "accepted")])
    run_to_mails(loaded, now, settings_at(tmp_path))
    [(_, found, _)] = mails(loaded)
    return found


def test_the_link_ends_everything_of_that_address_and_nothing_else(
    loaded: Engine, email: Email, now: datetime, tmp_path: Path
) -> None:
    later = now + timedelta(hours=1)
    with writing(loaded) as session:
        assert unsubscribe(session, email.public_id, token_for(SECRET, email.public_id), later, SECRET) == 2
    with reading(loaded) as session:
        people = {person.email: person for person in session.exec(select(Subscriber))}
        ended = [
            (s.ended_at, s.ended_reason)
            for s in session.exec(select(Subscription))
            if s.subscriber_id == people["firm@exporter.example"].id
        ]
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "subscriber.unsubscribed")).one()
    assert ended == [(later, "unsubscribed")] * 2
    assert people["firm@exporter.example"].ended_at == later
    assert people["other@exporter.example"].ended_at is None
    assert (entry.actor, entry.object_id) == ("subscriber", people["firm@exporter.example"].public_id)
    assert entry.details == {"mail": email.public_id}
    send_pending(loaded, later, settings_at(tmp_path))
    with reading(loaded) as session:
        waited = session.get_one(Email, email.id)
        assert (waited.state, waited.last_error) == (FAILED, "the subscriber has ended: not sent")
        assert session.exec(select(DeliveryAttempt)).all() == []


def test_a_second_time_changes_nothing(loaded: Engine, email: Email, now: datetime) -> None:
    token = token_for(SECRET, email.public_id)
    with writing(loaded) as session:
        unsubscribe(session, email.public_id, token, now, SECRET)
    with writing(loaded) as session:
        assert unsubscribe(session, email.public_id, token, now + timedelta(days=1), SECRET) == 0
        assert (
            session.exec(select(Subscriber).where(Subscriber.email_key == "firm@exporter.example")).one().ended_at
            == now
        )
        assert len(session.exec(select(AuditEntry).where(AuditEntry.action == "subscriber.unsubscribed")).all()) == 1


def test_looking_changes_nothing(loaded: Engine, email: Email, now: datetime) -> None:
    with reading(loaded) as session:
        found = subscriber_of_link(session, email.public_id, token_for(SECRET, email.public_id), SECRET)
        assert (found.email, found.ended_at) == ("firm@exporter.example", None)
        assert session.get_one(Email, email.id).state == PENDING


@pytest.mark.parametrize("token", ["", "0" * 32, "é" * 32])
def test_a_link_of_other_making_does_nothing(loaded: Engine, email: Email, now: datetime, token: str) -> None:
    with writing(loaded) as session, pytest.raises(BadLink):
        unsubscribe(session, email.public_id, token, now, SECRET)
    with reading(loaded) as session:
        assert all(person.ended_at is None for person in session.exec(select(Subscriber)))


def test_a_signature_is_good_for_one_mail_and_one_key() -> None:
    assert token_for(SECRET, "a" * 32) != token_for(SECRET, "b" * 32) != token_for(b"other", "b" * 32)
    link = unsubscribe_link("https://warn.example", SECRET, "a" * 32)
    assert link == f"https://warn.example/unsubscribe/{'a' * 32}?token={token_for(SECRET, 'a' * 32)}"


def test_an_unknown_mail_has_no_link(loaded: Engine, now: datetime) -> None:
    with reading(loaded) as session, pytest.raises(BadLink):
        subscriber_of_link(session, "f" * 32, token_for(SECRET, "f" * 32), SECRET)
