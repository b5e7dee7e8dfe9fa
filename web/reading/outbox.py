"""Mails as rows: the list, and one as its reader sees it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from store.email import DeliveryAttempt, Email, MailBody
from store.subscription import Subscriber

PAGE_SIZE = 40


@dataclass(frozen=True)
class OutboxRow:
    """One mail with the body it shares and the address it goes to."""

    email: Email
    body: MailBody
    subscriber: Subscriber


def outbox_rows(session: Session, state: str = "", page: int = 1) -> tuple[list[OutboxRow], bool]:
    """One page of mails, the newest first, and whether another page follows."""
    wanted = _joined()
    if state:
        wanted = wanted.where(Email.state == state)
    rows = session.exec(wanted.order_by(col(Email.id).desc()).offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)).all()
    return [OutboxRow(*row) for row in rows[:PAGE_SIZE]], len(rows) > PAGE_SIZE


def find_email(session: Session, public_id: str) -> OutboxRow | None:
    """The mail of this public id."""
    row = session.exec(_joined().where(Email.public_id == public_id)).first()
    return OutboxRow(*row) if row else None


def attempts_of(session: Session, email: Email) -> list[DeliveryAttempt]:
    """What the mail server answered, the first try first."""
    return list(
        session.exec(
            select(DeliveryAttempt).where(DeliveryAttempt.email_id == email.id).order_by(col(DeliveryAttempt.id))
        )
    )


def _joined() -> Select[Email, MailBody, Subscriber]:
    return (
        select(Email, MailBody, Subscriber)
        .join(MailBody, col(Email.body_id) == MailBody.id)
        .join(Subscriber, col(Email.subscriber_id) == Subscriber.id)
    )
