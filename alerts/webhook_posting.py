"""One call of the officers' webhook: the body in the receiver's form, the signature, the post and its answer."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from email.message import Message as Headers
from typing import IO, Any
from urllib.parse import urlsplit

from settings import LOOPBACK, Settings, TbtwatchError
from store.clock import SHANGHAI

TIMEOUT_S = 10.0
MOST_ANSWER = 64 * 1024  # bytes
MOST_WECOM = 4000  # bytes of markdown; 企业微信 takes 4096
CURE = "check TBTWATCH_OFFICER_WEBHOOK_URL and the receiver"  # the address itself is secret


class CallRefused(TbtwatchError):
    """Raised when the receiver cannot be reached or does not take a message."""


@dataclass(frozen=True, slots=True)
class Message:
    """What the receiver is told; `bureau` is the code of the jurisdiction, `id` the same at every try."""

    id: str
    kind: str  # summary | red
    title: str
    text: str
    url: str
    bureau: str
    at: datetime


def body_of(message: Message, form: str) -> bytes:
    """The JSON of a message: our own plain form, or markdown for a group robot of 企业微信 (`wecom`). Pure."""
    if form == "wecom":
        value: dict[str, Any] = {"msgtype": "markdown", "markdown": {"content": _markdown(message)}}
    else:
        value = {
            "id": message.id,
            "kind": message.kind,
            "title": message.title,
            "text": message.text,
            "url": message.url,
            "bureau": message.bureau,
            "at": message.at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        }
    return json.dumps(value, ensure_ascii=False).encode()


def _markdown(message: Message) -> str:
    link = f"\n[打开网页]({message.url})" if message.url else ""
    head = f"**{message.title}**\n"
    room = MOST_WECOM - len((head + link).encode())
    return head + message.text.encode()[: max(room, 0)].decode(errors="ignore") + link


def signature_of(secret: bytes, timestamp: str, body: bytes) -> str:
    """`sha256=` and the hex HMAC-SHA256 of `timestamp.body`: what X-Tbtwatch-Signature carries. Pure."""
    return "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def post(message: Message, settings: Settings, sent_at: datetime) -> None:
    """Post one message and read the answer; raises CallRefused, whose words never name the address.

    Redirects are not followed: the message and its signature are for this receiver alone. A receiver may lie in the
    office's own network, since the operator named it; nobody else can.
    """
    body, timestamp = body_of(message, settings.officer_webhook_format), str(int(sent_at.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "tbtwatch",
        "X-Tbtwatch-Timestamp": timestamp,
    }
    if settings.officer_webhook_secret:
        secret = settings.officer_webhook_secret.get_secret_value().encode()
        headers["X-Tbtwatch-Signature"] = signature_of(secret, timestamp, body)
    request = urllib.request.Request(settings.webhook_address, body, headers, method="POST")  # noqa: S310  (settings.py takes http and https alone)
    try:
        with _opener(settings.webhook_address).open(request, timeout=TIMEOUT_S) as answer:
            said = answer.read(MOST_ANSWER)
    except urllib.error.HTTPError as error:
        with error:
            raise CallRefused(f"the officers' webhook answered {error.code}: {CURE}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise CallRefused(f"the officers' webhook cannot be reached ({_named(reason)}): {CURE}") from None
    if settings.officer_webhook_format == "wecom":
        _check_wecom(said)


def _check_wecom(said: bytes) -> None:
    """A robot answers 200 also when it refuses (a wrong key, too many messages in a minute)."""
    try:
        answer = json.loads(said)
        code = answer["errcode"]
    except (ValueError, KeyError, TypeError):
        raise CallRefused(f"the officers' webhook does not answer as 企业微信 does: {CURE}") from None
    if code != 0:
        raise CallRefused(f"企业微信 refused the message (errcode {code}): {CURE}")


def _named(reason: object) -> str:
    """The kind of a failure; its words too where they are the system's own and cannot hold the address."""
    words = getattr(reason, "strerror", None)
    return f"{type(reason).__name__}: {words}" if words else type(reason).__name__


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves an answer that leads elsewhere as it is."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Headers, newurl: str
    ) -> None:
        """Follow none: urllib then raises the answer as HTTPError."""


def _opener(address: str) -> urllib.request.OpenerDirector:
    local = [urllib.request.ProxyHandler({})] if urlsplit(address).hostname in LOOPBACK else []
    return urllib.request.build_opener(NoRedirect, *local)
