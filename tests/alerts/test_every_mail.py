"""Every kind of mail: its golden rendering, the rules it keeps, and what hostile words do to it (nothing).

After a change of words run this file with TBTWATCH_TEST_RENEW_GOLDENS=1 in the environment, read what `git diff` shows
of tests/goldens/email/, and commit it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from alerts.message import Sender, letter_of
from settings import ROOT
from tests.alerts.every_mail import KINDS, every_mail
from tests.alerts.mail_rules import offences
from tests.alerts.mailed import parsed, part

GOLDENS = ROOT / "tests" / "goldens" / "email"
TO_STAFF = ("invitation", "sources_changed")
HOSTILE = (
    "<script>alert(1)</script></p>\r\nBcc: x@evil.example\r\n\r\n"
    "\u202egnp\u2028\u200f\x00\x1b\ue000reason\ue001\ue002advice\ue001 {{ 7*7 }} \"'&"
)

pytestmark = pytest.mark.parametrize("store_kind", ["sqlite"])


@pytest.fixture
def every(loaded: Engine, tmp_path: Path, now: datetime) -> Iterator[dict[str, bytes]]:
    yield every_mail(loaded, tmp_path, now)


def golden_of(raw: bytes) -> str:
    """A message as a text that is the same in every run: what is made at random stands as <id> or <token>."""
    message = parsed(raw)
    head = "".join(f"{name}: {value}\n" for name, value in message.items() if name != "Content-Type")
    files = "".join(
        f"\n--- {attached.get_filename()}\n{attached.get_content()}" for attached in message.iter_attachments()
    )
    text = f"{head}\n{part(message, 'plain')}{files}".replace("\r\n", "\n")
    text = re.sub(r"token=[0-9a-f]{32}", "token=<token>", re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE))
    return re.sub(r"[0-9a-f]{32}", "<id>", text.replace("\n ", ""))


def test_each_kind_reads_as_its_golden_says(every: dict[str, bytes]) -> None:
    assert set(every) == set(KINDS)
    found = {kind: golden_of(raw) for kind, raw in every.items()}
    if os.environ.get("TBTWATCH_TEST_RENEW_GOLDENS"):
        for kind, text in found.items():
            (GOLDENS / f"{kind}.txt").write_text(text, encoding="utf-8")
    assert {path.stem for path in GOLDENS.glob("*.txt")} == set(KINDS)
    for kind, text in found.items():
        assert text == (GOLDENS / f"{kind}.txt").read_text(encoding="utf-8"), kind


def test_each_kind_keeps_the_rules(every: dict[str, bytes]) -> None:
    found = {kind: offences(raw, to_subscriber=kind not in TO_STAFF) for kind, raw in every.items()}
    assert {kind: wrong for kind, wrong in found.items() if wrong} == {}
    calendars = {kind for kind, raw in every.items() if list(parsed(raw).iter_attachments())}
    assert calendars == {
        "warning_issue", "warning_update", "warning_cancel", "warnings_daily", "warnings_shared", "reminder",
    }  # fmt: skip
    for kind, raw in every.items():
        if kind not in TO_STAFF:
            assert parsed(raw)["Reply-To"] == "chenghai@bureau.example", kind
            assert "主办单位：广东省测试主办单位" in part(parsed(raw), "html"), kind


def test_hostile_words_in_every_field_are_only_words(loaded: Engine, tmp_path: Path, now: datetime) -> None:
    for kind, raw in every_mail(loaded, tmp_path, now, words=HOSTILE).items():
        assert offences(raw, to_subscriber=kind not in TO_STAFF) == [], kind
        message = parsed(raw)
        assert message["Bcc"] is None and "evil" not in str(message["To"])
        page = part(message, "html")
        assert "<script" not in page and "49" not in page.partition("{{ 7*7 }}")[0][-20:], kind


def test_a_reply_address_that_is_none_never_reaches_a_header(loaded: Engine, tmp_path: Path, now: datetime) -> None:
    base = "https://warn.example"
    sender = Sender("warn@service.example", "预警", "service.example", base, b"s")
    letter = letter_of(sender, "标题", "正文\n", "<p>正文</p>\n")
    for bad in ("x@y.example\r\nBcc: z@evil.example", "x@y, z@evil.example", "甲@y.example", "<x@y.example>", "x"):
        message = parsed(letter.to("a@b.cn", "f" * 32, {"reply_to": bad}, now))
        assert (message["Reply-To"], message["Bcc"]) == (None, None)
