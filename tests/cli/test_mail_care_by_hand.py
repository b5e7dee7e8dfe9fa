"""Keys, the mail check, held batches and the bounce box from the command line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from alerts.refusals import MOST, note_refused
from store.email import MailBody
from store.engine import writing
from tests.alerts.mailed import mail_to, settings_at
from tests.cli.test_desk_by_hand import NOW, answer, call, refusal
from tests.dns_server import dns_server


@pytest.fixture
def shop(loaded: Engine, loaded_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("TBTWATCH_DATABASE_URL", loaded_url)
    monkeypatch.setenv("TBTWATCH_VAR", str(tmp_path))
    monkeypatch.setenv("TBTWATCH_PROFILE", "demo")
    return loaded


def test_a_key_is_made_once_and_the_check_says_what_to_do(
    shop: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TBTWATCH_SMTP_FROM", "warn@service.example")
    monkeypatch.setenv("TBTWATCH_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("TBTWATCH_MAIL_HOST", "mail.service.example")
    path = tmp_path / "dkim.pem"
    made = answer("mail", "key", str(path), "--selector", "r1")
    assert made["name"] == "r1._domainkey.service.example" and made["value"].startswith("v=DKIM1; k=rsa; p=")
    assert "not overwritten" in refusal("mail", "key", str(path), "--selector", "r1")
    monkeypatch.setenv("TBTWATCH_DKIM_SELECTOR", "r1")
    monkeypatch.setenv("TBTWATCH_DKIM_KEY_FILE", str(path))
    zone = {("mail.service.example", "A"): ["192.0.2.7"]}
    with dns_server(zone) as server:
        monkeypatch.setenv("TBTWATCH_MAIL_DNS", server)
        result = call("mail", "check")
    assert result.exit_code == 1
    for words in ("ip4:192.0.2.7", "_dmarc.service.example", made["value"], "反向解析"):
        assert words in result.stderr


def test_a_held_batch_is_listed_and_let_go(shop: Engine, now: datetime, tmp_path: Path) -> None:
    mail_to(shop, now, settings_at(tmp_path), ["one"])
    with writing(shop) as session:
        body = session.exec(select(MailBody.id)).one() or 0
        held = [note_refused(session, body, now, "554 spam") for _ in range(MOST)]
    assert held == [False] * (MOST - 1) + [True]
    [row] = answer("outbox", "held")
    assert (row["batch"], row["refused"], row["waiting"]) == (body, MOST, 1)
    assert answer("outbox", "release", str(body), "--now", NOW) == {"batch": body, "freed": 1}
    assert "is not held" in refusal("outbox", "release", str(body))
    assert answer("outbox", "held") == []


def test_a_folder_is_read_by_hand(shop: Engine, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.eml").write_text("From: a@b.example\nAuto-Submitted: auto-replied\n\nout of office\n")
    assert answer("bounces", "read", str(tmp_path / "in"), "--now", NOW)["automatic"] == 1
    assert [path.name for path in (tmp_path / "in" / "read").iterdir()] == ["a.eml"]
    assert "is no folder" in refusal("bounces", "read", str(tmp_path / "nowhere"))
