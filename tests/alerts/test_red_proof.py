"""Fifteen minutes after red each recipient is accounted for: accepted, or on its bureau's list with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col, select

from alerts.calling import AlreadyCalled, tick_call
from alerts.enrolling import enrol
from alerts.red_proof import Recipient, prove_red, reason_to_call
from alerts.sending import send_pending
from alerts.unsubscribing import end_subscriptions
from settings import Settings
from store.bureau import Officer
from store.email import Email
from store.engine import reading, writing
from store.mail_care import CallListEntry, RedProof
from store.officer_mail import OfficerMail
from store.subscription import Subscriber
from store.warning import WarningVersion
from tests.alerts.mailed import live, run_to_mails
from tests.cast import CHENGHAI, insert_cast
from tests.rows import insert_notice
from tests.smtp_servers import CUT_BEFORE, LATER, UNKNOWN, Post, smtp_server


@pytest.fixture
def post() -> Iterator[Post]:
    with smtp_server() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, post: Post) -> Settings:
    return live(tmp_path, post.port)


def red_to(engine: Engine, now: datetime, settings: Settings, names: list[str]) -> None:
    """A red warning about toys, issued now, its mails written."""
    with writing(engine) as session:
        insert_cast(session, now)
        for name in names:
            enrol(session, now, email=f"{name}@firm.example", industries=["toys"], jurisdiction=CHENGHAI)
        insert_notice(session, now, "G/TBT/N/USA/1234", [("toys", "accepted")])
    run_to_mails(engine, now, settings)
    with writing(engine) as session:
        session.execute(update(WarningVersion).values(severity="red"))


def test_each_recipient_is_accepted_or_on_the_list_with_its_reason(
    loaded: Engine, now: datetime, post: Post, settings: Settings
) -> None:
    names = ["good", LATER, UNKNOWN, "full", "spam", CUT_BEFORE, "left", "unwritten", "slow"]
    post.answers |= {"full": "552 5.2.2 full", "slow": "421 too many connections", "spam": "554 spam content rejected"}
    red_to(loaded, now, settings, names)
    with writing(loaded) as session:
        left = session.exec(select(Subscriber).where(Subscriber.email == "left@firm.example")).one()
        end_subscriptions(session, left, now, "unsubscribed")
        unwritten = session.exec(select(Subscriber.id).where(Subscriber.email == "unwritten@firm.example")).one()
        session.delete(session.exec(select(Email).where(Email.subscriber_id == unwritten)).one())
    while send_pending(loaded, now, settings):
        pass
    assert prove_red(loaded, now + timedelta(minutes=14), settings) == 0
    assert [prove_red(loaded, now + timedelta(minutes=15), settings) for _ in range(2)] == [1, 0]
    with reading(loaded) as session:
        rows = session.exec(
            select(Subscriber.email, CallListEntry.reason).join(
                CallListEntry, col(CallListEntry.subscriber_id) == Subscriber.id
            )
        ).all()
        proof = session.exec(select(RedProof)).one()
        told = session.exec(select(OfficerMail).where(OfficerMail.kind == "calls")).all()
    listed = {address.partition("@")[0]: reason for address, reason in rows}
    assert listed.pop("slow") == "throttled"
    assert {name: listed.get(name) for name in names if name not in ("slow", "good", "left")} == {
        LATER: "waiting", UNKNOWN: "address_unknown", "full": "full", "spam": "refused", CUT_BEFORE: "waiting",
        "unwritten": "unwritten",
    }  # fmt: skip
    assert "good" not in listed and "left" not in listed
    assert proof.recipients == proof.accepted + proof.listed == len(rows) + proof.accepted
    assert len(told) >= 1 and "firm.example" not in "".join(told[0].lines)


def test_a_call_is_ticked_once(loaded: Engine, now: datetime, post: Post, settings: Settings) -> None:
    red_to(loaded, now, settings, [UNKNOWN])
    send_pending(loaded, now, settings)
    prove_red(loaded, now + timedelta(minutes=20), settings)
    with writing(loaded) as session:
        entry = session.exec(select(CallListEntry).where(CallListEntry.reason == "address_unknown")).one()
        officer = session.exec(select(Officer)).first()
        assert officer is not None
        tick_call(session, entry, officer, now)
        with pytest.raises(AlreadyCalled):
            tick_call(session, entry, officer, now)


def test_a_captured_mail_will_do_in_the_demo_alone() -> None:
    captured = Recipient(1, 1, "captured", "")
    assert (reason_to_call(captured, is_demo=True), reason_to_call(captured, is_demo=False)) == ("", "failed")
