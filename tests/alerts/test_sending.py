"""Sending through real servers: who gets what, every answer ends in the right state, and a kill loses nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from alerts.reviewing import accept
from alerts.sending import send_pending
from alerts.transports import Answer, Envelope, GuardedTransport, SmtpTransport
from alerts.unsubscribing import end_subscriptions
from settings import Settings
from store.clock import system_clock
from store.email import ACCEPTED, CAPTURED, FAILED, PENDING, DeliveryAttempt, Email
from store.engine import reading, writing
from store.review import Review
from store.subscription import Subscriber
from store.work import MAX_ATTEMPTS
from tests.alerts.mailed import live, mail_to, part, run_to_mails, settings_at, states
from tests.cast import CHENGHAI, bureau_at, insert_cast
from tests.rows import insert_notice
from tests.smtp_servers import (
    CUT_AFTER,
    HERE,
    LATER,
    UNKNOWN,
    Post,
    free_port,
    sink_program,
    smtp_server,
    smtp_sink,
)


@pytest.fixture
def post() -> Iterator[Post]:
    with smtp_server() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, post: Post) -> Settings:
    return live(tmp_path, post.port)


def attempts(engine: Engine) -> list[tuple[str, str, int | None]]:
    """(recipient's name, outcome, code) of every attempt, in order."""
    with reading(engine) as session:
        rows = session.exec(
            select(Subscriber.email, DeliveryAttempt.outcome, DeliveryAttempt.smtp_code)
            .join(Email, col(Email.subscriber_id) == Subscriber.id)
            .join(DeliveryAttempt, col(DeliveryAttempt.email_id) == Email.id)
            .order_by(col(DeliveryAttempt.id))
        )
        return [(address.partition("@")[0], outcome, code) for address, outcome, code in rows]


def let_time_pass(engine: Engine) -> None:
    """The waits between tries are over."""
    with writing(engine) as session:
        session.execute(update(Email).where(col(Email.claimed_by).is_(None)).values(claimed_until=None))


def test_a_toy_notice_reaches_the_toy_maker_alone_through_the_county_desk(
    loaded: Engine, now: datetime, post: Post, settings: Settings
) -> None:
    with writing(loaded) as session:
        cast = insert_cast(session, now)
        insert_notice(session, now, "G/TBT/N/USA/1234", [("toys", "flagged")])
    run_to_mails(loaded, now, settings)
    assert send_pending(loaded, now, settings) == 0
    with writing(loaded) as session:
        review = select(Review).where(Review.bureau_id == bureau_at(session, CHENGHAI).id)
        accept(session, session.exec(review).one(), cast.county, now, advice="请带样品来所里初检。")
    run_to_mails(loaded, now, settings)
    assert send_pending(loaded, now, settings) == 1
    [(recipient, message)] = post.taken
    assert recipient == "toys@exporter.example"
    assert message["Subject"] == "【黄色预警】美国玩具 7月10日前可提意见（新规草案）"
    text = part(message, "plain")
    assert "您订阅了行业“玩具”；目标市场不限。" in text
    assert "请带样品来所里初检。" in text
    assert states(loaded) == {"toys": ACCEPTED}
    assert attempts(loaded) == [("toys", "accepted", 250)]


def test_sending_again_sends_nothing(loaded: Engine, now: datetime, post: Post, settings: Settings) -> None:
    mail_to(loaded, now, settings, ["one", "two"])
    assert [send_pending(loaded, now, settings) for _ in range(3)] == [2, 0, 0]
    assert Counter(post.recipients()) == {"one@firm.example": 1, "two@firm.example": 1}
    assert post.connections == 1


def test_several_connections_share_the_work(loaded: Engine, now: datetime, tmp_path: Path, post: Post) -> None:
    settings = live(tmp_path, post.port, connections=3)
    mail_to(loaded, now, settings, [f"firm{number}" for number in range(10)])
    assert [send_pending(loaded, now, settings) for _ in range(2)] == [10, 0]
    assert set(Counter(post.recipients()).values()) == {1}
    assert (len(post.taken), post.connections) == (10, 3)


def test_without_a_server_configured_everything_is_captured(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    mail_to(loaded, now, settings, ["one"])
    assert send_pending(loaded, now, settings) == 1
    assert states(loaded) == {"one": CAPTURED}
    assert attempts(loaded) == [("one", "captured", None)]


def test_each_answer_ends_in_its_state(loaded: Engine, now: datetime, post: Post, settings: Settings) -> None:
    mail_to(loaded, now, settings, ["good", LATER, UNKNOWN, CUT_AFTER, "last"])
    assert send_pending(loaded, now, settings) == 5
    assert attempts(loaded) == [
        ("good", "accepted", 250),
        (LATER, "temporary", 451),
        (UNKNOWN, "permanent", 550),
        (CUT_AFTER, "ambiguous", None),
        ("last", "accepted", 250),
    ]
    assert states(loaded) == {
        "good": ACCEPTED, LATER: PENDING, UNKNOWN: FAILED, CUT_AFTER: PENDING, "last": ACCEPTED,
    }  # fmt: skip
    with reading(loaded) as session:
        refused = session.exec(select(Email).where(Email.state == FAILED)).one()
    assert (refused.last_error, refused.settled_at) == ("550 5.1.1 <<address>> user unknown", now)


def test_a_mail_put_off_is_tried_five_times_then_parked_for_the_operators(
    loaded: Engine, now: datetime, post: Post, settings: Settings
) -> None:
    mail_to(loaded, now, settings, [LATER])
    for _ in range(MAX_ATTEMPTS + 2):
        send_pending(loaded, now, settings)
        let_time_pass(loaded)
    with reading(loaded) as session:
        parked = session.exec(select(Email)).one()
    assert (parked.state, parked.parked_at is not None) == (PENDING, True)
    assert len(attempts(loaded)) == MAX_ATTEMPTS


def test_a_mail_server_away_for_a_day_costs_no_mail_a_try(
    loaded: Engine, now: datetime, tmp_path: Path, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    away = live(tmp_path, free_port())
    mail_to(loaded, now, away, ["one", "two"])
    for _ in range(MAX_ATTEMPTS + 2):
        assert send_pending(loaded, now, away) == 0
    assert "2 mails wait" in caplog.text
    assert "@firm.example" not in caplog.text
    with reading(loaded) as session:
        assert {(row.attempts, row.claimed_by, row.parked_at) for row in session.exec(select(Email))} == {
            (0, None, None)
        }
    assert send_pending(loaded, now, live(tmp_path, post.port)) == 2


def test_who_unsubscribes_while_the_batch_goes_out_is_not_written_to(
    loaded: Engine, now: datetime, post: Post, settings: Settings
) -> None:
    class Slow:
        """The real transport; after the first mail the second recipient leaves."""

        real = SmtpTransport(HERE, post.port, tls="none")

        def send(self, envelope: Envelope) -> Answer:
            answer = self.real.send(envelope)
            with writing(loaded) as session:
                leaver = session.exec(select(Subscriber).where(Subscriber.email_key == "two@firm.example")).one()
                if leaver.ended_at is None:
                    end_subscriptions(session, leaver, now, "unsubscribed")
            return answer

        def close(self) -> None:
            self.real.close()

    mail_to(loaded, now, settings, ["one", "two", "three"])
    assert send_pending(loaded, now, settings, Slow()) == 3
    assert post.recipients() == ["one@firm.example", "three@firm.example"]
    assert states(loaded) == {"one": ACCEPTED, "two": FAILED, "three": ACCEPTED}
    assert [name for name, _, _ in attempts(loaded)] == ["one", "three"]


def test_a_listed_address_is_written_to_and_the_rest_is_captured(
    loaded: Engine, now: datetime, post: Post, settings: Settings
) -> None:
    mail_to(loaded, now, settings, ["one", "two"])
    guarded = GuardedTransport(SmtpTransport(HERE, post.port, tls="none"), ["two@firm.example"])
    send_pending(loaded, now, settings, guarded)
    assert states(loaded) == {"one": CAPTURED, "two": ACCEPTED}
    assert post.recipients() == ["two@firm.example"]


def test_what_another_worker_holds_is_left_to_it(loaded: Engine, now: datetime, post: Post, settings: Settings) -> None:
    mail_to(loaded, now, settings, ["one"])
    with writing(loaded) as session:
        session.execute(
            update(Email).values(claimed_by="elsewhere:1:1", claimed_until=datetime.max.replace(tzinfo=now.tzinfo))
        )
    assert send_pending(loaded, now, settings) == 0
    assert post.taken == []


def test_one_mail_that_cannot_be_made_does_not_hold_up_the_others(
    loaded: Engine, now: datetime, post: Post, settings: Settings
) -> None:
    mail_to(loaded, now, settings, ["one", "two"])
    with writing(loaded) as session:
        session.execute(
            update(Subscriber).where(col(Subscriber.email_key) == "one@firm.example").values(email="盒@firm.example")
        )
    assert send_pending(loaded, now, settings) == 2
    assert post.recipients() == ["two@firm.example"]
    with reading(loaded) as session:
        broken = session.exec(select(Email).order_by(col(Email.id))).first()
    assert broken is not None
    assert (broken.state, (broken.last_error or "")[:18]) == (PENDING, "UnicodeEncodeError")


@pytest.mark.smtp_sink
def test_postfix_takes_the_whole_outbox(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    program = sink_program()
    if program is None:
        pytest.skip("smtp-sink is not installed (it is in Debian's postfix package): the test with it did not run")
    with smtp_sink(program) as (port, folder):
        settings = live(tmp_path, port)
        mail_to(loaded, now, settings, [f"firm{number}" for number in range(5)])
        assert send_pending(loaded, now, settings) == 5
        kept = [path.read_bytes() for path in folder.iterdir()]
    assert len(kept) == 5
    assert {b"firm%d@firm.example" % n in b"".join(kept) for n in range(5)} == {True}
    assert set(states(loaded).values()) == {ACCEPTED}


def test_a_claim_outlives_the_slowest_mail(loaded: Engine, now: datetime, post: Post, settings: Settings) -> None:
    """While a mail is on its way its claim has at least six time-outs left."""
    left: list[timedelta] = []

    class Looking:
        """The real transport; it notes how long the claim still holds."""

        real = SmtpTransport(HERE, post.port, tls="none")

        def send(self, envelope: Envelope) -> Answer:
            with reading(loaded) as session:
                claimed = session.exec(select(Email.claimed_until).where(Email.state == PENDING)).first()
            assert claimed is not None
            left.append(claimed - system_clock())
            return self.real.send(envelope)

        def close(self) -> None:
            self.real.close()

    mail_to(loaded, now, settings, ["one", "two"])
    send_pending(loaded, now, settings, Looking())
    assert min(left) > timedelta(seconds=6 * settings.smtp_timeout_s)


def test_a_mail_whose_acceptance_cannot_be_recorded_is_not_sent_again_at_once(
    loaded: Engine, now: datetime, post: Post, settings: Settings
) -> None:
    mail_to(loaded, now, settings, ["one"])
    with writing(loaded) as session:
        session.execute(text("ALTER TABLE deliveryattempt RENAME TO elsewhere"))
    with pytest.raises(DBAPIError):
        send_pending(loaded, now, settings)
    assert len(post.recipients()) == 1
    with writing(loaded) as session:
        session.execute(text("ALTER TABLE elsewhere RENAME TO deliveryattempt"))
    assert send_pending(loaded, now, settings) == 0  # its lease still runs
    assert len(post.recipients()) == 1
