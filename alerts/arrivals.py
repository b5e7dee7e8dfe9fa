"""What a message in the bounce box is: a bounce, a complaint, a wish to leave, a person's reply, a machine's. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_string
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from typing import Literal

from flufl.bounce import all_failures

from alerts.transports import answer_text
from alerts.verp import email_of_verp

Kind = Literal["bounce", "complaint", "leave", "reply", "automatic"]
LEAVING = frozenset({"退订", "退訂", "取消订阅", "td", "unsubscribe"})
_ID = re.compile(r"<([0-9a-f]{32})@[^<>\s]+>")
_CODE = re.compile(r"\b([245]\d\d)\b")
_RE = re.compile(r"^(?:(?:re|aw|回复|答复|回覆)\s*[:：]\s*)+", re.IGNORECASE)
_TO = ("to", "delivered-to", "x-original-to", "envelope-to", "original-mail-from", "return-path", "cc")
_NO_COMPLAINT = frozenset({"not-spam", "auth-failure"})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message sorted: which of our mails it is about (public ids, surest first), from whom, what a server said."""

    kind: Kind
    mails: tuple[str, ...]
    sender: str = ""  # plain address in lower case
    is_final: bool = False  # of a bounce: given up, not merely delayed
    code: int | None = None
    text: str = ""  # a server's words, without addresses


def sort_arrival(message: Message, secret: bytes) -> Arrival:
    """Sort one message (RFC 3464 reports, RFC 5965 complaints, vendors' bounces, RFC 3834 automatic answers)."""
    mails, sender = tuple(dict.fromkeys(_mails_of(message, secret))), parseaddr(str(message["From"] or ""))[1].lower()
    report = str(message.get_param("report-type") or "").lower()
    if report == "feedback-report" or _part(message, "message/feedback-report"):
        return _complaint(message, mails)
    if status := _part(message, "message/delivery-status"):
        return _bounce(status, mails)
    if is_automatic(message):
        return _vendors_bounce(message, mails) or Arrival("automatic", mails, sender)
    if _wants_to_leave(message):
        return Arrival("leave", mails, sender)
    return _vendors_bounce(message, mails) or Arrival("reply", mails, sender)


def is_automatic(message: Message) -> bool:
    """Whether a machine wrote it: nobody answers or forwards that, so no two machines write to each other for ever."""
    said = str(message["Auto-Submitted"] or "no").strip().lower()
    bulk = str(message["Precedence"] or "").strip().lower() in ("bulk", "junk", "list", "auto_reply")
    replies = any(message[name] for name in ("X-Autoreply", "X-Autorespond", "List-Id", "X-Auto-Response-Suppress"))
    return said != "no" or bulk or replies or str(message["Return-Path"] or "").strip() == "<>"


def text_of(message: Message) -> str:
    """The first plain text of a message, decoded as well as may be."""
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            raw = part.get_payload(decode=True)
            charset = part.get_content_charset() or "utf-8"
            try:
                return raw.decode(charset, "replace") if isinstance(raw, bytes) else ""
            except LookupError:
                return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
    return ""


def _complaint(message: Message, mails: tuple[str, ...]) -> Arrival:
    report = _part(message, "message/feedback-report")
    fields = next(_fields(report), None) if report else None
    kind = str((fields["Feedback-Type"] if fields else None) or "abuse").strip().lower()
    return Arrival("automatic" if kind in _NO_COMPLAINT else "complaint", mails)


def _bounce(status: Message, mails: tuple[str, ...]) -> Arrival:
    """The last recipient's fields count: our mails have one recipient each."""
    found: Message | None = None
    for fields in _fields(status):
        found = fields if fields["Action"] or fields["Status"] else found
    if found is None:
        return Arrival("automatic", mails)
    action, state = (str(found[name] or "").strip().lower() for name in ("Action", "Status"))
    said = " ".join(str(found["Diagnostic-Code"] or "").partition(";")[2].split())
    code = _CODE.search(said)
    text = said if not state or state.split()[0] in said else f"{state.split()[0]} {said}"
    number = int(code.group(1)) if code else (550 if state.startswith("5") else 450)
    return Arrival("bounce", mails, is_final=action == "failed", code=number, text=answer_text(text))


def _vendors_bounce(message: Message, mails: tuple[str, ...]) -> Arrival | None:
    temporary, permanent = all_failures(message)
    if not temporary and not permanent:
        return None
    words = text_of(message)
    code = _CODE.search(words)
    number = int(code.group(1)) if code and code.group(1)[0] in "45" else (550 if permanent else 450)
    at = max(code.start() - 100, 0) if code else 0
    return Arrival("bounce", mails, is_final=bool(permanent), code=number, text=answer_text(words[at : at + 800]))


def _wants_to_leave(message: Message) -> bool:
    lines = (line.strip() for line in text_of(message).splitlines())
    first = next((line for line in lines if line and not line.startswith(">")), "")
    return any(_RE.sub("", said).strip(" 。.!！\u3000").lower() in LEAVING for said in (_subject(message), first))


def _subject(message: Message) -> str:
    """The subject in words; also where a mail program wrote it raw, in UTF-8 or GBK, against RFC 2047."""
    raw = next((value for name, value in message.raw_items() if name.lower() == "subject"), "")
    written = str(raw).encode("utf-8", "surrogateescape")
    try:
        plain = written.decode("utf-8")
    except UnicodeDecodeError:
        plain = written.decode("gb18030", "replace")
    try:
        return str(make_header(decode_header(plain))).strip()
    except (LookupError, ValueError, HeaderParseError):
        return plain.strip()


def _mails_of(message: Message, secret: bytes) -> Iterator[str]:
    """Public ids of our mails: by the signed return path first, then by Message-ID in what came back or is answered."""
    parts = list(message.walk())
    for part in parts:
        for holder in (part, *_fields(part)) if part.get_content_type().endswith(_REPORTS) else (part,):
            for name in _TO:
                for value in holder.get_all(name, []):
                    if known := email_of_verp(secret, str(value)):
                        yield known
    for name in ("In-Reply-To", "References"):
        yield from reversed(_ID.findall(str(message[name] or "")))
    for number, part in enumerate(parts):
        if number:  # its own Message-ID is not one of ours
            yield from _ID.findall(str(part["Message-ID"] or ""))
        if part.get_content_type() in ("text/rfc822-headers", "text/plain"):
            yield from _ID.findall(_payload(part))


_REPORTS = ("delivery-status", "feedback-report")


def _part(message: Message, kind: str) -> Message | None:
    return next((part for part in message.walk() if part.get_content_type() == kind), None)


def _fields(part: Message) -> Iterator[Message]:
    """The blocks of fields in a report part; the standard library parses delivery-status alone into messages."""
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (block for block in payload if isinstance(block, Message))
        return
    for block in re.split(r"\r?\n\r?\n", _payload(part)):
        if block.strip():
            yield message_from_string(block.lstrip())


def _payload(part: Message) -> str:
    raw = part.get_payload(decode=True)
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
