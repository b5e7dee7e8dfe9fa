"""How a robot is posted to: signatures as its vendor describes them, answers, and where no post may go."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import replace
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit

import pytest

from alerts.robot_guard import BadAddress, PrivateAddress, check_address, connect_outside, is_public
from alerts.robot_posting import RobotRefused, _opener, call_of, check_answer, dingtalk_query, feishu_sign, post_call
from alerts.webhook_posting import Message
from store.clock import parse_instant
from tests.webhook_server import receiving

SECRET = "SEConly-for-tests"
MESSAGE = Message("id", "warning", "标题", "一\n二", "https://w.example/x", "", parse_instant("2026-06-03T09:00Z"))


def test_signatures_are_as_the_vendors_describe_them() -> None:
    at = parse_instant("2026-06-03T09:00:00.123+08:00")
    for is_dingtalk in (True, False):  # openssl is a second opinion: both ways of signing, over the documented string
        told = f"{int(at.timestamp() * 1000)}\n{SECRET}" if is_dingtalk else ""
        key = SECRET if is_dingtalk else f"{int(at.timestamp())}\n{SECRET}"
        made = subprocess.run(
            ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{key.encode().hex()}", "-binary"],
            input=told.encode(), capture_output=True, check=True,
        ).stdout  # fmt: skip
        expected = base64.b64encode(made).decode()
        if is_dingtalk:
            call = call_of("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=t", SECRET, MESSAGE, at)
            query = parse_qs(urlsplit(call.address).query)
            assert (query["timestamp"], query["sign"]) == ([str(int(at.timestamp() * 1000))], [expected])
        else:
            body = json.loads(call_of("feishu", "https://open.feishu.cn/x", SECRET, MESSAGE, at).body)
            assert (body["timestamp"], body["sign"]) == (str(int(at.timestamp())), expected)
            assert body["content"]["post"]["zh_cn"]["content"][-1][0]["href"] == MESSAGE.url
    assert dingtalk_query("a", 1) != dingtalk_query("b", 1) and feishu_sign("a", 1) != feishu_sign("a", 2)


def test_vendors_answer_yes_in_their_own_words_alone() -> None:
    for kind, said in (("wecom", b'{"errcode": 0}'), ("dingtalk", b'{"errcode": 0}'), ("feishu", b'{"code": 0}')):
        check_answer(kind, said)
    for kind, said, answer in (
        ("feishu", b'{"code": 19021, "msg": "sign match fail"}', "code:19021"),
        ("wecom", b'{"errcode": 93000}', "code:93000"),
        ("dingtalk", b"<html>", "strange"),
        ("feishu", b'{"errcode": 0}', "strange"),
    ):
        with pytest.raises(RobotRefused) as refused:
            check_answer(kind, said)
        assert refused.value.answer == answer


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("webhook", "http://hook.example/x"),
        ("webhook", "file:///etc/passwd"),
        ("webhook", "https://10.0.0.1/x"),
        ("webhook", "https://[::1]/x"),
        ("webhook", "https://[::ffff:192.168.1.1]/x"),
        ("webhook", "https://169.254.169.254/latest"),
        ("webhook", "https://2130706433/x"),
        ("webhook", "https://127.1/x"),
        ("webhook", "https://127.0.0.0x1/x"),
        ("webhook", "https://127.0.0.1./x"),
        ("webhook", "https://localhost/x"),
        ("webhook", "https://user:word@hook.example/x"),
        ("webhook", "https://hook.example/x\r\nHost: y"),
        ("wecom", "https://hook.example/x"),
        ("wecom", "https://qyapi.weixin.qq.com@hook.example/x"),
        ("dingtalk", "https://oapi.dingtalk.com.hook.example/x"),
        ("feishu", "https://open.feishu.cn:8443/x"),
        ("feishu", ""),
    ],
)
def test_an_address_that_leads_elsewhere_is_refused(kind: str, address: str) -> None:
    with pytest.raises(BadAddress) as refused:
        check_address(kind, address, frozenset())
    assert "hook.example" not in str(refused.value)


def test_a_name_that_leads_inside_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    check_address("webhook", "https://hook.example/x", frozenset())
    check_address("webhook", "http://10.0.0.1:8080/x", frozenset({"10.0.0.1:8080"}))
    assert is_public("1.1.1.1") and not any(map(is_public, ("::ffff:10.0.0.1", "2002:a00:1::", "224.0.0.1", "0.0.0.0")))
    with receiving() as receiver:
        port = urlsplit(receiver.address).port or 0
        with pytest.raises(PrivateAddress):
            connect_outside(("localhost", port))
        with pytest.raises(URLError) as inside:
            _opener("https://hook.example", frozenset()).open(f"https://127.0.0.1:{port}/x", timeout=5)
        assert isinstance(inside.value.reason, PrivateAddress)
        call = call_of("webhook", receiver.address, SECRET, MESSAGE, MESSAGE.at)
        with pytest.raises(RobotRefused) as refused:
            post_call("webhook", call, frozenset())
        assert refused.value.answer == "bad" and receiver.came == []


def test_a_foreign_title_makes_no_link_in_a_room() -> None:
    told = replace(MESSAGE, text="原标题：[免费](https://evil.example) <@all>")
    for kind in ("wecom", "dingtalk"):
        body = call_of(kind, "https://oapi.dingtalk.com/x", SECRET, told, MESSAGE.at).body.decode()
        assert "](https://evil" not in body and "<@" not in body and "[打开网页](https://w.example/x)" in body
