"""What comes back, read from real files and a real IMAP connection: each message once, and what it sets off."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlmodel import select

from alerts.arrivals import sort_arrival
from alerts.bounces import read_box
from alerts.message import message_id
from alerts.sending import send_pending
from alerts.verp import email_of_verp, verp_address
from settings import Settings
from store.bureau import Bureau
from store.email import ACCEPTED, DeliveryAttempt, Email
from store.engine import reading, writing
from store.mail_care import AddressTrouble, CallListEntry
from store.subscription import Subscriber
from store.warning import WarningVersion
from tests.alerts.mailed import live, mail_to, part
from tests.smtp_servers import HERE, Post, smtp_server

DAY = timedelta(days=1)


@pytest.fixture
def post() -> Iterator[Post]:
    with smtp_server() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, post: Post) -> Settings:
    return live(tmp_path, post.port)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A Maildir."""
    for name in ("new", "cur", "tmp"):
        (tmp_path / "box" / name).mkdir(parents=True)
    return tmp_path / "box"


def sent(engine: Engine, now: datetime, settings: Settings, names: list[str]) -> dict[str, str]:
    """Names -> public ids of their mails, each accepted by the server."""
    mail_to(engine, now, settings, names)
    send_pending(engine, now, settings)
    with reading(engine) as session:
        rows = session.exec(select(Subscriber.email, Email.public_id).join(Email)).all()
    return {address.partition("@")[0]: public_id for address, public_id in rows}


def dsn(to: str, status: str, said: str, *, action: str = "failed", about: str = "") -> str:
    """An RFC 3464 report as Postfix writes it."""
    returned = f"\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {about}\nSubject: x\n" if about else ""
    return (
        f"From: MAILER-DAEMON@mx.example\nTo: {to}\nAuto-Submitted: auto-replied\nSubject: Undelivered Mail\n"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nI'm sorry to have to inform you.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; x@firm.example\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {said}\n"
        f"{returned}\n--b--\n"
    )


def arf(about: str, kind: str = "abuse") -> str:
    """An RFC 5965 complaint."""
    return (
        "From: staff@provider.example\nTo: warn@service.example\nSubject: FW: complaint\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nThis is an abuse report.\n"
        f"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\nUser-Agent: X/1\nVersion: 1\n"
        f"--b\nContent-Type: message/rfc822\n\nMessage-ID: {about}\nFrom: warn@service.example\n\ntext\n--b--\n"
    )


def reply(sender: str, subject: str, body: str, about: str, more: str = "") -> str:
    return (
        f"From: {sender}\nTo: warn@service.example\nSubject: {subject}\nIn-Reply-To: {about}\n{more}"
        f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{body}\n"
    )


def put(box: Path, *texts: str) -> None:
    for number, text in enumerate(texts):
        (box / "new" / f"{len(list(box.rglob('*')))}.{number}").write_text(text, encoding="utf-8")


def subscriber(engine: Engine, name: str) -> Subscriber:
    with reading(engine) as session:
        return session.exec(select(Subscriber).where(Subscriber.email_key == f"{name}@firm.example")).one()


def test_hard_bounces_on_two_days_end_an_address_and_call_for_red(
    loaded: Engine, now: datetime, settings: Settings, box: Path
) -> None:
    mails = sent(loaded, now, settings, ["gone", "full", "fine"])
    with writing(loaded) as session:
        session.execute(update(WarningVersion).values(severity="red"))
    secret = settings.secret_bytes()
    to = verp_address(secret, mails["gone"], "service.example")
    unknown = dsn(to, "5.1.1", "550 5.1.1 <gone@firm.example> user unknown")
    full = message_id(mails["full"], "warn.example")
    put(
        box, unknown, dsn("warn@service.example", "5.2.2", "552 5.2.2 mailbox full", about=full),
        dsn(verp_address(secret, mails["fine"], "h"), "4.4.1", "no answer", action="delayed"),
        dsn(to.replace("=", "=0"), "5.1.1", "550 5.1.1 forged"),
    )  # fmt: skip
    assert read_box(loaded, now, settings, box) == Counter(
        {"address_unknown": 1, "bounced": 1, "delayed": 1, "unmatched": 1}
    )
    assert read_box(loaded, now, settings, box) == Counter()
    put(box, unknown)
    assert read_box(loaded, now + DAY, settings, box) == Counter({"known": 1})  # the same message, found again
    assert subscriber(loaded, "gone").ended_at is None
    put(box, unknown.replace("I'm sorry", "We are sorry"))
    read_box(loaded, now + DAY, settings, box)
    assert subscriber(loaded, "gone").ended_reason == "address_unknown"
    assert subscriber(loaded, "full").ended_at is None
    with reading(loaded) as session:
        days = session.exec(select(AddressTrouble.source)).all()
        calls = set(session.exec(select(CallListEntry.reason)))
        attempt = session.exec(select(DeliveryAttempt).where(DeliveryAttempt.transport == "bounce")).first()
        fine = session.exec(select(Email.state).where(Email.public_id == mails["fine"])).one()
    assert (days, calls, fine) == (["bounce", "bounce"], {"address_unknown", "full"}, ACCEPTED)
    assert attempt is not None and "gone@firm.example" not in attempt.smtp_text


