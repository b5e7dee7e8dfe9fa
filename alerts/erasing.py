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

    Its comments lose names and words (`forget_commenter`) when no other address belongs to the firm. Letters to it
    alone lose their text; what waits to be sent is not sent. When and to what it consented stays, as the proof that it
    was asked.
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
    _blank_letters(session, subscriber.id or 0)
    remove_address(session, subscriber, now)
    _erase_firm(session, subscriber, now)
    session.expire_all()


def _blank_letters(session: Session, subscriber_id: int) -> None:
    """The texts of letters that went to this subscriber alone: they may name the firm."""
    others = select(Email.body_id).where(Email.subscriber_id != subscriber_id)
    own = select(Email.body_id).where(Email.subscriber_id == subscriber_id, col(Email.version_id).is_(None))
    session.execute(
        update(MailBody)
        .where(col(MailBody.id).in_(own), col(MailBody.id).not_in(others))
        .values(subject="", text="", html="")
        .execution_options(synchronize_session=False)
    )
    mails = col(Email.subscriber_id) == subscriber_id
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
