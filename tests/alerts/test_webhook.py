"""The officers' webhook over a real server: signed, posted once, tried again, parked; its address stays secret."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import socket
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError
from sqlalchemy import Engine, update
from sqlmodel import select

from alerts.webhook import keep_call, send_calls
from alerts.webhook_posting import MOST_WECOM, Message, body_of, signature_of
from settings import Settings
from store.clock import parse_instant
from store.email import ACCEPTED, PENDING
from store.engine import reading, writing
from store.webhook_call import WebhookCall
from store.work import MAX_ATTEMPTS, retry_parked
from tests.webhook_server import receiving

SECRET = "only-for-tests"


def settings_for(address: str, var: Path, **fields: Any) -> Settings:
    given_fields = {"officer_webhook_secret": SECRET, "base_url": "https://warn.example", **fields}
    return Settings(profile="live", var=var, officer_webhook_url=address, _env_file=None, **given_fields)


def keep(engine: Engine, now: datetime, settings: Settings, key: str = "2026-W23", *, province: bool = True) -> None:
    with writing(engine) as session:
        keep_call(
            session, now, settings, kind="summary", key=key, bureau="440000", is_province=province,
            title="每周摘要", lines=["待研判3件。", "订阅企业2家。"], path="/network/440000",
        )  # fmt: skip


def calls(engine: Engine) -> list[WebhookCall]:
    with reading(engine) as session:
        return list(session.exec(select(WebhookCall).order_by(WebhookCall.id)))  # type: ignore[arg-type]


def let_time_pass(engine: Engine) -> None:
    """What was given back may be tried again now."""
    with writing(engine) as session:
        session.execute(update(WebhookCall).values(claimed_until=None))


def test_a_message_is_posted_once_and_its_signature_holds(store: Engine, now: datetime, tmp_path: Path) -> None:
    with receiving() as receiver:
        settings = settings_for(receiver.address, tmp_path)
        keep(store, now, settings)
        keep(store, now, settings)
        assert [send_calls(store, settings) for _ in range(3)] == [1, 0, 0]
    [(headers, body)] = receiver.came
    told = headers["X-Tbtwatch-Timestamp"].encode() + b"." + body
    expected = hmac.new(SECRET.encode(), told, hashlib.sha256).hexdigest()
    assert headers["X-Tbtwatch-Signature"] == f"sha256={expected}"
    [call] = calls(store)
    assert json.loads(body) == {
        "id": call.public_id,
        "kind": "summary",
        "title": "每周摘要",
        "text": "待研判3件。\n订阅企业2家。",
        "url": "https://warn.example/network/440000",
        "bureau": "440000",
        "at": "2026-06-03T09:00:00+08:00",
    }
    assert (call.state, call.attempts, call.last_error) == (ACCEPTED, 0, None)


@pytest.mark.parametrize("status", [500, 404, 302, 307])
def test_another_answer_than_yes_is_tried_again_and_no_redirect_is_followed(
    store: Engine, now: datetime, tmp_path: Path, status: int
) -> None:
    with receiving([(status, b"no"), (200, b"ok")]) as receiver:
        settings = settings_for(receiver.address, tmp_path)
        keep(store, now, settings)
        assert send_calls(store, settings) == 0
        assert len(receiver.came) == 1 and f"answered {status}" in (calls(store)[0].last_error or "")
        let_time_pass(store)
        assert send_calls(store, settings) == 1
    assert len(receiver.came) == 2 and receiver.came[0][1] == receiver.came[1][1]


def test_a_dead_receiver_parks_the_message_which_can_be_taken_up_again(
    store: Engine, now: datetime, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as closed:  # bound, never listening: every connection is refused
        closed.bind(("127.0.0.1", 0))
        dead = settings_for(f"http://127.0.0.1:{closed.getsockname()[1]}/hook?key=very-secret-key", tmp_path)
        keep(store, now, dead)
        with caplog.at_level(logging.ERROR):
            for _ in range(MAX_ATTEMPTS):
                assert send_calls(store, dead) == 0
                let_time_pass(store)
        assert send_calls(store, dead) == 0
    [call] = calls(store)
    assert call.parked_at is not None and call.attempts == MAX_ATTEMPTS and call.state == PENDING
    assert "cannot be reached" in (call.last_error or "") and "refused" in (call.last_error or "")
    assert "very-secret-key" not in (call.last_error or "") + caplog.text and SECRET not in caplog.text
    with writing(store) as session:
        assert retry_parked(session, WebhookCall) == 1
    with receiving() as receiver:
        assert send_calls(store, settings_for(receiver.address, tmp_path)) == 1


def test_one_bad_message_does_not_hold_up_the_next(store: Engine, now: datetime, tmp_path: Path) -> None:
    with receiving([(500, b""), (500, b""), (200, b"")]) as receiver:
        settings = settings_for(receiver.address, tmp_path)
        keep(store, now, settings, "first")
        keep(store, now, settings, "second")
        assert [send_calls(store, settings) for _ in range(4)] == [0, 0, 1, 0]  # the first waits a minute by then
    assert [call.state for call in calls(store)] == [PENDING, ACCEPTED]


def test_a_group_robot_gets_markdown_for_the_province_alone_and_its_refusal_counts(
    store: Engine, now: datetime, tmp_path: Path
) -> None:
    with receiving([(200, b'{"errcode": 45009}'), (200, b"<html>"), (200, b'{"errcode": 0}')]) as receiver:
        robot = settings_for(receiver.address, tmp_path, officer_webhook_format="wecom", officer_webhook_secret=None)
        keep(store, now, robot)
        keep(store, now, robot, "county", province=False)
        assert send_calls(store, robot) == 0 and "45009" in (calls(store)[0].last_error or "")
        let_time_pass(store)
        assert send_calls(store, robot) == 0 and "企业微信" in (calls(store)[0].last_error or "")
        let_time_pass(store)
        assert send_calls(store, robot) == 1
    assert len(calls(store)) == 1
    body = json.loads(receiver.came[-1][1])
    assert body["msgtype"] == "markdown" and "https://warn.example/network/440000" in body["markdown"]["content"]
    assert "X-Tbtwatch-Signature" not in receiver.came[-1][0]


def test_nothing_is_kept_without_a_webhook_nor_by_a_demo_that_would_call_out(
    store: Engine, now: datetime, tmp_path: Path
) -> None:
    demo = {"profile": "demo", "var": tmp_path, "_env_file": None, "officer_webhook_secret": SecretStr(SECRET)}
    keep(store, now, Settings(var=tmp_path, _env_file=None))
    keep(store, now, Settings(officer_webhook_url=SecretStr("https://gateway.example/hook"), **demo))  # type: ignore[arg-type]
    assert calls(store) == []
    keep(store, now, Settings(officer_webhook_url=SecretStr("http://127.0.0.1:9/hook"), **demo))  # type: ignore[arg-type]
    assert [call.title for call in calls(store)] == ["【演示】每周摘要"]


@pytest.mark.parametrize(
    ("address", "secret", "told"),
    [
        ("http://gateway.example/hook", SECRET, "https://"),
        ("file:///etc/passwd", SECRET, "https://"),
        ("https://gateway.example/hook", None, "TBTWATCH_OFFICER_WEBHOOK_SECRET"),
    ],
)
def test_a_wrong_setting_is_named_and_not_quoted(address: str, secret: str | None, told: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=told) as refused:
        settings_for(address, tmp_path, officer_webhook_secret=secret)
    assert all("gateway" not in error["msg"] for error in refused.value.errors())


@examples(deadline=None)
@given(st.text(max_size=6000), st.text(max_size=80))
def test_a_robots_message_fits_and_keeps_its_link(text: str, title: str) -> None:
    message = Message("id", "red", title, text, "https://warn.example/x", "440000", parse_instant("2026-06-03T09:00Z"))
    content = json.loads(body_of(message, "wecom"))["markdown"]["content"]
    assert len(content.encode()) <= MOST_WECOM + 1 and content.endswith("(https://warn.example/x)")
    assert json.loads(body_of(message, "plain"))["text"] == text


def test_the_signature_depends_on_secret_time_and_body() -> None:
    one = signature_of(b"s", "1", b"b")
    assert one.startswith("sha256=") and len(one) == 71
    assert len({one, signature_of(b"t", "1", b"b"), signature_of(b"s", "2", b"b"), signature_of(b"s", "1", b"c")}) == 4
