"""The bytes of a mail: headers, parts that survive any server, and values that stay values."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from alerts.comment_links import comment_path
from alerts.message import Sender, letter_of, message_id, sender_of
from alerts.places import filled, html_value, only, place, plain
from alerts.unsubscribing import unsubscribe_link
from settings import SettingError
from tests.alerts.mailed import parsed, part, settings_at

SENDER = Sender("warn@service.example", "预警", "service.example", "https://warn.example", b"secret")
BODY = (
    f"甲乙丙\n{only('advice')}建议：{place('advice')}，完\n"
    f"{place('reason')}\n\n丁{place('bureau')}戊{place('phone')}\n己\n"
    f"退订 {place('unsubscribe')} 意见 {place('comment')}（{place('bureau')}）\n"
)


@pytest.mark.parametrize("length", [0, 1, 2, 18, 19, 20, 57, 500])
def test_the_parts_are_what_filling_the_body_gives_but_for_blanks_at_line_ends(length: int, now: datetime) -> None:
    fields = {"advice": "议" * length, "reason": "<b>" + "x" * length, "bureau": "局", "phone": ""}
    letter = letter_of(SENDER, "标题", BODY, BODY)
    for public_id in ("e" * 32, "f" * 32):  # the second takes over what the first was made of
        message = parsed(letter.to("a@b.cn", public_id, fields, now))
        own = {
            "unsubscribe": unsubscribe_link(SENDER.base_url, SENDER.secret, public_id),
            "comment": SENDER.base_url + comment_path(SENDER.secret, public_id),
        }
        for kind, as_html in (("plain", False), ("html", True)):
            got = [line.rstrip() for line in part(message, kind).splitlines()]
            assert got == filled(BODY, {**fields, **own}, as_html=as_html).splitlines()


def test_headers(now: datetime) -> None:
    subject = "【黄色预警】欧盟 玩具新规草案 7月31日前可提意见" * 3
    letter = letter_of(SENDER, subject, "正文\n", "<p>正文</p>\n")
    message = parsed(letter.to("a@b.cn", "f" * 32, {"references": f"{'a' * 32} {'b' * 32}"}, now))
    assert message["Subject"] == subject
    assert message["From"] == "预警 <warn@service.example>"
    assert message["To"] == "a@b.cn"
    assert message["Date"] == "Wed, 03 Jun 2026 09:00:00 +0800"
    assert message["Message-ID"] == message_id("f" * 32, "service.example") == f"<{'f' * 32}@service.example>"
    assert message["In-Reply-To"] == f"<{'b' * 32}@service.example>"
    assert message["References"] == f"<{'a' * 32}@service.example> <{'b' * 32}@service.example>"
    assert re.fullmatch(
        rf"<https://warn\.example/unsubscribe/{'f' * 32}\?token=[0-9a-f]{{32}}>", message["List-Unsubscribe"]
    )
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert letter.to("a@b.cn", "f" * 32, {}, now) == letter.to("a@b.cn", "f" * 32, {}, now)


@pytest.mark.parametrize(
    ("smtp_from", "sender"),
    [
        ("", ("noreply@warn.example", "广东省技术性贸易措施预警")),
        ("预警中心 <warn@gd.example>", ("warn@gd.example", "预警中心")),
        ("warn@gd.example", ("warn@gd.example", "广东省技术性贸易措施预警")),
    ],
)
def test_the_sender_comes_from_the_settings(tmp_path: Path, smtp_from: str, sender: tuple[str, str]) -> None:
    found = sender_of(settings_at(tmp_path, smtp_from=smtp_from))
    assert (found.address, found.name) == sender


def test_a_sender_that_is_no_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="TBTWATCH_SMTP_FROM"):
        sender_of(settings_at(tmp_path, smtp_from="nobody"))


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("a\r\nb", "a b"),
        ("甲\u202e乙\u200f", "甲乙"),
        ("\x00a\x1b[1m", "a[1m"),
        ("a\u2028b", "a b"),
        ("\ue000x\ue001", "x"),
    ],
)
def test_values_are_one_plain_line(value: str, line: str) -> None:
    assert plain(value) == line


def test_values_are_escaped_in_html() -> None:
    assert html_value("<a href='x'>&\"") == "&lt;a href=&#x27;x&#x27;&gt;&amp;&quot;"
