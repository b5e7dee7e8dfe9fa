"""mail.compose and mail.send: the production mail path against rendering each mail, and against smtp-source."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from sqlalchemy import Engine, delete, update
from sqlmodel import col, select

from alerts.comment_links import comment_path
from alerts.composing import render_version, told_of
from alerts.message import Sender, letter_of, message_id, sender_of
from alerts.places import filled
from alerts.rendering import render_body
from alerts.telling import Telling
from alerts.unsubscribing import unsubscribe_link
from bench.measure import Metric, absent, measure_pairs, timed
from bench.outbox import NOW, fill_outbox
from bench.peers import HERE, program, running_sink
from settings import PREFIX, ROOT, Settings
from store.email import PENDING, DeliveryAttempt, Email, MailBody
from store.engine import reading, writing
from store.warning import WarningVersion

QUICK, FULL = 1_000, 40_000  # recipients
PAIRS, LONG_PAIRS = 5, 3
NAIVE = 40  # mails made one by one for a figure of the yardstick
SESSIONS = 8  # smtp-source -s8
SENDER = Sender("warn@service.example", "预警", "service.example", "https://warn.example", b"secret of the bench")
# The production sender as a process of its own: it says when it is ready, waits for a line, sends all, says how long.
PROCESS = """
import sys, time
from alerts.sending import send_pending
from settings import load_settings
from store.clock import parse_instant
from store.engine import make_engine
settings = load_settings()
engine = make_engine(settings.database_url)
now = parse_instant("2026-06-03T09:00+08:00")
print("ready", flush=True)
sys.stdin.readline()
began = time.perf_counter()
sent = 0
while done := send_pending(engine, now, settings):
    sent += done
print(sent, time.perf_counter() - began, flush=True)
"""


def run(quick: bool, size: int | None) -> list[Metric]:
    """The metrics of this group; `size` is the number of recipients."""
    number = size or (QUICK if quick else FULL)
    with tempfile.TemporaryDirectory() as folder:
        return [_compose(Path(folder), number), _send(Path(folder), number)]


def _compose(folder: Path, number: int) -> Metric:
    """Seconds per recipient: template, inlined styles and MIME for each, over once for all and fields filled in."""
    settings = _settings(folder, "compose.sqlite", 0)
    engine = fill_outbox(folder / "compose.sqlite", number, settings)
    with reading(engine) as session:
        version = session.exec(select(WarningVersion)).one()
        told = told_of(session, version, NOW)
        mails = [(row.public_id, dict(row.fields)) for row in session.exec(select(Email))]

        def ours() -> object:
            body = render_version(session, version, NOW, settings)
            letter = letter_of(SENDER, body.subject, body.text, body.html, body.calendar)
            return [letter.to(f"{public_id[:8]}@firm.example", public_id, fields, NOW) for public_id, fields in mails]

        one_by_one = mails[:NAIVE]
        paired = measure_pairs(
            lambda: timed(ours) / len(mails),
            lambda: timed(lambda: [_whole_mail(told, *mail) for mail in one_by_one]) / len(one_by_one),
            PAIRS,
        )
    engine.dispose()
    return Metric(
        "mail.compose",
        1 / paired.ratio,
        f"{paired.ours * 1e6:.1f} us",
        f"{paired.yardstick * 1e6:.0f} us per recipient (render, inline and build each mail)",
        pairs=paired.pairs,
        spread=paired.spread,
        size=number,
    )


def _whole_mail(told: Telling, public_id: str, fields: dict[str, str]) -> bytes:
    """One mail as it is made where no part of it is kept: templates, styles, MIME, for each recipient anew."""
    body = render_body("warning_issue", told, page_url="https://warn.example", sent_on="2026年6月3日", is_demo=False)
    link = unsubscribe_link(SENDER.base_url, SENDER.secret, public_id)
    own = {**fields, "unsubscribe": link, "comment": SENDER.base_url + comment_path(SENDER.secret, public_id)}
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = SENDER.address, f"{public_id[:8]}@firm.example"
    message["Subject"], message["Date"] = body.subject, NOW
    message["Message-ID"] = message_id(public_id, SENDER.host)
    message["List-Unsubscribe"] = f"<{link}>"
    message.set_content(filled(body.text, own))
    message.add_alternative(filled(body.html, own, as_html=True), subtype="html")
    return message.as_bytes()


def _send(folder: Path, number: int) -> Metric:
    sink, source = program("smtp-sink"), program("smtp-source")
    if sink is None or source is None:
        return absent("mail.send", "smtp-sink and smtp-source of postfix", number)
    store = folder / "send.sqlite"
    with running_sink(sink) as port:
        settings = _settings(folder, store.name, port)
        engine = fill_outbox(store, number, settings)
        length = _length(engine, settings)
        paired = measure_pairs(
            lambda: number / _our_seconds(engine, settings, number),
            lambda: number / _source_seconds(source, number, length, port),
            LONG_PAIRS,
        )
        engine.dispose()
    return Metric(
        "mail.send",
        paired.ratio,
        f"{paired.ours:,.0f}/s",
        f"{paired.yardstick:,.0f}/s (smtp-source -s{SESSIONS}, {length} B, same smtp-sink)",
        pairs=paired.pairs,
        spread=paired.spread,
        size=number,
    )


def _settings(folder: Path, store: str, port: int) -> Settings:
    return Settings(
        profile="live", var=folder, database_url=f"sqlite:///{folder / store}", base_url=SENDER.base_url,
        smtp_host=HERE, smtp_port=port or 25, smtp_tls="none", smtp_from=SENDER.address,
        warning_lanes="at_once",
    )  # fmt: skip


def _length(engine: Engine, settings: Settings) -> int:
    """Bytes of one of the mails: what smtp-source is told to send too."""
    with reading(engine) as session:
        joined = select(Email, MailBody).join(MailBody, col(MailBody.id) == Email.body_id)
        row, body = session.exec(joined.limit(1)).one()
    letter = letter_of(sender_of(settings), body.subject, body.text, body.html, body.calendar)
    return len(letter.to("firm@firm.example", row.public_id, row.fields, NOW))


def _our_seconds(engine: Engine, settings: Settings, number: int) -> float:
    """Seconds from the go to the last answer recorded, by the production sender in a process of its own."""
    with writing(engine) as session:
        session.execute(delete(DeliveryAttempt))
        session.execute(update(Email).values(state=PENDING, settled_at=None))
    names = ("profile", "var", "database_url", "base_url", "smtp_host", "smtp_port", "smtp_tls", "smtp_from")
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment = others | {PREFIX + name.upper(): str(getattr(settings, name)) for name in names}
    with subprocess.Popen(
        [sys.executable, "-c", PROCESS], cwd=ROOT, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin and process.stdout
        process.stdout.readline()
        process.stdin.write("go\n")
        process.stdin.flush()
        sent, seconds = process.stdout.readline().split()
    if int(sent) != number:
        raise AssertionError(f"{sent} of {number} mails were sent")
    return float(seconds)


def _source_seconds(source: str, number: int, length: int, port: int) -> float:
    """Seconds that smtp-source takes for as many mails of the same length into the same sink."""
    return timed(lambda: subprocess.run(
        [source, f"-s{SESSIONS}", "-m", str(number), "-l", str(length), "-f", SENDER.address,
         "-t", "firm@firm.example", f"{HERE}:{port}"],
        check=True, stdout=subprocess.DEVNULL,
    ))  # fmt: skip
