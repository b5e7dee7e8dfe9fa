"""Erasing a subscriber at its own wish: at once, with the firm's name; the ledger of warnings stays without them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from alerts.comment_forgetting import forget_commenter
from alerts.unsubscribing import end_subscriptions
from store.email import FAILED, PENDING, Email, MailBody
from store.erasure import remove_address
from store.subscription import Exporter, Subscriber, Subscription

ERASED = "erased"


def erase(session: Session, subscriber: Subscriber, now: datetime) -> None:
    """End everything and remove address, telephone, firm's name and code, and what it said of itself in its own words.

    Its comments lose names and words (`forget_commenter`) when no other address belongs to the firm. Letters that
    name it lose their text; what waits to be sent is not sent. When it consented, and to what, stays as proof.
    """
    end_subscriptions(session, subscriber, now, ERASED)
    waiting = (col(Email.subscriber_id) == subscriber.id, col(Email.state) == PENDING)
    session.execute(
        update(Email).where(*waiting).values(state=FAILED, settled_at=now).execution_options(synchronize_session=False)
    )
    session.execute(
        update(Subscription)
        .where(col(Subscription.subscriber_id) == subscriber.id)
        .values(said="")
        .execution_options(synchronize_session=False)
    )
    _blank_letters(session, subscriber)
    remove_address(session, subscriber, now)
    _erase_firm(session, subscriber, now)
    session.expire_all()


def _blank_letters(session: Session, subscriber: Subscriber) -> None:
    """Blank the letters that name the firm, and what was filled into its mails; shared letters name nobody."""
    firm = session.get_one(Exporter, subscriber.exporter_id)
    named = [word for word in (subscriber.email, subscriber.mobile, firm.name, firm.credit_code) if word]
    letters = session.exec(
        select(MailBody)
        .join(Email, col(Email.body_id) == MailBody.id)
        .where(Email.subscriber_id == subscriber.id, col(Email.version_id).is_(None), MailBody.text != "")
    )
    for body in letters:
        if any(word in f"{body.subject} {body.text}" for word in named):
            body.subject = body.text = body.html = ""
            session.add(body)
    mails = col(Email.subscriber_id) == subscriber.id
    session.execute(update(Email).where(mails).values(fields={}).execution_options(synchronize_session=False))


def _erase_firm(session: Session, subscriber: Subscriber, now: datetime) -> None:
    others = select(func.count()).where(
        Subscriber.exporter_id == subscriber.exporter_id, Subscriber.id != subscriber.id,
        col(Subscriber.erased_at).is_(None),
    )  # fmt: skip
    if session.exec(others).one():
        return
    firm = session.get_one(Exporter, subscriber.exporter_id)
    firm.name = firm.credit_code = ""
    session.add(firm)
    forget_commenter(session, now, firm.id or 0)
