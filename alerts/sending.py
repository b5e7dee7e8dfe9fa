"""The stage send: pending mails go out one by one, each with its answer and state in a durable transaction of its own.

A process killed at any moment loses nothing; at most the one mail in flight on its connection goes out again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta

from sqlalchemy import Engine, bindparam, insert, select, update
from sqlmodel import Session, SQLModel, col

from alerts.message import Letter, letter_of, sender_of
from alerts.transports import Answer, Envelope, MailServerUnreachable, Transport, transport_for
from settings import Settings
from store.clock import system_clock
from store.email import ACCEPTED, CAPTURED, FAILED, PENDING, Email, MailBody
from store.engine import reading, writing
from store.work import claim, fail, still_mine, worker_name

log = logging.getLogger(__name__)

BATCH = 100
ASKED_FOR = ("fresh_link", "follow")  # kinds of letters that their reader asked for a moment ago
_WAITS_PER_MAIL = 6  # a slow server may use up the time-out at each step of one mail: connect, MAIL, RCPT, DATA, dot
_FINAL = {"accepted": ACCEPTED, "captured": CAPTURED, "permanent": FAILED}

# Three statements a mail, built once: by the ORM they cost more than the mail server does.
_EMAILS, _SUBSCRIBERS = SQLModel.metadata.tables["email"], SQLModel.metadata.tables["subscriber"]
_ADDRESS = (
    select(_SUBSCRIBERS.c.email, _SUBSCRIBERS.c.ended_at, _EMAILS.c.kind)
    .join(_EMAILS, _EMAILS.c.subscriber_id == _SUBSCRIBERS.c.id)
    .where(_EMAILS.c.id == bindparam("mail"), _EMAILS.c.state == PENDING, _EMAILS.c.claimed_by == bindparam("me"))
)
_ATTEMPT = insert(SQLModel.metadata.tables["deliveryattempt"])
_SETTLED = (
    update(_EMAILS)
    .where(_EMAILS.c.id == bindparam("mail"))
    .values(state=bindparam("ends"), settled_at=bindparam("at"), last_error=bindparam("why"))
    .values(claimed_by=None, claimed_until=None)
)


def send_pending(
    engine: Engine, now: datetime, settings: Settings, transport: Transport | None = None, *, limit: int = BATCH
) -> int:
    """Send pending mails; returns how many were handled (0: nothing left, or no mail server to give them to).

    Accepted, captured and permanently refused mails are settled; after a temporary refusal or a lost answer a mail is
    tried again later, parked after five tries. While the server cannot be reached no try is counted.
    """
    lease = timedelta(seconds=2 * _WAITS_PER_MAIL * settings.smtp_timeout_s)
    until = system_clock() + lease / 2
    with writing(engine) as session:
        taken = claim(session, Email, col(Email.state) == PENDING, limit=limit, lease=lease)
    if not taken:
        return 0
    lanes = settings.smtp_connections if transport is None and settings.smtp_host else 1
    parts = [part for lane in range(lanes) if (part := taken[lane::lanes])]
    with ThreadPoolExecutor(len(parts)) as pool:
        return sum(pool.map(lambda part: _send_part(engine, part, now, settings, transport, until), parts))


def _send_part(
    engine: Engine, ids: Sequence[int], now: datetime, settings: Settings, transport: Transport | None, until: datetime
) -> int:
    """Send claimed mails over one connection; returns how many were handled, the others are given back."""
    handled, free = 0, 0  # mails dealt with; from which on none has been begun
    with closing(transport or transport_for(settings)) as open_transport:
        try:
            for email, letter in _claimed(engine, ids, settings):
                if system_clock() > until:  # what is left of the lease must last for a whole mail
                    break
                free = handled + 1  # if the store fails after the server took it, it waits for its lease
                _send(engine, email, letter, now, open_transport)
                handled += 1
        except MailServerUnreachable as error:
            free = handled
            log.error("%s; %s mails wait", error, len(ids) - handled)
        finally:
            _give_back(engine, ids[free:])
    return handled


def _claimed(engine: Engine, ids: Sequence[int], settings: Settings) -> Iterator[tuple[Email, Letter]]:
    """The claimed mails in order; each body is encoded once."""
    sender = sender_of(settings)
    letters: dict[int, Letter] = {}
    with reading(engine) as session:
        rows = session.execute(
            select(Email, MailBody)
            .join(MailBody, col(MailBody.id) == Email.body_id)
            .where(col(Email.id).in_(ids))
            .order_by(col(Email.id))
        ).all()
    for email, body in rows:
        if email.body_id not in letters:
            letters[email.body_id] = letter_of(sender, body.subject, body.text, body.html)
        yield email, letters[email.body_id]


def _send(engine: Engine, email: Email, letter: Letter, now: datetime, transport: Transport) -> None:
    """Send one mail and record it. The address is read now: whoever has left since is not written to."""
    email_id = email.id or 0
    try:
        recipient = _recipient(engine, email_id)
        if recipient is None:
            return
        answer = None
        if recipient:
            content = letter.to(recipient, email.public_id, email.fields, now)
            answer = transport.send(Envelope(letter.sender.address, recipient, content))
    except MailServerUnreachable:
        raise
    except Exception as error:  # one bad mail must not hold up the others; the row keeps the reason
        log.exception("mail %s failed", email.public_id)
        with writing(engine) as session:
            fail(session, Email, email_id, f"{type(error).__name__}: {error}")
        return
    with writing(engine) as session:
        record(session, email_id, answer, now)


def _recipient(engine: Engine, email_id: int) -> str | None:
    """Where a mail goes: "" when its subscriber has ended, None when it is no longer this process's to send."""
    with engine.execution_options(reading=True).connect() as connection:
        row = connection.execute(_ADDRESS, {"mail": email_id, "me": worker_name()}).first()
    if row is None:
        return None
    # whoever has left may still ask for what is kept of him: that letter alone goes out
    return str(row.email) if row.ended_at is None or row.kind in ASKED_FOR else ""


def record(session: Session, email_id: int, answer: Answer | None, now: datetime) -> None:
    """Write what became of a mail: the attempt, if one was made, and the state."""
    if answer is None:
        _settle(session, email_id, FAILED, now, "the subscriber has ended: not sent")
        return
    attempt = {"email_id": email_id, "at": now, "transport": answer.transport, "outcome": answer.outcome}
    attempt |= {"smtp_code": answer.code, "smtp_text": answer.text}
    session.connection().execute(_ATTEMPT, attempt)
    words = f"{answer.code or ''} {answer.text}".strip()
    if answer.outcome in _FINAL:
        _settle(session, email_id, _FINAL[answer.outcome], now, words if answer.outcome == "permanent" else None)
    elif still_mine(session, Email, email_id):
        fail(session, Email, email_id, words)


def _settle(session: Session, email_id: int, state: str, now: datetime, why: str | None) -> None:
    session.connection().execute(_SETTLED, {"mail": email_id, "ends": state, "at": now, "why": why})


def _give_back(engine: Engine, ids: Sequence[int]) -> None:
    """Release claims that came to nothing; the try does not count."""
    if not ids:
        return
    with writing(engine) as session:
        session.execute(
            update(Email)
            .where(col(Email.id).in_(ids), col(Email.state) == PENDING, col(Email.claimed_by) == worker_name())
            .values(claimed_by=None, claimed_until=None, attempts=Email.attempts - 1)
            .execution_options(synchronize_session=False)
        )
