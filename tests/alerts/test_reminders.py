"""Reminders on a real store: once, to those whom it concerns, moved by an addendum, with the calendar."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import Engine
from sqlmodel import Session, select

from alerts.comment_links import BadCommentLink, parties_of_link
from alerts.comment_matter import matter_of
from alerts.comment_words import words_of
from alerts.commenting import receive
from alerts.enrolling import enrol
from alerts.message import letter_of, message_id, sender_of
from alerts.reminder_words import KIND
from alerts.reminders import write_reminders
from alerts.unsubscribing import end_subscriptions
from settings import Settings
from store.clock import parse_instant
from store.email import Email, MailBody
from store.engine import reading, writing
from store.notice import Notice
from store.subscription import Subscriber
from store.warning import TradeWarning
from tests.alerts.mailed import mails, parsed, part, run_to_mails, settings_at, text_of
from tests.cast import Cast, insert_cast
from tests.rows import follow, insert_notice

FIRMS_DAY = date(2026, 7, 10)  # twenty days before tests.rows.DEADLINE


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    with writing(loaded) as session:
        return insert_cast(session, now)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_at(tmp_path)


def morning(day: date) -> datetime:
    return parse_instant(f"{day.isoformat()}T08:30+08:00")


def put(engine: Engine, now: datetime, settings: Settings, symbol: str = "G/TBT/N/EU/1234", **fields: Any) -> Notice:
    with writing(engine) as session:
        notice = insert_notice(session, now, symbol, [("toys", "accepted")], issuer="EU", **fields)
    run_to_mails(engine, now, settings)
    return notice


def each_morning(engine: Engine, settings: Settings, first: date, count: int, **more: Any) -> list[date]:
    """The days on which a reminder was written."""
    found = [first + timedelta(days=number) for number in range(count)]
    return [day for day in found if write_reminders(engine, morning(day), settings, **more)]


def reminders(engine: Engine) -> list[tuple[str, Email, MailBody]]:
    return [row for row in mails(engine) if row[1].kind == KIND]


def someone(session: Session, address: str) -> Subscriber:
    return session.exec(select(Subscriber).where(Subscriber.email == address)).one()


def test_a_firm_is_reminded_before_its_own_last_day_and_never_twice(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    put(loaded, now, settings)
    [(_, first, _)] = mails(loaded)
    assert each_morning(loaded, settings, date(2026, 6, 3), 60) == [
        FIRMS_DAY - timedelta(days=step) for step in (14, 7, 3)
    ]
    assert each_morning(loaded, settings, date(2026, 6, 3), 60) == []
    address, found, body = reminders(loaded)[0]
    assert address == "toys@exporter.example"
    assert body.subject == "【演示】【提醒】欧盟玩具 7月10日交意见截止"
    assert found.fields["references"] == first.public_id
    sender = sender_of(settings)
    raw = letter_of(sender, body.subject, body.text, body.html, body.calendar)
    message = parsed(raw.to(address, found.public_id, found.fields, now))
    assert message["References"] == message_id(first.public_id, sender.host)
    text = part(message, "plain")
    assert "交评议意见的最后一天：2026年7月10日（还剩14天）" in text
    link = next(line for line in text.splitlines() if line.startswith("填写评议意见：")).split("：")[1]
    name, token, about = link.rpartition("/")[2].replace("?token=", " ").replace("&about=", " ").split()
    secret = settings.secret_bytes()
    with reading(loaded) as session:
        subscriber, warning = parties_of_link(session, name, token, secret, about)
        assert (subscriber.email, warning.public_id) == (address, found.fields["about"])
        for bad in ((name, token, secret), (name, token[::-1], secret, about), (name, token, secret, "f" * 32)):
            with pytest.raises(BadCommentLink):
                parties_of_link(session, *bad)


def test_an_addendum_moves_the_reminder_and_the_calendar(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    first = put(loaded, now, settings)
    later = now + timedelta(days=10)
    with writing(loaded) as session:
        follow(
            session, later, first, "Add.1", "deadline_changed", [("toys", "accepted")], issuer="EU",
            comment_deadline=date(2026, 8, 31), comment_deadline_text="31 August 2026",
        )  # fmt: skip
    run_to_mails(loaded, later, settings)
    events = [Calendar.from_ical(body.calendar).walk("VEVENT")[0] for _, _, body in mails(loaded)]
    assert [event.decoded("dtstart") for event in events] == [FIRMS_DAY, date(2026, 8, 11)]
    assert events[0]["uid"] == events[1]["uid"]
    assert events[0]["sequence"] < events[1]["sequence"]
    assert each_morning(loaded, settings, date(2026, 6, 14), 80) == [
        date(2026, 8, 11) - timedelta(days=step) for step in (14, 7, 3)
    ]
    with writing(loaded) as session:
        follow(session, later, first, "Add.2", "withdrawn", [("toys", "accepted")], issuer="EU")
    run_to_mails(loaded, later, settings)
    assert mails(loaded)[-1][2].subject.startswith("【演示】【预警撤销】")


def test_who_commented_left_or_judged_it_irrelevant_is_left_alone(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    with writing(loaded) as session:
        for name in ("commented", "left", "judged", "stays"):
            enrol(session, now, email=f"{name}@firm.example", name=name, industries=["toys"])
    put(loaded, now, settings, force_on=FIRMS_DAY)
    with writing(loaded) as session:
        end_subscriptions(session, someone(session, "left@firm.example"), now, "unsubscribed")
        warning = session.exec(select(TradeWarning)).one()
        matter = matter_of(session, warning)
        assert matter is not None
        words = words_of({"affected": "yes", "harm": "成本增加", "firm_name": "甲"}, 2026)
        receive(session, now, settings, matter, someone(session, "commented@firm.example"), words)

    def judged(session: Session, subscriber_ids: Sequence[int], warning_id: int) -> Collection[int]:
        return {someone(session, "judged@firm.example").id or 0} & set(subscriber_ids)

    day = FIRMS_DAY - timedelta(days=7)
    assert write_reminders(loaded, morning(day), settings, judged) == 3
    told = {address.partition("@")[0]: text_of(found, body) for address, found, body in reminders(loaded)}
    assert sorted(told) == ["commented", "stays", "toys"]
    assert "交评议意见的最后一天" not in told["commented"] and "开始实施" in told["commented"]
    assert "交评议意见的最后一天" in told["stays"] and "开始实施" in told["stays"]


def test_days_of_several_warnings_share_one_mail_and_withdrawn_ones_are_not_told(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    withdrawn = put(loaded, now, settings)
    put(loaded, now, settings, "G/TBT/N/EU/5")
    put(loaded, now, settings, "G/TBT/N/EU/6", content_hash="six")
    with writing(loaded) as session:
        follow(session, now, withdrawn, "Add.1", "withdrawn", [("toys", "accepted")], issuer="EU")
    run_to_mails(loaded, now, settings)
    assert each_morning(loaded, settings, FIRMS_DAY - timedelta(days=3), 3) == [FIRMS_DAY - timedelta(days=3)]
    [(_, found, body)] = reminders(loaded)
    assert body.subject == "【演示】【提醒】欧盟玩具 7月10日交意见截止等2项"
    assert len(found.fields["about"].split()) == 2
    assert "G/TBT/N/EU/1234" not in body.text
