"""Transports: they hand one message to a mail server, or keep it, and know temporary from permanent."""

from __future__ import annotations

import logging
import re
import smtplib
import socket
import ssl
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Protocol

from settings import Settings, TbtwatchError

log = logging.getLogger(__name__)

Outcome = Literal["accepted", "captured", "temporary", "permanent", "ambiguous"]
_ADDRESS = re.compile(r"[^\s<>@,;:]+@[^\s<>@,;:]+")
_MOST_ANSWER = 500  # characters, the width of DeliveryAttempt.smtp_text


class MailServerUnreachable(TbtwatchError):
    """Raised when no mail could be handed over at all: no connection, no TLS, or the sign-in was refused."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message and between whom it goes; addresses are plain ASCII."""

    sender: str
    recipient: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one envelope. `ambiguous`: the server was lost after the final dot and may have taken it."""

    transport: str
    outcome: Outcome
    code: int | None = None
    text: str = ""


class Transport(Protocol):
    """What sending needs of a transport."""

    def send(self, envelope: Envelope) -> Answer:
        """Hand one envelope over; raises MailServerUnreachable when not even a connection can be had."""

    def close(self) -> None:
        """Say goodbye; the transport may be used again afterwards."""


class CapturedTransport:
    """Keeps every mail inside: the outbox shows it, nothing leaves."""

    def send(self, envelope: Envelope) -> Answer:
        """Captured, always."""
        return Answer("captured", "captured")

    def close(self) -> None:
        """Nothing is open."""


class GuardedTransport:
    """Lets only listed recipients through to a real transport; the mail of all others is captured."""

    def __init__(self, real: Transport, allowed: Collection[str]) -> None:
        """`allowed`: addresses, or whole domains as `@example.cn`."""
        self._real, self._captured = real, CapturedTransport()
        self._allowed = frozenset(entry.lower() for entry in allowed)

    def send(self, envelope: Envelope) -> Answer:
        """As the real transport, or captured."""
        return (self._real if is_listed(envelope.recipient, self._allowed) else self._captured).send(envelope)

    def close(self) -> None:
        """Close the real one."""
        self._real.close()


class SmtpTransport:
    """One connection to a mail server, opened when first needed, used again, and opened anew when it was lost."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: Literal["starttls", "implicit", "none"] = "starttls",
        username: str = "",
        password: str = "",
        timeout_s: float = 30.0,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """`context` is for servers whose certificate the system does not know."""
        self._host, self._port, self._tls, self._timeout_s = host, port, tls, timeout_s
        self._username, self._password = username, password
        self._context = context or (ssl.create_default_context() if tls != "none" else None)  # takes a while
        self._connection: smtplib.SMTP | None = None

    def send(self, envelope: Envelope) -> Answer:
        """One transaction: MAIL, RCPT, DATA. Raises MailServerUnreachable before anything of the mail was sent."""
        smtp = self._begin(envelope.sender)
        try:
            return self._hand_over(smtp, envelope)
        except (smtplib.SMTPException, OSError) as error:  # before the final dot: the server cannot have taken it
            self._drop()
            return Answer("smtp", "temporary", None, answer_text(f"connection lost: {error}"))

    def close(self) -> None:
        """QUIT, if a connection is open."""
        smtp, self._connection = self._connection, None
        if smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()

    def _begin(self, sender: str) -> smtplib.SMTP:
        """A connection that has answered MAIL FROM; a connection gone stale since the last mail is opened anew."""
        stale = self._connection is not None
        smtp = self._connected()
        try:
            code, text = smtp.mail(sender)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            if stale:
                return self._begin(sender)
            raise self.unreachable(error) from None
        if code == 421 and stale:
            self._drop()
            return self._begin(sender)
        if code != 250:
            self._drop()
            raise self.unreachable(f"MAIL FROM refused: {code} {answer_text(text)}")
        return smtp

    def _hand_over(self, smtp: smtplib.SMTP, envelope: Envelope) -> Answer:
        code, text = smtp.rcpt(envelope.recipient)
        if code not in (250, 251):
            return self._refused(smtp, code, text)
        code, text = smtp.docmd("DATA")
        if code != 354:
            return self._refused(smtp, code, text)
        smtp.send(dotted(envelope.content))
        try:
            smtp.send(b".\r\n")
            code, text = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Answer("smtp", "ambiguous", None, answer_text(f"no answer after the final dot: {error}"))
        if 200 <= code < 300:
            return Answer("smtp", "accepted", code, answer_text(text))
        return self._refused(smtp, code, text)

    def _refused(self, smtp: smtplib.SMTP, code: int, text: bytes) -> Answer:
        """4xx and 5xx, and whatever else a server says in their place; the connection serves the next mail."""
        try:
            closing = code in (421, -1) or smtp.rset()[0] != 250
        except (smtplib.SMTPException, OSError):
            closing = True
        if closing:
            self._drop()
        return Answer("smtp", "permanent" if 500 <= code < 600 else "temporary", code, answer_text(text))

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            self._connection = self.connect()
        return self._connection

    def connect(self) -> smtplib.SMTP:
        """A connection after EHLO, TLS and sign-in, for a caller of its own; raises MailServerUnreachable."""
        try:
            return self._connect()
        except (smtplib.SMTPException, OSError) as error:
            raise self.unreachable(error) from None

    def _connect(self) -> smtplib.SMTP:
        if self._tls == "implicit":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._timeout_s, context=self._context
            )
        else:
            smtp = smtplib.SMTP(self._host, self._port, timeout=self._timeout_s)
        try:
            assert smtp.sock is not None  # it is connected
            # The final dot is a packet of its own: it must not wait for the acknowledgement of what went before.
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            smtp.ehlo_or_helo_if_needed()
            if self._tls == "starttls":
                smtp.starttls(context=self._context)
            if self._username:
                smtp.login(self._username, self._password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _drop(self) -> None:
        smtp, self._connection = self._connection, None
        if smtp is not None:
            smtp.close()

    def unreachable(self, why: object) -> MailServerUnreachable:
        """The error that says so, and where to look."""
        return MailServerUnreachable(
            f"the mail server {self._host}:{self._port} cannot be used: {answer_text(str(why))}; check TBTWATCH_SMTP_*"
        )


def transport_for(settings: Settings) -> Transport:
    """SMTP when a server is configured, captured otherwise.

    A set-up with an allow-list sends only to listed recipients and captures the rest; so does a demo that was given a
    mail server elsewhere. A server on the same machine is taken for the sink of whoever tries the demo.
    """
    if not settings.smtp_host:
        return CapturedTransport()
    real, allowed = smtp_of(settings), allow_list(settings)
    return real if allowed is None else GuardedTransport(real, allowed)


def smtp_of(settings: Settings) -> SmtpTransport:
    """The mail server of the settings."""
    return SmtpTransport(
        settings.smtp_host,
        settings.smtp_port,
        tls=settings.smtp_tls,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else "",
        timeout_s=settings.smtp_timeout_s,
    )


def allow_list(settings: Settings) -> frozenset[str] | None:
    """The only recipients (addresses, or domains as `@example.cn`, in small letters) to send to; None: to all."""
    allowed = settings.mail_allow.replace(",", " ").lower().split()
    is_guarded = settings.is_demo and not settings.smtp_is_local
    if is_guarded and not allowed:
        log.warning("the demo captures all mail: list addresses or @domains in TBTWATCH_MAIL_ALLOW to have it sent")
    return frozenset(allowed) if is_guarded or allowed else None


def is_listed(recipient: str, allowed: Collection[str]) -> bool:
    """Whether a recipient or its domain is one of `allowed` (in small letters)."""
    small = recipient.lower()
    return small in allowed or "@" + small.rpartition("@")[2] in allowed


def answer_text(text: bytes | str) -> str:
    """A server's words on one line, without the addresses in them: those live only in subscribers' rows."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return _ADDRESS.sub("<address>", " ".join(words.split()))[:_MOST_ANSWER]


def dotted(content: bytes) -> bytes:
    """Content as DATA carries it: a leading dot of a line doubled (RFC 5321, 4.5.2); it ends with CRLF."""
    return re.sub(rb"(?m)^\.", b"..", content) if b"\n." in content or content.startswith(b".") else content