def test_complaints_and_leaving_by_reply_end_only_who_said_so(
    loaded: Engine, now: datetime, settings: Settings, box: Path
) -> None:
    mails = sent(loaded, now, settings, ["cross", "leaver", "quiet", "first", "joker"])
    ids = {name: message_id(public_id, "warn.example") for name, public_id in mails.items()}
    put(
        box,
        arf(ids["cross"]),
        arf(ids["quiet"], "not-spam"),
        reply("Leaver <LEAVER@firm.example>", "退订", "", ids["leaver"]),
        reply("first@firm.example", "Re: 【黄色预警】", "退订。\n\n> 原文", ids["first"]),
        reply("somebody@else.example", "退订", "", ids["quiet"]),
        reply("quiet@firm.example", "Re: x", "unsubscribe", "<nothing@of.ours>"),
    )
    counts = read_box(loaded, now, settings, box)
    assert counts == Counter({"complaint": 1, "automatic": 1, "unsubscribed": 2, "unmatched": 2})
    ended = {name: subscriber(loaded, name).ended_reason for name in mails}
    assert ended == {"cross": "complaint", "leaver": "unsubscribed", "first": "unsubscribed", "quiet": "", "joker": ""}


def test_a_persons_reply_reaches_the_bureau_and_a_machines_nobody(
    loaded: Engine, now: datetime, settings: Settings, box: Path, post: Post
) -> None:
    mails = sent(loaded, now, settings, ["asks"])
    with writing(loaded) as session:
        session.execute(update(Bureau).values(reply_address="desk@gov.example"))
    about = message_id(mails["asks"], "warn.example")
    away = reply("asks@firm.example", "自动回复", "我在休假", about, "Auto-Submitted: auto-replied\n")
    put(box, reply("asks@firm.example", "Re: 预警", "请问何时实施？我们不想退订", about), away)
    post.taken.clear()
    post.answers["desk"] = "451 later"
    assert read_box(loaded, now, settings, box) == Counter({"automatic": 1})  # the reply waits for the server
    del post.answers["desk"]
    assert read_box(loaded, now, settings, box) == Counter({"forwarded": 1})
    [(recipient, message)] = post.taken
    assert (recipient, message["Reply-To"]) == ("desk@gov.example", "asks@firm.example")
    assert message["Auto-Submitted"] == "auto-generated" and "企业" in part(message, "plain")
    [original] = [p.get_payload(decode=True) for p in message.walk() if p.get_filename() == "reply.eml"]
    assert isinstance(original, bytes) and "何时实施" in original.decode()
    assert subscriber(loaded, "asks").ended_at is None


@pytest.mark.parametrize(
    ("text", "final", "code"),
    [  # Exchange and qmail as flufl.bounce knows them, without a delivery-status part
        (
            "From: MAILER-DAEMON@qmail.example\nSubject: failure notice\n\n"
            "Hi. This is the qmail-send program at x.example.\n"
            "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
            "This is a permanent error; I've given up. Sorry it didn't work out.\n\n<gone@firm.example>:\n"
            "192.0.2.1 does not like recipient.\nRemote host said: 550 no such user\nGiving up on 192.0.2.1.\n\n"
            "--- Below this line is a copy of the message.\n\nMessage-ID: <{id}@warn.example>\n",
            True,
            550,
        ),
    ],
)
def test_vendors_own_forms_are_read(text: str, final: bool, code: int) -> None:
    arrival = sort_arrival(message_from_bytes(text.replace("{id}", "a" * 32).encode()), b"secret")
    assert (arrival.kind, arrival.is_final, arrival.code, arrival.mails) == ("bounce", final, code, ("a" * 32,))


def test_a_return_path_is_ours_alone_and_fits_rfc_5321() -> None:
    address = verp_address(b"secret", "a" * 32, "service.example")
    assert len(address.partition("@")[0]) <= 64
    assert email_of_verp(b"secret", f"<{address.upper()}>") == "a" * 32
    assert email_of_verp(b"other", address) is None


@contextmanager
def imap_server(messages: list[bytes]) -> Iterator[tuple[int, set[int]]]:
    """(port, numbers marked as seen) of a server that knows the few commands that reading a box takes (RFC 3501)."""
    seen: set[int] = set()
    with socket.create_server((HERE, 0)) as door:
        threading.Thread(target=_imap, args=(door, messages, seen), daemon=True).start()
        yield door.getsockname()[1], seen


def _imap(door: socket.socket, messages: list[bytes], seen: set[int]) -> None:
    while True:
        try:
            line, _ = door.accept()
        except OSError:
            return
        with line, line.makefile("rwb") as talk:
            talk.write(b"* OK ready\r\n")
            talk.flush()
            for asked in talk:
                tag, command, *rest = asked.split()
                if command == b"CAPABILITY":
                    talk.write(b"* CAPABILITY IMAP4REV1\r\n")
                elif command == b"SELECT":
                    talk.write(b"* %d EXISTS\r\n" % len(messages))
                elif command == b"SEARCH":
                    unseen = [str(n).encode() for n in range(1, len(messages) + 1) if n not in seen]
                    talk.write(b"* SEARCH " + b" ".join(unseen) + b"\r\n")
                elif command == b"FETCH":
                    content = messages[int(rest[0]) - 1]
                    talk.write(b"* %s FETCH (BODY[] {%d}\r\n%s)\r\n" % (rest[0], len(content), content))
                elif command == b"STORE":
                    seen.add(int(rest[0]))
                talk.write(tag + b" OK done\r\n")
                talk.flush()
                if command == b"LOGOUT":
                    break


def test_a_mailbox_is_read_by_imap_and_marked_as_seen(loaded: Engine, now: datetime, settings: Settings) -> None:
    mails = sent(loaded, now, settings, ["cross"])
    content = arf(message_id(mails["cross"], "warn.example")).encode()
    with imap_server([content, content]) as (port, seen):
        by_imap = {"bounce_imap_host": HERE, "bounce_imap_port": port, "bounce_imap_tls": "none"}
        reading_it = settings.model_copy(update=by_imap)
        assert read_box(loaded, now, reading_it) == Counter({"complaint": 1, "known": 1})
        assert read_box(loaded, now, reading_it) == Counter()
    assert seen == {1, 2}
