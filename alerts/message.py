"""The bytes of a mail: built once per body, then only a recipient's own lines are put in.

Both parts are base64 with whole lines of 57 bytes each: a line of the body that has a place is padded with blanks to
such a boundary, so everything around it keeps its encoding and no server needs 8BITMIME or re-wraps anything.
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from urllib.parse import urlsplit

from alerts.comment_links import comment_path
from alerts.places import Line, Shown, html_value, lines_of, plain
from alerts.rendering import Rendered
from alerts.unsubscribing import unsubscribe_link
from alerts.wording import SERVICE
from settings import SettingError, Settings
from store.clock import SHANGHAI

_LINE = 57  # bytes that make one line of 76 characters in base64
_BOUNDARY = "=_tbtwatch"  # "=_" cannot occur in base64
_LINKS = ("unsubscribe", "comment")  # each recipient's own
_OWN_LINKS = frozenset(_LINKS)
_COMMENT_LINK = comment_path(b"", "")
_COMMENT = _COMMENT_LINK.partition("?token=")[0]
_TAIL = len(unsubscribe_link("", b"", "0" * 32)) - len("/unsubscribe/")  # bytes: a mail's public id and its token
_SHAPES = 256  # kept per body: all bytes of a mail but for headers and links, for the fields that came first
_KEPT = 4096  # encoded lines kept per part: reasons and bureaus repeat, links do not


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the mails are from: the envelope's address, the header's, the host in Message-IDs, and what signs links."""

    address: str
    name: str
    host: str
    base_url: str
    secret: bytes = field(repr=False)
    starts: Mapping[str, str] = field(init=False, repr=False, compare=False)  # of each own link: what never differs

    def __post_init__(self) -> None:
        starts = {"unsubscribe": unsubscribe_link(self.base_url, b"", ""), "comment": self.base_url + _COMMENT_LINK}
        object.__setattr__(self, "starts", {name: link.partition("?token=")[0] for name, link in starts.items()})


def sender_of(settings: Settings) -> Sender:
    """The sender by the settings; where mail is only captured, an address at the service's own host will do."""
    host = urlsplit(settings.base_url).hostname or "localhost"
    name, address = parseaddr(settings.smtp_from)
    if settings.smtp_from and "@" not in address:
        raise SettingError(f"TBTWATCH_SMTP_FROM: '{settings.smtp_from}' is no address; write warn@example.cn")
    return Sender(address or f"noreply@{host}", name or SERVICE, host, settings.base_url, settings.secret_bytes())


@dataclass(frozen=True, slots=True)
class Hole:
    """A line with links of the recipient's own, padded to whole rows: raw texts and the numbers of links in turn."""

    texts: tuple[bytes, ...]
    links: tuple[int, ...]
    cut: Callable[[bytes], tuple[bytes, ...]]

    def filled(self, tails: tuple[bytes, ...]) -> bytes:
        """The line's base64 without its last line break; `tails`: what follows the fixed beginning of each link."""
        raw = self.texts[0]
        for number, text in zip(self.links, self.texts[1:], strict=True):
            raw += tails[number] + text
        return b"\r\n".join(self.cut(binascii.b2a_base64(raw, newline=False)))


