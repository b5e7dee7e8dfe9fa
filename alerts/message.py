"""The bytes of a mail: built once per body, then only a recipient's own lines are put in.

Both parts are base64 with whole lines of 57 bytes each: a line of the body that has a place is padded with blanks to
such a boundary, so everything around it keeps its encoding and no server needs 8BITMIME or re-wraps anything.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from string import ascii_lowercase
from urllib.parse import urlsplit

from alerts.comment_links import comment_path
from alerts.dkim import Signer, signer_of
from alerts.official import official_lines
from alerts.own_links import own_links
from alerts.places import Line, Shown, html_value, lines_of, lines_only, plain
from alerts.rendering import Rendered
from alerts.verp import verp_address
from alerts.wording import SERVICE
from settings import SettingError, Settings
from store.clock import SHANGHAI

_LINE = 57  # bytes that make one line of 76 characters in base64
_BOUNDARY, _OUTER = "=_tbtwatch", "=_tbtwatch-mail"  # "=_" cannot occur in base64
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}")
_OWN_LINKS = (
    "unsubscribe",
    "comment",
    "relevance",
    "fewer",
    "open",
)  # each recipient's own: keeping their lines would save nothing
_KEPT = 4096  # encoded lines kept per part: reasons and bureaus repeat, links do not


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the mails are from: the envelope's address, the header's, the host in Message-IDs, and what signs links."""

    address: str
    name: str
    host: str
    base_url: str
    secret: bytes = field(repr=False)
    signer: Signer | None = field(default=None, repr=False)
    reply_to: str = ""  # the mailbox of replies that this service reads itself; "": they go to the firm's bureau
    foot: str = ""  # whose service it is, see alerts/official.py
    reads_bounces: bool = False

    def return_path(self, email_public_id: str) -> str:
        """The envelope's sender of one mail: its own where bounces are read (alerts/verp.py), else everybody's."""
        domain = self.address.rpartition("@")[2]
        return verp_address(self.secret, email_public_id, domain) if self.reads_bounces else self.address

    def signed(self, content: bytes) -> bytes:
        """The message with our DKIM signatures before it, where we sign."""
        return self.signer.sign(content) if self.signer else content


def sender_of(settings: Settings) -> Sender:
    """The sender by the settings; where mail is only captured, an address at the service's own host will do."""
    host = urlsplit(settings.base_url).hostname or "localhost"
    name, address = parseaddr(settings.smtp_from)
    if settings.smtp_from and "@" not in address:
        raise SettingError(f"TBTWATCH_SMTP_FROM: '{settings.smtp_from}' is no address; write warn@example.cn")
    address = address or f"noreply@{host}"
    signer = signer_of(settings, address.rpartition("@")[2])
    return Sender(
        address, name or SERVICE, host, settings.base_url, settings.secret_bytes(), signer,
        settings.reply_to, " ".join(official_lines(settings)), settings.reads_bounces,
    )  # fmt: skip


@dataclass(slots=True)
class Part:
    """One part of the body: pieces in order, each encoded already or a line to be filled, with what was filled last."""

    shown: Shown
    pieces: list[tuple[str | None, bytes | Line]]
    kept: dict[tuple[int, tuple[str, ...]], bytes] = field(default_factory=dict)

    def filled(self, fields: Mapping[str, str]) -> Iterator[bytes]:
        """The part's base64 for one recipient."""
        for number, (only, piece) in enumerate(self.pieces):
            if only and not fields.get(only):
                continue
            yield piece if isinstance(piece, bytes) else self._encoded(number, piece, fields)

    def _encoded(self, number: int, line: Line, fields: Mapping[str, str]) -> bytes:
        values = tuple(fields.get(name, "") for name in line.names)
        known = self.kept.get((number, values))
        if known is None:
            known = _base64(line.filled(fields, self.shown))
            if not any(name.startswith(_OWN_LINKS) for name in line.names) and len(self.kept) < _KEPT:
                self.kept[number, values] = known
        return known


@dataclass(frozen=True, slots=True)
class Letter:
    """A body ready to be addressed."""

    sender: Sender
    head: bytes
    text: Part
    html: Part
    calendar: bytes = b""  # the attached part, encoded; b"" when there is none

    def to(self, recipient: str, email_public_id: str, fields: Mapping[str, str], now: datetime) -> bytes:
        """The whole message for one recipient, with CRLF line ends. `recipient` is a plain ASCII address."""
        shared = shared_fields(self.sender, fields)
        reply_to = shared["reply_to"]
        links = own_links(self.sender.base_url, self.sender.secret, email_public_id, fields)
        links |= comment_links(self.sender.base_url, self.sender.secret, email_public_id, fields.get("about", ""))
        own = {**fields, **shared, **links}
        headers = self._own_headers(recipient, email_public_id, own["unsubscribe"], fields.get("references", ""), now)
        if reply_to:
            headers += f"Reply-To: {reply_to}\r\n".encode("ascii")
        texts = (_TEXT_HEAD, *self.text.filled(own), _HTML_HEAD, *self.html.filled(own), _END)
        return self.sender.signed(b"".join((headers, self.head, *texts, self.calendar)))

    def _own_headers(self, recipient: str, public_id: str, link: str, references: str, now: datetime) -> bytes:
        earlier = [message_id(name, self.sender.host) for name in references.split()]
        lines = [
            f"To: {plain(recipient)}",
            f"Date: {_date(now)}",
            f"Message-ID: {message_id(public_id, self.sender.host)}",
            *([f"In-Reply-To: {earlier[-1]}", "References: " + "\r\n ".join(earlier)] if earlier else []),
            f"List-Unsubscribe: <{link}>",
        ]
        return ("\r\n".join(lines) + "\r\n").encode("ascii")


