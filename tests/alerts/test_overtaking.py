"""While a bulk of mails is on its way: what is urgent overtakes it, and who leaves is not written to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, update
from sqlmodel import col, select

from alerts.composing import email_rows
from alerts.sending import send_pending
from alerts.transports import Answer, Envelope, SmtpTransport
from alerts.unsubscribing import end_subscriptions
from settings import Settings
from store.email import BULK, FAILED, URGENT, Email
from store.engine import writing
from store.subscription import Subscriber
from store.warning import WarningVersion
from tests.alerts.mailed import live, mail_to, states
from tests.smtp_servers import HERE, Post, smtp_server


@pytest.fixture
def post() -> Iterator[Post]:
    with smtp_server() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, post: Post) -> Settings:
    return live(tmp_path, post.port)


def test_what_is_urgent_overtakes_what_is_on_its_way(
    loaded: Engine, now: datetime, post: Post, settings: Settings
) -> None:
    class Interrupted:
        """The real transport; after the first mail a red warning comes to the last recipient."""

        real = SmtpTransport(HERE, post.port, tls="none")

        def send(self, envelope: Envelope) -> Answer:
            answer = self.real.send(envelope)
            if len(post.taken) == 1:
                with writing(loaded) as session:
                    last = select(func.max(Email.id)).scalar_subquery()
                    session.execute(update(Email).where(col(Email.id) == last).values(urgency=URGENT))
            return answer

        def close(self) -> None:
            self.real.close()

    mail_to(loaded, now, settings, [f"firm{number:02}" for number in range(70)])
    assert send_pending(loaded, now, settings, Interrupted()) == 70
    overtaken = post.recipients()[post.recipients().index("firm69@firm.example") :]
    assert len(overtaken) > 25
    assert len(set(post.recipients())) == 70


def test_a_red_warning_leaves_before_what_was_there_first(
    loaded: Engine, now: datetime, tmp_path: Path, post: Post
) -> None:
    settings = live(tmp_path, post.port)
    mail_to(loaded, now, settings, ["one", "two", "three"])
    with writing(loaded) as session:
        session.execute(update(WarningVersion).values(severity="red"))
        version = session.exec(select(WarningVersion)).one()
        assert {row["urgency"] for row in email_rows(session, version, now)} == {URGENT}
        two = select(Subscriber.id).where(Subscriber.email_key == "two@firm.example").scalar_subquery()
        session.execute(update(Email).where(col(Email.subscriber_id) == two).values(urgency=URGENT))
        three = select(Subscriber.id).where(Subscriber.email_key == "three@firm.example").scalar_subquery()
        session.execute(update(Email).where(col(Email.subscriber_id) == three).values(urgency=BULK))
    assert send_pending(loaded, now, settings) == 3
    assert post.recipients() == ["two@firm.example", "one@firm.example", "three@firm.example"]


def test_who_leaves_while_a_bulk_is_on_its_way_pipelined_gets_nothing(
    loaded: Engine, now: datetime, tmp_path: Path
) -> None:
    names = [f"firm{number:03}" for number in range(150)]
    with smtp_server(pipelining=True) as post:
        settings = live(tmp_path, post.port, connections=2)
        mail_to(loaded, now, settings, names)

        def leave() -> None:
            with writing(loaded) as session:
                leaver = session.exec(select(Subscriber).where(Subscriber.email_key == "firm149@firm.example")).one()
                if leaver.ended_at is None:
                    end_subscriptions(session, leaver, now, "unsubscribed")

        post.on_taken = leave
        assert send_pending(loaded, now, settings) == 150
    assert sorted(post.recipients()) == [f"{name}@firm.example" for name in names[:-1]]
    assert states(loaded)["firm149"] == FAILED
