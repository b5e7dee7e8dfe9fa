"""Real SMTP servers for tests: one in this process that behaves as the recipient's name says, and smtp-sink."""

from __future__ import annotations

import asyncio
import datetime
import email
import email.policy
import ipaddress
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

from settings import ROOT

# What the server does to a recipient of this name; anyone else's mail is taken.
LATER, UNKNOWN, CLOSING, CUT_BEFORE, CUT_AFTER = "later", "unknown", "closing", "cutbefore", "cutafter"
TOO_BIG, HANGING = "toobig", "hanging"
GREYLISTED, TOO_OFTEN, SPAM, CLOSED_MIDWAY, DRIP = "greylisted", "toooften", "spam", "closedmidway", "drip"
HERE = "127.0.0.1"


@dataclass
class Post:
    """What a server got: a mail as (recipient, message) each time one was taken, also when its answer was lost."""

    port: int = 0
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    connections: int = 0
    signed_in: list[str] = field(default_factory=list)
    refuse_senders: bool = False
    answers: dict[str, str] = field(default_factory=dict)  # local part or @domain -> what RCPT is answered
    pipelining: bool = False
    on_taken: Callable[[], None] | None = None  # called each time a mail was taken, before the answer
    seen: set[str] = field(default_factory=set)  # whom a greylisting server has heard of

    def recipients(self) -> list[str]:
        return [recipient for recipient, _ in self.taken]


class _Behaviour:
    """Hooks of aiosmtpd; the local part of the recipient is the script."""

    def __init__(self, post: Post) -> None:
        self.post = post

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, host: str, responses: list[str]) -> list[str]:
        session.host_name = host
        return [*responses[:-1], "250-PIPELINING", responses[-1]] if self.post.pipelining else responses

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.post.refuse_senders:
            return "550 5.7.1 sender not welcome"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        script = address.partition("@")[0]
        if script == CUT_BEFORE:
            server.transport.abort()
        domain = "@" + address.partition("@")[2]
        answers = {
            **self.post.answers,
            LATER: f"451 4.7.1 <{address}> greylisted, try again later",
            UNKNOWN: f"550 5.1.1 <{address}> user unknown",
            CLOSING: "421 4.3.2 closing",
            TOO_OFTEN: "550 5.7.1 Mail frequency limited",
        }
        for name in (script, domain):
            if name in answers:
                return answers[name]
        if script == GREYLISTED and address not in self.post.seen:
            self.post.seen.add(address)
            return f"450 4.2.0 <{address}> greylisted, come back"
        if script == CLOSED_MIDWAY and address not in self.post.seen:
            self.post.seen.add(address)
            server.transport.write(b"421 4.3.2 shutting down\r\n")
            await asyncio.sleep(0.05)
            server.transport.close()
        if script == DRIP:
            for byte in b"250-slowly":
                server.transport.write(bytes([byte]))
                await asyncio.sleep(0.2)
        if script in answers:
            return answers[script]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        script = envelope.rcpt_tos[0].partition("@")[0]
        if script == TOO_BIG:
            return "552 5.3.4 message too big"
        if script == SPAM:
            return "554 5.7.1 content refused"
        if script == HANGING:
            await asyncio.sleep(60)
        self.post.raw.append(envelope.content)
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.post.taken.append((envelope.rcpt_tos[0], parsed))
        if self.post.on_taken is not None:
            await asyncio.to_thread(self.post.on_taken)
        if script == CUT_AFTER:
            server.transport.abort()
        return "250 OK queued"


class _Counting(SMTP):
    """aiosmtpd's protocol, counting connections."""

    post: Post

    def connection_made(self, transport: Any) -> None:
        if not isinstance(transport, asyncio.sslproto._SSLProtocolTransport):  # type: ignore[attr-defined]
            self.post.connections += 1
        super().connection_made(transport)


@contextmanager
def smtp_server(
    context: ssl.SSLContext | None = None, password: str = "", *, pipelining: bool = False
) -> Iterator[Post]:
    """A server on a real socket of this machine; with `context` it demands STARTTLS, with `password` a sign-in."""
    post = Post(pipelining=pipelining)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        ok = data.password == password.encode()
        post.signed_in += [data.login.decode()] if ok else []
        return AuthResult(success=ok, handled=False)

    def make() -> SMTP:
        needs = {"authenticator": authenticate, "auth_required": True} if password else {}
        made = _Counting(
            _Behaviour(post),
            hostname="sink.example",
            loop=loop,
            tls_context=context,
            require_starttls=bool(context),
            **needs,
        )
        made.post = post
        return made

    server = asyncio.run_coroutine_threadsafe(loop.create_server(make, HERE, 0), loop).result()
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _stop(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def certificate(folder: Path, host: str = HERE) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """(a server's context with a certificate of its own making for `host`, a client's that trusts just that one)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    begin = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    client = ssl.create_default_context(cadata=made.public_bytes(serialization.Encoding.PEM).decode())
    return server, client


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])


def sink_program() -> str | None:
    """postfix's smtp-sink: TBTWATCH_TEST_SMTP_SINK, else on PATH, else where Debian or .ci/run puts it."""
    named = os.environ.get("TBTWATCH_TEST_SMTP_SINK")
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", str(ROOT / "var" / "ci" / "bin")])
    return named or shutil.which("smtp-sink", path=places)


@contextmanager
def smtp_sink(program: str) -> Iterator[tuple[int, Path]]:
    """(port, folder of the mails it took, one file each) of a running smtp-sink."""
    folder = Path(tempfile.mkdtemp(prefix="tbtwatch-sink-"))
    folder.chmod(0o777)  # as root it must become somebody else, who writes here
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [program, *user, "-d", f"{folder}/mail.", f"{HERE}:{port}", "100"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield port, folder
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(port: int, seconds: float = 10.0) -> None:
    """Return as soon as somebody listens on `port`; raises TimeoutError."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            socket.create_connection((HERE, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nobody listens on {port}")
