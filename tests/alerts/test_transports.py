"""Transports against real servers on real sockets: each answer is told for what it is."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.transports import (
    Answer,
    CapturedTransport,
    Envelope,
    GuardedTransport,
    MailServerUnreachable,
    SmtpTransport,
    answer_text,
    dotted,
    transport_for,
)
from settings import Settings
from tests.smtp_servers import (
    CLOSING,
    CUT_AFTER,
    CUT_BEFORE,
    HANGING,
    HERE,
    LATER,
    TOO_BIG,
    UNKNOWN,
    Post,
    certificate,
    free_port,
    sink_program,
    smtp_server,
    smtp_sink,
)

CONTENT = b"Subject: x\r\nTo: y\r\n\r\nfirst\r\n.second\r\n"


@pytest.fixture
def post() -> Iterator[Post]:
    with smtp_server() as running:
        yield running


def plain_smtp(post: Post, timeout_s: float = 10) -> SmtpTransport:
    return SmtpTransport(HERE, post.port, tls="none", timeout_s=timeout_s)


def to(name: str) -> Envelope:
    return Envelope("warn@service.example", f"{name}@firm.example", CONTENT)


def test_an_accepted_mail_arrives_unchanged_and_the_connection_serves_the_next(post: Post) -> None:
    transport = plain_smtp(post)
    assert [transport.send(to(name)).outcome for name in ("one", "two", "three")] == ["accepted"] * 3
    transport.close()
    assert post.recipients() == ["one@firm.example", "two@firm.example", "three@firm.example"]
    assert post.raw[0] == CONTENT
    assert post.connections == 1


@pytest.mark.parametrize(
    ("name", "outcome", "code"),
    [
        (LATER, "temporary", 451),
        (CLOSING, "temporary", 421),
        (UNKNOWN, "permanent", 550),
        (TOO_BIG, "permanent", 552),
        (CUT_BEFORE, "temporary", None),
        (CUT_AFTER, "ambiguous", None),
    ],
)
def test_what_a_server_does_to_one_mail_does_not_touch_the_next(
    post: Post, name: str, outcome: str, code: int | None
) -> None:
    transport = plain_smtp(post)
    answer = transport.send(to(name))
    assert (answer.outcome, answer.code) == (outcome, code)
    assert transport.send(to("next")).outcome == "accepted"
    transport.close()
    assert post.recipients()[-1] == "next@firm.example"


def test_a_server_silent_after_the_dot_may_have_taken_the_mail(post: Post) -> None:
    answer = plain_smtp(post, timeout_s=0.5).send(to(HANGING))
    assert answer.outcome == "ambiguous"


def test_a_connection_gone_stale_between_two_mails_is_opened_anew(post: Post) -> None:
    transport = plain_smtp(post)
    assert transport.send(to("one")).outcome == "accepted"
    assert transport._connection is not None
    assert transport._connection.sock is not None
    transport._connection.sock.shutdown(2)
    assert transport.send(to("two")).outcome == "accepted"
    assert post.connections == 2


def test_answers_name_no_addresses(post: Post) -> None:
    assert plain_smtp(post).send(to(UNKNOWN)).text == "5.1.1 <<address>> user unknown"
    assert "@" not in answer_text("a@b.cn: bad, c@d.cn: worse")


def test_without_a_server_nothing_is_sent_and_the_cure_is_named() -> None:
    port = free_port()
    with pytest.raises(MailServerUnreachable, match=rf"{HERE}:{port}.*TBTWATCH_SMTP_"):
        SmtpTransport(HERE, port, tls="none").send(to("one"))


def test_a_server_that_refuses_the_sender_is_the_operators_matter(post: Post) -> None:
    post.refuse_senders = True
    with pytest.raises(MailServerUnreachable, match="MAIL FROM refused: 550"):
        plain_smtp(post).send(to("one"))


def test_starttls_with_sign_in(tmp_path: Path) -> None:
    server, client = certificate(tmp_path)
    with smtp_server(server, password="correct") as post:
        good = SmtpTransport(HERE, post.port, username="warn", password="correct", context=client)
        assert good.send(to("one")).outcome == "accepted"
        good.close()
        assert post.signed_in == ["warn"]
        with pytest.raises(MailServerUnreachable, match="535"):
            SmtpTransport(HERE, post.port, username="warn", password="wrong", context=client).send(to("two"))
    assert post.recipients() == ["one@firm.example"]


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    server, _ = certificate(tmp_path)
    with smtp_server(server) as post:
        with pytest.raises(MailServerUnreachable, match="certificate verify failed"):
            SmtpTransport(HERE, post.port, context=ssl.create_default_context()).send(to("one"))
        assert post.taken == []


def test_starttls_is_not_given_up_where_it_is_asked_for(post: Post) -> None:
    with pytest.raises(MailServerUnreachable, match="STARTTLS"):
        SmtpTransport(HERE, post.port).send(to("one"))
    assert post.taken == []


@pytest.mark.parametrize(
    ("recipient", "outcome"),
    [("Boss@Example.cn", "accepted"), ("any@list.example", "accepted"), ("other@example.cn", "captured")],
)
def test_the_allow_list_captures_everyone_else(post: Post, recipient: str, outcome: str) -> None:
    transport = GuardedTransport(plain_smtp(post), ["boss@example.cn", "@LIST.example"])
    assert transport.send(Envelope("warn@service.example", recipient, CONTENT)).outcome == outcome
    assert bool(post.taken) is (outcome == "accepted")


def test_no_server_configured_captures_everything() -> None:
    transport = transport_for(Settings(profile="demo"))
    assert isinstance(transport, CapturedTransport)
    assert transport.send(to("one")) == Answer("captured", "captured")


def test_the_demo_never_mails_an_address_that_is_not_listed(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(profile="demo", smtp_host="mail.service.example")
    assert transport_for(settings).send(to("one")).outcome == "captured"
    assert "TBTWATCH_MAIL_ALLOW" in caplog.text
    live = Settings(profile="live", smtp_host=HERE, smtp_port=post.port, smtp_tls="none")
    assert transport_for(live).send(to("one")).outcome == "accepted"
    staging = Settings(
        profile="live", smtp_host=HERE, smtp_port=post.port, smtp_tls="none", mail_allow="a@b.cn, two@firm.example"
    )
    assert transport_for(staging).send(to("one")).outcome == "captured"
    assert post.recipients() == ["one@firm.example"]


def test_a_server_on_this_machine_is_the_demos_sink(post: Post) -> None:
    sink = Settings(profile="demo", smtp_host=HERE, smtp_port=post.port)
    assert sink.smtp_tls == "none"
    assert transport_for(sink).send(to("one")).outcome == "accepted"
    listed = Settings(profile="demo", smtp_host=HERE, smtp_port=post.port, mail_allow="two@firm.example")
    assert transport_for(listed).send(to("one")).outcome == "captured"
    assert Settings(profile="demo", smtp_host=HERE, smtp_tls="starttls").smtp_tls == "starttls"
    assert Settings(profile="demo", smtp_host="mail.service.example").smtp_tls == "starttls"


def test_leading_dots_are_doubled() -> None:
    assert dotted(b".a\r\nb.\r\n.\r\n") == b"..a\r\nb.\r\n..\r\n"


@pytest.mark.smtp_sink
def test_postfix_takes_what_we_send() -> None:
    program = sink_program()
    if program is None:
        pytest.skip("smtp-sink is not installed (it is in Debian's postfix package): the test with it did not run")
    with smtp_sink(program) as (port, folder):
        transport = SmtpTransport(HERE, port, tls="none")
        outcomes = [transport.send(to(f"firm{number}")).outcome for number in range(5)]
        transport.close()
        assert outcomes == ["accepted"] * 5
        kept = [path.read_bytes() for path in folder.iterdir()]
    assert len(kept) == 5
    assert all(b"first\n.second\n" in mail.replace(b"\r\n", b"\n") for mail in kept)
