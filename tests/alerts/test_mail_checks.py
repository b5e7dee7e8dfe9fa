"""The check of our standing as a sender, against a DNS server of our own; and that live mail waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from alerts.dkim import Key, make_key, public_record, signer_of, write_key
from alerts.domains import look_up_providers
from alerts.enrolling import enrol
from alerts.lookups import Dns, NoAnswer
from alerts.mail_checks import Line, check_mail, has_passed, keep_check
from alerts.sending import send_pending
from alerts.spf import check_host
from alerts.transports import SmtpTransport
from settings import Settings
from store.engine import reading, writing
from store.mail_care import MailDomain
from tests.alerts.mailed import live, mail_to, settings_at, states
from tests.dns_server import Zone, dns_server
from tests.smtp_servers import HERE, free_port, smtp_server

HOST, ADDRESS = "mail.service.example", "192.0.2.7"


@pytest.fixture
def zone() -> Zone:
    return {
        (HOST, "A"): [ADDRESS],
        ("7.2.0.192.in-addr.arpa", "PTR"): [f"{HOST}."],
        ("service.example", "TXT"): ['"v=spf1 include:spf." "relay.example -all"'],
        ("spf.relay.example", "TXT"): ['"v=spf1 ip4:192.0.2.0/28 ~all"'],
        ("_dmarc.service.example", "TXT"): ['"v=DMARC1; p=quarantine"'],
    }


@pytest.fixture
def server(zone: Zone) -> Iterator[str]:
    with dns_server(zone) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, server: str, zone: Zone) -> Settings:
    path = tmp_path / "dkim.pem"
    write_key(path, make_key("rsa"))
    made = settings_at(
        tmp_path, profile="live", smtp_host=HOST, smtp_from="warn@service.example", mail_dns=server,
        dkim_selector="r1", dkim_key_file=path,
    )  # fmt: skip
    signer = signer_of(made, "service.example")
    assert signer is not None
    record = public_record(signer.keys[0])
    zone["r1._domainkey.service.example", "TXT"] = [f'"{record[:200]}" "{record[200:]}"']
    return made


def bad(settings: Settings) -> set[str]:
    lines = check_mail(settings, Dns(settings.mail_dns))
    assert all(bool(line.todo) == (line.state == "bad") for line in lines)
    return {line.what for line in lines if line.state == "bad"}


def test_all_is_well(settings: Settings) -> None:
    assert bad(settings) == set()
    assert [line.what for line in check_mail(settings, Dns(settings.mail_dns))] == [
        "HELO",
        "PTR",
        "SPF",
        "DKIM",
        "DMARC",
    ]


@pytest.mark.parametrize(
    ("name", "rows", "wrong"),
    [
        ((HOST, "A"), [], {"HELO"}),
        (("7.2.0.192.in-addr.arpa", "PTR"), ["somebody.example."], {"PTR"}),
        (("spf.relay.example", "TXT"), ['"v=spf1 ip4:198.51.100.0/24 -all"'], {"SPF"}),
        (("service.example", "TXT"), ['"v=spf1 include:service.example -all"'], {"SPF"}),  # for ever: too many lookups
        (("r1._domainkey.service.example", "TXT"), [f'"{public_record(Key("x", make_key("ed25519")))}"'], {"DKIM"}),
        (("_dmarc.service.example", "TXT"), [], {"DMARC"}),
    ],
)
def test_each_thing_that_is_wrong_is_named(
    settings: Settings, zone: Zone, name: tuple[str, str], rows: list[str], wrong: set[str]
) -> None:
    zone[name] = rows
    given = {"mail_addresses": ADDRESS} if name == (HOST, "A") else {}
    found = bad(settings.model_copy(update=given))
    assert found == (wrong | {"PTR"} if name == (HOST, "A") else wrong)


def test_anothers_relay_answers_for_its_own_machines(settings: Settings, zone: Zone) -> None:
    relayed = settings.model_copy(update={"smtp_username": "warn", "smtp_host": "smtp.relay.example"})
    assert bad(relayed) == set()
    zone["service.example", "TXT"] = ['"v=spf1 include:nowhere.example -all"']
    assert bad(relayed) == {"SPF"}
    assert bad(relayed.model_copy(update={"mail_host": "nowhere.example"})) == {"HELO"}


def test_a_silent_dns_is_no_verdict(settings: Settings) -> None:
    with pytest.raises(NoAnswer):
        check_mail(settings, Dns(f"{HERE}:{free_port()}", timeout_s=0.3))


@pytest.mark.parametrize(
    ("record", "address", "result"),
    [
        ("v=spf1 a mx -all", ADDRESS, "fail"),
        ("v=spf1 a:mail.service.example/24 -all", "192.0.2.99", "pass"),
        ("v=spf1 ip6:2001:db8::/32 ~all", "2001:db8::7", "pass"),
        ("v=spf1 ?all", ADDRESS, "neutral"),
        ("v=spf1 redirect=spf.relay.example", ADDRESS, "pass"),
        ("v=spf1 ip4:nonsense -all", ADDRESS, "permerror"),
        ("v=spf10 -all", ADDRESS, "none"),
    ],
)
def test_spf_by_its_rules(server: str, zone: Zone, record: str, address: str, result: str) -> None:
    zone["own.example", "TXT"] = [f'"{record}"']
    assert check_host(address, "own.example", Dns(server)) == result


def test_live_mail_waits_until_the_check_has_passed_for_this_sender(
    loaded: Engine, now: datetime, tmp_path: Path
) -> None:
    with smtp_server() as post:
        there: dict[str, Any] = {"mail_check": "on"}
        settings = live(tmp_path, post.port).model_copy(update=there)
        mail_to(loaded, now, settings, ["one"])
        transport = SmtpTransport(HERE, post.port, tls="none")
        assert send_pending(loaded, now, settings, transport) == 0
        with writing(loaded) as session:
            assert not keep_check(session, settings, [Line("SPF", "bad", "", "x")], now)
            assert keep_check(
                session, settings.model_copy(update={"smtp_from": "a@b.example"}), [Line("SPF", "ok", "")], now
            )
            assert not has_passed(session, settings)
        assert send_pending(loaded, now, settings, transport) == 0
        assert send_pending(loaded, now, live(tmp_path, post.port), transport) == 1  # a sink on this machine
        with writing(loaded) as session:
            assert keep_check(session, settings, [Line("SPF", "ok", "")], now)
            assert has_passed(session, settings)
    assert set(states(loaded).values()) == {"accepted"}


def test_firms_own_domains_are_looked_up_once_a_month(
    loaded: Engine, now: datetime, settings: Settings, zone: Zone
) -> None:
    zone["firm.example", "MX"] = ["5 mxbiz1.qq.com.", "10 mxbiz2.qq.com."]
    with writing(loaded) as session:
        for address in ("a@firm.example", "b@qq.com"):
            enrol(session, now, email=address, industries=["toys"])
    assert [look_up_providers(loaded, now, settings) for _ in range(2)] == [1, 0]
    with reading(loaded) as session:
        row = session.get_one(MailDomain, 1)
    assert (row.domain, row.provider) == ("firm.example", "exmail")
