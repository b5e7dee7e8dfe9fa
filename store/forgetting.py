"""What is forgotten of people: the texts of mails, and addresses that nothing is sent to any more (PIPL 19, 47)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, update
from sqlmodel import Session, col, select

from store.audit import write_audit
from store.comment import ANSWERED, FINAL, Comment
from store.email import PENDING, Email, MailBody
from store.erasure import remove_address
from store.following import Following
from store.subscription import Subscriber, Subscription

MAIL_BODIES = timedelta(days=30)
ADDRESSES = timedelta(days=28)  # after the last subscription or following ended, or nobody confirmed
NEVER_CONFIRMED = "never confirmed"
AT_ONCE = 1000  # addresses in one go; the rest the next day


def forget_bodies(session: Session, now: datetime) -> int:
    """Blank the texts of mails that were written more than thirty days ago and are settled; subjects stay."""
    waiting = select(Email.body_id).where(Email.state == PENDING)
    done = session.execute(
        update(MailBody)
        .where(
            col(MailBody.rendered_at) < now - MAIL_BODIES, col(MailBody.text) != "", col(MailBody.id).not_in(waiting)
        )
        .values(text="", html="", calendar="")
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def forget_addresses(session: Session, now: datetime) -> int:
    """Remove the addresses that nothing is sent to since twenty-eight days; returns how many.

    An address stays while it has a subscription that was confirmed, follows a notice, waits for the answer to a
    comment, or a mail to it is still to be sent.
    """
    rows = session.exec(select(Subscriber).where(_is_past(now - ADDRESSES)).order_by(col(Subscriber.id)).limit(AT_ONCE))
    gone = list(rows)
    for subscriber in gone:
        session.execute(
            update(Subscription)
            .where(col(Subscription.subscriber_id) == subscriber.id, col(Subscription.ended_at).is_(None))
            .values(ended_at=now, ended_reason=NEVER_CONFIRMED)
            .execution_options(synchronize_session="fetch")
        )
        remove_address(session, subscriber, now)
        write_audit(
            session, now, action="subscriber.forget", object_kind="subscriber", object_id=subscriber.public_id,
            actor="machine",
        )  # fmt: skip
    return len(gone)


def _is_past(since: datetime) -> ColumnElement[bool]:
    mine, follows = col(Subscription.subscriber_id) == Subscriber.id, col(Following.subscriber_id) == Subscriber.id
    confirmed = col(Subscriber.confirmed_at).is_not(None)
    # An unconfirmed subscription asks for nothing yet; its invitations are counted by when the last one went out.
    open_one, lately = col(Subscription.ended_at).is_(None), col(Subscription.ended_at) > since
    asks = exists().where(mine, or_(and_(confirmed, open_one), lately))
    followed = exists().where(
        follows,
        or_(
            and_(col(Following.began_at).is_not(None), col(Following.ended_at).is_(None)),
            col(Following.ended_at) > since,
            col(Following.asked_at) > since,
        ),
    )
    answer = exists().where(
        col(Comment.subscriber_id) == Subscriber.id,
        col(Comment.state).not_in((ANSWERED, FINAL)),
        col(Subscriber.ended_at).is_(None),  # one who left is written to no more
    )
    mail = exists().where(col(Email.subscriber_id) == Subscriber.id, col(Email.state) == PENDING)
    late = (Subscriber.created_at, Subscriber.confirmed_at, Subscriber.invited_at, Subscriber.ended_at)
    quiet = [or_(col(stamp).is_(None), col(stamp) < since) for stamp in late]
    return and_(col(Subscriber.erased_at).is_(None), *quiet, ~asks, ~followed, ~answer, ~mail)
