"""One message to a group robot: the body in its vendor's form, its signature, the post and what was answered."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus, urlsplit

from alerts.robot_guard import BadAddress, PrivateAddress, check_address, connect_outside, is_allowed, outside_numbers
from alerts.webhook_posting import MOST_ANSWER, TIMEOUT_S, CallRefused, Message, NoRedirect, body_of, signature_of
from settings import LOOPBACK
from store.robot import DINGTALK, FEISHU, WEBHOOK, WECOM

_MARKS = str.maketrans("[]<>`*", "［］＜＞'＊")
MOST_TEXT = 4000  # characters; 钉钉 takes 20,000 bytes, 飞书 20 KB
OK, UNREACHABLE, STRANGE, INSIDE, BAD = "ok", "unreachable", "strange", "inside", "bad"


class RobotRefused(CallRefused):
    """Raised when a robot did not take a message; `answer` is the code kept: one of the above, http:500, code:45009."""

    def __init__(self, answer: str, words: str) -> None:
        """`words` never hold the address."""
        super().__init__(words)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Call:
    """What is posted, where, with which headers."""

    address: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def call_of(kind: str, address: str, secret: str, message: Message, at: datetime) -> Call:
    """The call of a robot of `kind` at the instant `at`; without a secret it is not signed. Pure."""
    if kind == WECOM:  # known by the key in its address
        return Call(address, body_of(_without_marks(message), "wecom"))
    if kind == DINGTALK:
        query = dingtalk_query(secret, int(at.timestamp() * 1000)) if secret else ""
        query = query if urlsplit(address).query else query.replace("&", "?", 1)
        return Call(address + query, _dingtalk(_without_marks(message)))
    if kind == FEISHU:
        return Call(address, _feishu(message, secret, int(at.timestamp())))
    body, timestamp = body_of(message, "plain"), str(int(at.timestamp()))
    signature = signature_of(secret.encode(), timestamp, body)
    return Call(address, body, {"X-Tbtwatch-Timestamp": timestamp, "X-Tbtwatch-Signature": signature})


def dingtalk_query(secret: str, timestamp: int) -> str:
    """What 加签 adds to the address; `timestamp` in milliseconds.

    钉钉 custom robots: Base64 of HMAC-SHA256 under the secret over `timestamp`, a line feed and the secret. Pure.
    """
    told = f"{timestamp}\n{secret}".encode()
    sign = base64.b64encode(hmac.new(secret.encode(), told, hashlib.sha256).digest()).decode()
    return f"&timestamp={timestamp}&sign={quote_plus(sign)}"


def feishu_sign(secret: str, timestamp: int) -> str:
    """签名校验 of 飞书 custom robots; `timestamp` in seconds.

    There `timestamp`, a line feed and the secret are the key, and nothing is signed: Base64 of HMAC-SHA256. Pure.
    """
    return base64.b64encode(hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()


def _without_marks(message: Message) -> Message:
    """Without what Markdown makes a link, a picture or a call (<@all>) of: a foreign title must not be able to."""
    return replace(message, title=message.title.translate(_MARKS), text=message.text.translate(_MARKS))


def _dingtalk(message: Message) -> bytes:
    link = f"\n\n[打开网页]({message.url})" if message.url else ""
    lines = message.text[:MOST_TEXT].replace("\n", "\n\n")
    text = f"**{message.title}**\n\n{lines}{link}"
    return _json({"msgtype": "markdown", "markdown": {"title": message.title, "text": text}})


def _feishu(message: Message, secret: str, timestamp: int) -> bytes:
    lines: list[list[dict[str, str]]] = [
        [{"tag": "text", "text": line}] for line in message.text[:MOST_TEXT].split("\n") if line
    ]
    if message.url:
        lines.append([{"tag": "a", "text": "打开网页", "href": message.url}])
    value: dict[str, Any] = {
        "msg_type": "post",
        "content": {"post": {"zh_cn": {"title": message.title, "content": lines}}},
    }
    if secret:
        value |= {"timestamp": str(timestamp), "sign": feishu_sign(secret, timestamp)}
    return _json(value)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def post_call(kind: str, call: Call, allowed: Collection[str]) -> None:
    """Post and read the answer; raises RobotRefused. Redirects are not followed, private networks not entered."""
    try:
        check_address(kind, call.address, allowed)
    except BadAddress as error:
        raise RobotRefused(BAD, str(error)) from None
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "tbtwatch", **call.headers}
    request = urllib.request.Request(call.address, call.body, headers, method="POST")  # noqa: S310  (checked above)
    try:
        with _opener(call.address, allowed).open(request, timeout=TIMEOUT_S) as answer:
            said = answer.read(MOST_ANSWER)
    except urllib.error.HTTPError as error:
        with error:
            raise RobotRefused(f"http:{error.code}", f"the robot answered {error.code}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, PrivateAddress):
            raise RobotRefused(INSIDE, str(reason)) from None
        raise RobotRefused(UNREACHABLE, f"the robot cannot be reached ({type(reason).__name__})") from None
    if kind != WEBHOOK:
        check_answer(kind, said)


def check_answer(kind: str, said: bytes) -> None:
    """Raise RobotRefused unless the vendor says that it took the message: all three answer 200 also when not. Pure."""
    try:
        code = json.loads(said)["code" if kind == FEISHU else "errcode"]
        code = int(code)
    except (ValueError, KeyError, TypeError):
        raise RobotRefused(STRANGE, "what answered is no robot of this kind") from None
    if code != 0:
        raise RobotRefused(f"code:{code}", f"the robot refused the message (code {code})")


class _OutsideHTTPS(http.client.HTTPSConnection):
    """Connects to public addresses alone; through a proxy it is the proxy that connects, and may know more names."""

    def connect(self) -> None:
        if host := self._tunnel_host:  # type: ignore[attr-defined]
            with suppress(socket.gaierror):
                outside_numbers(host, self._tunnel_port or 443)  # type: ignore[attr-defined]
        else:
            self._create_connection = connect_outside
        super().connect()


class _Outside(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """As the usual one, over connections that are looked at."""
        return self.do_open(_OutsideHTTPS, req)


def _opener(address: str, allowed: Collection[str]) -> urllib.request.OpenerDirector:
    parts = urlsplit(address)
    if not is_allowed(parts.hostname or "", parts.port, allowed):
        return urllib.request.build_opener(NoRedirect, _Outside)
    local = [urllib.request.ProxyHandler({})] if parts.hostname in LOOPBACK else []
    return urllib.request.build_opener(NoRedirect, *local)
