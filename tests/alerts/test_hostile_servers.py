"""Hostile mail servers on real sockets, with and without PIPELINING: every mail ends in the right state, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from alerts.sending import send_pending
from settings import Settings
from store.email import ACCEPTED, FAILED, PENDING
from tests.alerts.mailed import live, mail_to, settings_at, states
from tests.alerts.test_sending import attempts, let_time_pass
from tests.smtp_servers import (
    CLOSED_MIDWAY,
    CLOSING,
    CUT_AFTER,
    CUT_BEFORE,
    DRIP,
    GREYLISTED,
    HANGING,
    HERE,
    LATER,
    SPAM,
    TOO_BIG,
    TOO_OFTEN,
    UNKNOWN,
    Post,
    certificate,
    smtp_server,
)

REFUSED = {UNKNOWN: 550, TOO_OFTEN: 550, SPAM: 554, TOO_BIG: 552}
PUT_OFF = {LATER: 451, CLOSING: 421}


@pytest.fixture(params=[False, True], ids=["lock-step", "pipelined"])
def post(request: pytest.FixtureRequest) -> Iterator[Post]:
    with smtp_server(pipelining=request.param) as running:
        yield running


def settings_for(folder: Path, post: Post, connections: int = 1, timeout_s: float = 10) -> Settings:
    return live(folder, post.port, connections).model_copy(update={"smtp_timeout_s": timeout_s})


@pytest.mark.parametrize("connections", [1, 3])
def test_each_hostile_answer_ends_in_its_state_and_touches_no_other_mail(
    loaded: Engine, now: datetime, tmp_path: Path, post: Post, connections: int
) -> None:
    good = [f"good{number}" for number in range(9)]
    bad = [*REFUSED, *PUT_OFF, CUT_BEFORE, CUT_AFTER, CLOSED_MIDWAY, GREYLISTED]
    between = [name for pair in zip(good, bad, strict=False) for name in pair] + bad[len(good) :]
    settings = settings_for(tmp_path, post, connections)
    # each in a domain of its own: what throttles pauses its domain
    mail_to(loaded, now, settings, [*(name if name in good else f"{name}@{name}.example" for name in between), "last"])
    assert send_pending(loaded, now, settings) == len(between) + 1
    found = {name: (outcome, code) for name, outcome, code in attempts(loaded)}
    assert {name: found[name] for name in REFUSED} == {name: ("permanent", code) for name, code in REFUSED.items()}
    assert {name: found[name] for name in PUT_OFF} == {name: ("temporary", code) for name, code in PUT_OFF.items()}
    assert found[GREYLISTED] == ("temporary", 450)
    assert found[CUT_BEFORE][0] == "temporary"
    assert found[CUT_AFTER] == ("ambiguous", None)
    assert found[CLOSED_MIDWAY][0] in ("temporary", "accepted")
    ends = states(loaded)
    assert {ends[name] for name in (*good, "last")} == {ACCEPTED}
    assert {name for name in REFUSED if ends[name] == FAILED} == {*REFUSED} - {TOO_OFTEN}
    assert {ends[name] for name in (*PUT_OFF, TOO_OFTEN, CUT_BEFORE, CUT_AFTER, GREYLISTED)} == {PENDING}
    let_time_pass(loaded)
    send_pending(loaded, now + timedelta(hours=1), settings)
    assert states(loaded)[GREYLISTED] == states(loaded)[CLOSED_MIDWAY] == ACCEPTED
    got = Counter(recipient.partition("@")[0] for recipient in post.recipients())
    assert got == Counter({**dict.fromkeys([*good, "last", GREYLISTED, CLOSED_MIDWAY], 1), CUT_AFTER: 2})


@pytest.mark.parametrize(("name", "outcome"), [(HANGING, "ambiguous"), (DRIP, "temporary")])
def test_a_server_that_hangs_or_drips_holds_nobody_up(
    loaded: Engine, now: datetime, tmp_path: Path, post: Post, name: str, outcome: str
) -> None:
    settings = settings_for(tmp_path, post, timeout_s=0.6)
    mail_to(loaded, now, settings, ["one", name, "two", "three"])
    assert send_pending(loaded, now, settings) == 4
    assert {who: what for who, what, _ in attempts(loaded)} == {
        "one": "accepted", name: outcome, "two": "accepted", "three": "accepted",
    }  # fmt: skip
    assert Counter(post.recipients()) == dict.fromkeys((f"{who}@firm.example" for who in ("one", "two", "three")), 1)


def test_a_server_that_refuses_the_sender_or_shows_a_bad_certificate_gets_no_mail_and_costs_no_try(
    loaded: Engine, now: datetime, tmp_path: Path, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    post.refuse_senders = True
    settings = settings_for(tmp_path, post, 2)
    mail_to(loaded, now, settings, ["one", "two", "three"])
    assert send_pending(loaded, now, settings) == 0
    assert "MAIL FROM refused: 550" in caplog.text
    with smtp_server(certificate(tmp_path)[0], pipelining=post.pipelining) as guarded:
        doubtful = settings_for(tmp_path, guarded).model_copy(update={"smtp_tls": "starttls"})
        assert send_pending(loaded, now, doubtful) == 0
        assert guarded.taken == []
    assert "certificate verify failed" in caplog.text
    assert "3 mails wait" in caplog.text
    assert attempts(loaded) == []
    post.refuse_senders = False
    assert send_pending(loaded, now, settings) == 3
    assert set(states(loaded).values()) == {ACCEPTED}


def test_pipelined_over_starttls(
    loaded: Engine, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    with smtp_server(server, password="correct", pipelining=True) as post:
        settings = settings_at(
            tmp_path, profile="live", smtp_host=HERE, smtp_port=post.port, smtp_tls="starttls", smtp_username="warn",
            smtp_password="correct", smtp_from="warn@service.example", smtp_connections=2,
        )  # fmt: skip
        mail_to(loaded, now, settings, [f"firm{number}" for number in range(30)])
        assert send_pending(loaded, now, settings) == 30
        assert post.signed_in == ["warn"] * 2
        assert set(Counter(post.recipients()).values()) == {1}
    assert set(states(loaded).values()) == {ACCEPTED}
