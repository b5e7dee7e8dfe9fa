"""The mail group: the production mail path against rendering each mail, smtp-source, a replay, and kill -9."""

from __future__ import annotations

import subprocess
import tempfile
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import col, select

from alerts.comment_links import comment_path
from alerts.composing import render_version, told_of
from alerts.message import Sender, letter_of, message_id, sender_of
from alerts.places import filled
from alerts.rendering import render_body
from alerts.telling import Telling
from alerts.unsubscribing import unsubscribe_link
from bench.mail_exactly import exactly
from bench.measure import Metric, Paired, absent, measure_pairs, timed
from bench.outbox import NOW, fill_outbox
from bench.peers import HERE, program, running_sink
from bench.replay import PROCESSES, replay_seconds
from bench.sender import BASE_URL, FROM, go, make_pending, running_sender, sent_by, settings_for
from settings import Settings
from store.email import Email, MailBody
from store.engine import reading
from store.warning import WarningVersion

QUICK, FULL = 1_000, 40_000  # recipients
PAIRS, LONG_PAIRS = 5, 3
NAIVE = 40  # mails made one by one for a figure of the yardstick
SESSIONS = 8  # smtp-source -s8
SENDER = Sender(FROM, "预警", "service.example", BASE_URL, b"secret of the bench")


def run(quick: bool, size: int | None) -> list[Metric]:
    """The metrics of this group; `size` is the number of recipients."""
    number = size or (QUICK if quick else FULL)
    with tempfile.TemporaryDirectory() as folder:
        return [_compose(Path(folder), number), *_send(Path(folder), number), exactly(quick)]


def _compose(folder: Path, number: int) -> Metric:
    """Seconds per recipient: template, inlined styles and MIME for each, over once for all and fields filled in."""
    settings = settings_for(folder, "compose.sqlite", 0)
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


def _send(folder: Path, number: int) -> list[Metric]:
    """mail.send and mail.ceiling, both into the same smtp-sink, and mail.memory of the same sender."""
    sink, source = program("smtp-sink"), program("smtp-source")
    if sink is None or source is None:
        names = ("mail.send", "mail.ceiling", "mail.memory")
        return [absent(name, "smtp-sink and smtp-source of postfix", number) for name in names]
    memory: list[float] = []
    with running_sink(sink) as port:
        settings = settings_for(folder, "send.sqlite", port)
        engine = fill_outbox(folder / "send.sqlite", number, settings)
        length = _length(engine, settings)

        def ours() -> float:
            make_pending(engine)
            with running_sender(settings) as process:
                go(process)
                seconds, most = sent_by(process, number)
            memory.append(most)
            return number / seconds

        sent = measure_pairs(ours, lambda: number / _source_seconds(source, number, length, port), LONG_PAIRS)
        least = measure_pairs(ours, lambda: number / replay_seconds(number, length, port), LONG_PAIRS)
        engine.dispose()
    return [
        _rate("mail.send", sent, number, f"smtp-source -s{SESSIONS}, {length} B, same smtp-sink"),
        _rate("mail.ceiling", least, number, f"finished mails replayed by {PROCESSES} processes, same smtp-sink"),
        Metric("mail.memory", max(memory), f"{max(memory):.0f} MB", "the goal, in MB", pairs=len(memory), size=number),
    ]


def _rate(name: str, paired: Paired, number: int, what: str) -> Metric:
    return Metric(
        name,
        paired.ratio,
        f"{paired.ours:,.0f}/s",
        f"{paired.yardstick:,.0f}/s ({what})",
        pairs=paired.pairs,
        spread=paired.spread,
        size=number,
    )


def _length(engine: Engine, settings: Settings) -> int:
    """Bytes of one of the mails: what smtp-source is told to send too."""
    with reading(engine) as session:
        joined = select(Email, MailBody).join(MailBody, col(MailBody.id) == Email.body_id)
        row, body = session.exec(joined.limit(1)).one()
    letter = letter_of(sender_of(settings), body.subject, body.text, body.html, body.calendar)
    return len(letter.to("firm@firm.example", row.public_id, row.fields, NOW))


def _source_seconds(source: str, number: int, length: int, port: int) -> float:
    """Seconds that smtp-source takes for as many mails of the same length into the same sink."""
    return timed(lambda: subprocess.run(
        [source, f"-s{SESSIONS}", "-m", str(number), "-l", str(length), "-f", SENDER.address,
         "-t", "firm@firm.example", f"{HERE}:{port}"],
        check=True, stdout=subprocess.DEVNULL,
    ))  # fmt: skip
