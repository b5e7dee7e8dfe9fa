"""The stage send: waiting mails go out, the most urgent first, over several connections at once.

Claims, addresses and acceptances go through the store some hundreds at a time; between two of these transactions a
journal (alerts/sending_journal.py) keeps what was accepted. A process killed at any moment loses nothing; at most the
one mail in flight on each of its connections goes out again, and is counted as ambiguous.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime

from sqlalchemy import Engine, bindparam, insert, update
from sqlmodel import Session, SQLModel, col

from alerts.heeding import heed
from alerts.sending_clerk import Addressed, StoreClerk, something_waits
from alerts.sending_recovery import take_up
from alerts.smtp_pool import Done, Pool
from alerts.transports import (
    Answer,
    CapturedTransport,
    Envelope,
    MailServerUnreachable,
    Transport,
    allow_list,
    smtp_of,
)
from settings import Settings
from store.email import ACCEPTED, CAPTURED, FAILED, PENDING, Email
from store.engine import writing
from store.work import fail, still_mine, worker_name

log = logging.getLogger(__name__)

BATCH = 5_000  # mails of one run; what is more waits for the next one, so that other stages get their turn
_FINAL = {"accepted": ACCEPTED, "captured": CAPTURED, "permanent": FAILED}
_EMAILS = SQLModel.metadata.tables["email"]
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
    tried again later, parked after five tries. While the server cannot be reached no try is counted. `transport`: to
    hand the mails to one after the other, instead of pipelined to the server of the settings.
    """
    take_up(engine, settings.var, now, record)
    if not something_waits(engine):
        return 0  # without asking for the write lock
    is_direct = transport is None and bool(settings.smtp_host)
    clerk = StoreClerk(engine, now, settings, record, limit, allow_list(settings) if is_direct else None)
    try:
        if is_direct:
            _send_pipelined(clerk, settings)
        else:
            _send_one_by_one(clerk, transport or CapturedTransport())
    finally:
        _give_back(engine, clerk.untouched())
    return clerk.handled


def _send_pipelined(clerk: StoreClerk, settings: Settings) -> None:
    first = clerk.round([], True)
    if not first:
        return  # nothing waits: no threads, no connection
    pool = Pool(smtp_of(settings), clerk, settings.var, settings.smtp_connections, settings.smtp_timeout_s)
    pool.run(first)
    if pool.failure is not None:
        log.error("%s; %s mails wait", pool.failure, len(clerk.untouched()))


def _send_one_by_one(clerk: StoreClerk, transport: Transport) -> None:
    """Each mail is settled before the next address is read."""
    done: list[Done] = []
    with closing(transport):
        while mails := clerk.round(done, True, at_once=1):
            done = []
            for mail in mails:
                try:
                    done += [(mail.email_id, _handed_over(clerk, mail, transport))]
                except MailServerUnreachable as error:
                    clerk.not_begun(mail.email_id)
                    log.error("%s; %s mails wait", error, len(clerk.untouched()))
                    return
                except Exception as error:  # one bad mail must not hold up the others; the row keeps the reason
                    log.exception("mail %s failed", mail.email_id)
                    done += [(mail.email_id, error)]


def _handed_over(clerk: StoreClerk, mail: Addressed, transport: Transport) -> Answer:
    parcel = mail.build()
    if parcel is None:
        raise MailServerUnreachable("the claim ran out before its turn came")
    clerk.begun(mail.email_id)
    return transport.send(Envelope(parcel.sender, parcel.recipient, parcel.content))


def record(session: Session, email_id: int, answer: Answer | None, now: datetime) -> None:
    """Write what became of a mail: the attempt, if one was made, and the state."""
    if answer is None:
        _settle(session, email_id, FAILED, now, "the subscriber has ended: not sent")
        return
    heeded = heed(session, email_id, answer, now)
    attempt = {"email_id": email_id, "at": now, "transport": answer.transport, "outcome": answer.outcome}
    attempt |= {"smtp_code": answer.code, "smtp_text": answer.text, "reply_class": heeded.kind}
    session.connection().execute(_ATTEMPT, attempt)
    words = f"{answer.code or ''} {answer.text}".strip()
    if heeded.then == "waits":
        _note_why(session, email_id, words)
    elif heeded.then == "fails":
        _settle(session, email_id, FAILED, now, words)
    elif answer.outcome in _FINAL:
        _settle(session, email_id, _FINAL[answer.outcome], now, words if answer.outcome == "permanent" else None)
    elif still_mine(session, Email, email_id):
        fail(session, Email, email_id, words)


def _note_why(session: Session, email_id: int, words: str) -> None:
    session.connection().execute(update(_EMAILS).where(_EMAILS.c.id == email_id).values(last_error=words))


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