def letter_of(sender: Sender, subject: str, text: str, html: str, calendar: str = "") -> Letter:
    """The letter for a rendered body: what all its mails have in common, encoded once.

    `calendar`: an iCalendar file to attach. It stands beside the alternatives, not among them, so that no program
    shows it in place of the text.
    """
    head = _head(sender, subject, "mixed" if calendar else "alternative")
    return Letter(sender, head, _part(text, plain), _part(html, html_value), _attached(calendar))


def shared_fields(sender: Sender, fields: Mapping[str, str]) -> dict[str, str]:
    """What fills the foot of every mail: whose service it is, where a reply goes, and whether 退订 in it is read.

    The mailbox that this service reads goes first: it unsubscribes, and passes on to the bureau what is for a person.
    """
    reply_to = sender.reply_to or _one_address(fields.get("reply_to", ""))
    return {"foot": sender.foot, "reply_to": reply_to, "reply_stops": sender.reply_to}


def comment_links(base_url: str, secret: bytes, email_public_id: str, about: str) -> dict[str, str]:
    """`comment_a`, `comment_b` ... for the warnings of a mail that tells of several; `about`: their public ids."""
    return {
        f"comment_{letter}": base_url + comment_path(secret, email_public_id, warning)
        for letter, warning in zip(ascii_lowercase, about.split(), strict=False)
    }


def message_id(email_public_id: str, host: str) -> str:
    """The Message-ID of a mail: always the same for one row, so that a repeat is seen as one."""
    return f"<{email_public_id}@{host}>"


def single_message(sender: Sender, address: str, public_id: str, rendered: Rendered, now: datetime) -> bytes:
    """A mail to one person that shares its body with nobody (to officers and operators), with CRLF line ends."""
    message = EmailMessage(policy=SMTP)
    user, _, domain = sender.address.rpartition("@")
    message["From"] = Address(plain(sender.name), user, domain)
    message["To"] = address
    message["Subject"] = plain(rendered.subject)
    message["Date"] = format_datetime(now.astimezone(SHANGHAI))
    message["Message-ID"] = message_id(public_id, sender.host)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(lines_only(rendered.text), cte="base64")
    message.add_alternative(lines_only(rendered.html), subtype="html", cte="base64")
    return sender.signed(message.as_bytes())


@lru_cache(maxsize=8)
def _date(now: datetime) -> str:
    return format_datetime(now.astimezone(SHANGHAI))


def _head(sender: Sender, subject: str, kind: str) -> bytes:
    """The headers that all mails of a body share; the standard library encodes what is not ASCII (RFC 2047)."""
    message = EmailMessage(policy=SMTP)
    user, _, domain = sender.address.rpartition("@")
    message["From"] = Address(plain(sender.name), user, domain)
    message["Subject"] = plain(subject)
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message["MIME-Version"] = "1.0"
    boundary = _OUTER if kind == "mixed" else _BOUNDARY
    message["Content-Type"] = f'multipart/{kind}; boundary="{boundary}"'
    head = message.as_bytes().partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    if kind == "mixed":
        head += f'--{_OUTER}\r\nContent-Type: multipart/alternative; boundary="{_BOUNDARY}"\r\n\r\n'.encode()
    return head


def _attached(calendar: str) -> bytes:
    if not calendar:
        return b""
    lines = (
        f"--{_OUTER}",
        'Content-Type: text/calendar; charset=utf-8; method=PUBLISH; name="dates.ics"',
        'Content-Disposition: attachment; filename="dates.ics"',
        "Content-Transfer-Encoding: base64",
        "",
        "",
    )
    raw = calendar.encode()
    rows = (binascii.b2a_base64(raw[at : at + _LINE], newline=False) for at in range(0, len(raw), _LINE))
    return "\r\n".join(lines).encode() + b"".join(row + b"\r\n" for row in rows) + f"--{_OUTER}--\r\n".encode()


def _one_address(value: str) -> str:
    """A plain ASCII address as it may stand in a header, else "": what an officer typed is never trusted there."""
    return value if _ADDRESS.fullmatch(value) else ""


def _part_head(kind: str) -> bytes:
    lines = (f"--{_BOUNDARY}", f"Content-Type: text/{kind}; charset=utf-8", "Content-Transfer-Encoding: base64", "", "")
    return "\r\n".join(lines).encode()


_TEXT_HEAD, _HTML_HEAD, _END = _part_head("plain"), _part_head("html"), f"--{_BOUNDARY}--\r\n".encode()


def _part(body: str, shown: Shown) -> Part:
    pieces: list[tuple[str | None, bytes | Line]] = []
    for only, lines in _runs(lines_of(body)):
        if lines[0].names:
            pieces.append((only, lines[0]))
        else:
            pieces.append((only, _base64("".join(line.texts[0] for line in lines))))
    return Part(shown, pieces)


def _runs(lines: Iterable[Line]) -> Iterator[tuple[str | None, Sequence[Line]]]:
    """Lines that are encoded together: neighbours without places, under the same condition."""
    run: list[Line] = []
    for line in lines:
        if run and (line.names or run[0].names or run[0].only != line.only):
            yield run[0].only, run
            run = []
        run.append(line)
    if run:
        yield run[0].only, run


def _base64(text: str) -> bytes:
    """Lines of text in base64; blanks before the last line break fill it up to whole base64 lines."""
    raw = text.removesuffix("\n").replace("\n", "\r\n").encode()
    raw += b" " * (-(len(raw) + 2) % _LINE) + b"\r\n"
    return b"".join(
        binascii.b2a_base64(raw[at : at + _LINE], newline=False) + b"\r\n" for at in range(0, len(raw), _LINE)
    )
