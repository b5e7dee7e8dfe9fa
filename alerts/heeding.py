"""What a mail server's answer sets off: a day counted, a domain paused, a batch held, a mail put off for days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import func
from sqlmodel import Session, col, select

from alerts.pausing import pause
from alerts.providers import provider_of
from alerts.refusals import note_refused
from alerts.replies import ACCEPTED, FULL, LATER, REFUSED, THROTTLED, UNKNOWN, sort_reply
from alerts.setting_aside import let_wait
from alerts.troubles import note_unknown
from store.email import DeliveryAttempt, Email
from store.mail_care import MailDomain
from store.subscription import Subscriber
from store.work import still_mine

if TYPE_CHECKING:
    from alerts.transports import Answer

# A full mailbox is tried again after each of these; a mail that was never taken is given up.
FULL_WAITS = (timedelta(hours=4), timedelta(days=1), timedelta(days=1), timedelta(days=2))
GIVEN_UP_AFTER = timedelta(days=7)  # of throttling: a warning so old is told by its bureau, not by mail
ANSWER = "answer"

Then = Literal["as_usual", "waits", "fails"]


@dataclass(frozen=True, slots=True)
class Heeded:
    """The class of the answer, and what becomes of the mail: as its outcome says, it waits already, or it fails."""

    kind: str
    then: Then = "as_usual"


def heed(session: Session, email_id: int, answer: Answer, now: datetime) -> Heeded:
    """Do what an answer asks for, in the present transaction. Call it before the attempt is written down.

    Accepted and captured mails cost nothing here: a paused domain's delay is looked at when it throttles again.
    """
    if answer.outcome in ("accepted", "captured"):
        return Heeded(ACCEPTED if answer.outcome == "accepted" else "")
    if answer.code is None:  # the connection was lost: nothing was said
        return Heeded(LATER)
    email, domain = session.exec(
        select(Email, Subscriber.domain)
        .join(Subscriber, col(Subscriber.id) == Email.subscriber_id)
        .where(Email.id == email_id)
    ).one()
    reply = sort_reply(provider_of(domain, _found_by_mx(session, domain)).key, answer.code, answer.text)
    words = f"{answer.code} {answer.text}"
    if reply.kind == UNKNOWN and answer.outcome == "permanent":
        note_unknown(session, email.subscriber_id, now, ANSWER)
    elif reply.kind == REFUSED:
        note_refused(session, email.body_id, now, words)
    elif reply.kind == THROTTLED:
        return _throttled(session, email, domain, now, words)
    elif reply.kind == FULL:
        return _full(session, email_id)
    return Heeded(reply.kind)


def full_wait(times_before: int) -> timedelta | None:
    """How long a mail waits whose mailbox was full so many times before; None: no longer. Pure."""
    return FULL_WAITS[times_before] if times_before < len(FULL_WAITS) else None


def _throttled(session: Session, email: Email, domain: str, now: datetime, words: str) -> Heeded:
    mine = still_mine(session, Email, email.id or 0)
    left = pause(session, domain, now, words)
    if now - email.created_at > GIVEN_UP_AFTER:
        return Heeded(THROTTLED, "fails")
    if mine:
        let_wait(session, [(email.id or 0, left)])
    return Heeded(THROTTLED, "waits")


def _full(session: Session, email_id: int) -> Heeded:
    tries = select(func.count()).where(col(DeliveryAttempt.email_id) == email_id)
    wait = full_wait(session.exec(tries.where(col(DeliveryAttempt.reply_class) == FULL)).one())
    if wait is None:
        return Heeded(FULL, "fails")
    if still_mine(session, Email, email_id):
        let_wait(session, [(email_id, wait)])
    return Heeded(FULL, "waits")


def _found_by_mx(session: Session, domain: str) -> dict[str, str]:
    row = session.exec(select(MailDomain).where(MailDomain.domain == domain)).first()
    return {domain: row.provider} if row and row.provider else {}