@dataclass(slots=True)
class Part:
    """One part of the body: pieces in order, each encoded already or a line to be filled, with what was filled last."""

    shown: Shown
    pieces: list[tuple[str | None, bytes | Line]]
    kept: dict[tuple[int, tuple[str, ...]], bytes] = field(default_factory=dict)

    def names(self) -> set[str]:
        """The fields that the part shows or depends on."""
        lines = [piece for _, piece in self.pieces if not isinstance(piece, bytes)]
        return {name for line in lines for name in line.names} | {only for only, _ in self.pieces if only}

    def shaped(self, fields: Mapping[str, str], starts: Mapping[str, str]) -> Iterator[bytes | Hole]:
        """The part's base64 for these fields, with holes for the links; `starts`: link -> its fixed beginning."""
        for number, (only, piece) in enumerate(self.pieces):
            if only and only not in starts and not fields.get(only):
                continue
            if isinstance(piece, bytes):
                yield piece
            elif _OWN_LINKS.isdisjoint(piece.names):
                yield self._encoded(number, piece, fields)
            else:
                yield self._hole(piece, fields, starts)
                yield b"\r\n"

    def _encoded(self, number: int, line: Line, fields: Mapping[str, str]) -> bytes:
        values = tuple(fields.get(name, "") for name in line.names)
        known = self.kept.get((number, values))
        if known is None:
            known = _base64(line.filled(fields, self.shown))
            if len(self.kept) < _KEPT:
                self.kept[number, values] = known
        return known

    def _hole(self, line: Line, fields: Mapping[str, str], starts: Mapping[str, str]) -> Hole:
        texts, links = [line.texts[0]], []
        for name, text in zip(line.names, line.texts[1:], strict=True):
            if name in starts:
                texts[-1] += self.shown(starts[name])
                links.append(_LINKS.index(name))
                texts.append(text)
            else:
                texts[-1] += self.shown(fields.get(name, "")) + text
        raw = [text.encode() for text in (*texts[:-1], texts[-1].removesuffix("\n"))]
        length = sum(map(len, raw)) + len(links) * _TAIL
        raw[-1] += _FILL[-(length + 2) % _LINE]
        return Hole(tuple(raw), tuple(links), _cutter(-(-(length + 2) // _LINE)))


@dataclass(frozen=True, slots=True)
class Letter:
    """A body ready to be addressed. Mails whose fields are the same share all their bytes but headers and links."""

    sender: Sender
    head: bytes
    text: Part
    html: Part
    names: tuple[str, ...]
    links: frozenset[str]
    shapes: dict[tuple[str | None, ...], list[bytes | Hole]] = field(default_factory=dict)

    def to(self, recipient: str, email_public_id: str, fields: Mapping[str, str], now: datetime) -> bytes:
        """The whole message for one recipient, with CRLF line ends. `recipient` is a plain ASCII address.

        No line begins with a dot: headers begin with a name or a blank, base64 has none, so DATA may carry it as it is.
        """
        key = tuple(map(fields.get, self.names))
        shape = self.shapes.get(key)
        if shape is None:
            shape = self._shape(fields)
            if len(self.shapes) < _SHAPES:
                self.shapes[key] = shape
        sender = self.sender
        link = unsubscribe_link(sender.base_url, sender.secret, email_public_id)
        tails = (
            link[len(sender.starts["unsubscribe"]) :].encode(),
            comment_path(sender.secret, email_public_id)[len(_COMMENT) :].encode() if "comment" in self.links else b"",
        )
        headers = self._own_headers(recipient, email_public_id, link, fields.get("references", ""), now)
        return b"".join(
            [headers, self.head, *[piece.filled(tails) if isinstance(piece, Hole) else piece for piece in shape]]
        )

    def _shape(self, fields: Mapping[str, str]) -> list[bytes | Hole]:
        starts = self.sender.starts
        pieces = [
            _TEXT_HEAD, *self.text.shaped(fields, starts), _HTML_HEAD, *self.html.shaped(fields, starts), _END,
        ]  # fmt: skip
        return _joined(pieces)

    def _own_headers(self, recipient: str, public_id: str, link: str, references: str, now: datetime) -> bytes:
        host = self.sender.host
        earlier = [message_id(name, host) for name in references.split()]
        refers = f"In-Reply-To: {earlier[-1]}\r\nReferences: " + "\r\n ".join(earlier) + "\r\n" if earlier else ""
        return (
            f"To: {plain(recipient)}\r\nDate: {_date(now)}\r\nMessage-ID: {message_id(public_id, host)}\r\n"
            f"{refers}List-Unsubscribe: <{link}>\r\n"
        ).encode("ascii")


def letter_of(sender: Sender, subject: str, text: str, html: str) -> Letter:
    """The letter for a rendered body: what all its mails have in common, encoded once."""
    parts = _part(text, plain), _part(html, html_value)
    names = parts[0].names() | parts[1].names()
    return Letter(
        sender, _head(sender, subject), *parts, tuple(sorted(names - _OWN_LINKS)), frozenset(names & _OWN_LINKS)
    )


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
    message.set_content(rendered.text, cte="base64")
    message.add_alternative(rendered.html, subtype="html", cte="base64")
    return message.as_bytes()


@lru_cache(maxsize=8)
def _date(now: datetime) -> str:
    return format_datetime(now.astimezone(SHANGHAI))


def _head(sender: Sender, subject: str) -> bytes:
    """The headers that all mails of a body share; the standard library encodes what is not ASCII (RFC 2047)."""
    message = EmailMessage(policy=SMTP)
    user, _, domain = sender.address.rpartition("@")
    message["From"] = Address(plain(sender.name), user, domain)
    message["Subject"] = plain(subject)
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message["MIME-Version"] = "1.0"
    message["Content-Type"] = f'multipart/alternative; boundary="{_BOUNDARY}"'
    return message.as_bytes().partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


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


def _joined(pieces: Iterable[bytes | Hole]) -> list[bytes | Hole]:
    """Neighbouring bytes as one."""
    joined: list[bytes | Hole] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            joined[-1] = last + piece
        else:
            joined.append(piece)
    return joined


def _base64(text: str) -> bytes:
    """Lines of text in base64, as whole rows."""
    return _rows(text.removesuffix("\n").replace("\n", "\r\n").encode())


def _rows(raw: bytes) -> bytes:
    """Base64 in rows of 76; blanks before the last line break fill it up to whole rows."""
    raw += _FILL[-(len(raw) + 2) % _LINE]
    coded = binascii.b2a_base64(raw, newline=False)
    return b"\r\n".join([*_cutter(len(raw) // _LINE)(coded), b""])


@lru_cache(maxsize=512)
def _cutter(rows: int) -> Callable[[bytes], tuple[bytes, ...]]:
    """Cuts rows of 76 characters."""
    return struct.Struct("76s" * rows).unpack


_FILL = [b" " * number + b"\r\n" for number in range(_LINE)]
