"""Retention forgets what only served the machine, and nothing younger."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from store.bureau import SignInAttempt
from store.email import ACCEPTED, PENDING, Email, MailBody
from store.engine import reading, writing
from store.following import Following
from store.notice import NoticeThread
from store.retention import forget_old
from store.slot import PlannedSlot
from store.subscription import Subscriber, Subscription
from tests.cast import insert_exporter


def test_only_what_is_past_its_time_goes(store: Engine, now: datetime) -> None:
    ages = [timedelta(minutes=5), timedelta(days=6), timedelta(days=8), timedelta(days=100)]
    with writing(store) as session:
        for age in ages:
            session.add(SignInAttempt(at=now - age, sign_in_hash="x"))
            session.add(PlannedSlot(job="crawl", slot_at=now - age, inserted_at=now - age, done_at=now - age))
        session.add(PlannedSlot(job="parked", slot_at=now - timedelta(days=200), inserted_at=now))
    with writing(store) as session:
        gone = {kind: number for kind, number in forget_old(session, now).items() if number}
        assert gone == {"sign_in_attempts": 2, "planned_slots": 1}
    with reading(store) as session:
        assert {slot.job for slot in session.exec(select(PlannedSlot))} == {"crawl", "parked"}
        assert len(session.exec(select(SignInAttempt)).all()) == 2


def _left(session: Session, name: str, at: datetime) -> Subscriber:
    """A firm whose only subscription ended at this instant."""
    subscriber = insert_exporter(session, name, "440515", f"{name}@firm.example", [("industry", "toys")], at)
    row = session.exec(select(Subscription).where(Subscription.subscriber_id == subscriber.id)).one()
    row.ended_at, row.ended_reason = at, "ended by its subscriber"
    session.add(row)
    session.flush()
    return subscriber


def test_an_address_goes_28_days_after_the_last_subscription_ended(loaded: Engine, now: datetime) -> None:
    old, young = now - timedelta(days=29), now - timedelta(days=27)
    with writing(loaded) as session:
        insert_exporter(session, "asks", "440515", "asks@firm.example", [("industry", "toys")], old)
        _left(session, "gone", old)
        _left(session, "lately", young)
        follower, waits = _left(session, "follows", old), _left(session, "waits", old)
        thread = NoticeThread()
        session.add(thread)
        session.flush()
        session.add(Following(subscriber_id=follower.id or 0, thread_id=thread.id or 0, asked_at=old, began_at=old))
        unsure = insert_exporter(session, "unsure", "440515", "unsure@firm.example", [("industry", "toys")], old)
        unsure.confirmed_at = None
        session.add(unsure)
        for number, (reader, state) in enumerate(((follower, ACCEPTED), (waits, PENDING))):
            body = MailBody(
                kind="note",
                key=str(number),
                subject="标题",
                text="正文",
                html="正文",
                rendered_at=now - timedelta(days=31),
            )
            session.add(body)
            session.flush()
            session.add(
                Email(subscriber_id=reader.id or 0, kind="note", body_id=body.id or 0, state=state, created_at=old)
            )
    with writing(loaded) as session:
        gone = forget_old(session, now)
        assert (gone["addresses"], gone["mail_bodies"]) == (2, 1)
    with writing(loaded) as session:
        assert forget_old(session, now)["addresses"] == 0
        kept = set(session.exec(select(Subscriber.email).where(col(Subscriber.erased_at).is_(None))))
        assert kept == {f"{name}@firm.example" for name in ("asks", "lately", "follows", "waits")}
        assert sorted(body.text for body in session.exec(select(MailBody))) == ["", "正文"]
        everything = [str(row) for row in session.exec(select(Subscriber))]
        assert not [row for row in everything if "gone@" in row or "unsure@" in row]
