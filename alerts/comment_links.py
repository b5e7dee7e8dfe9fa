"""The link in a warning's mail by which its firm comments: signed, good for this one warning (docs/adr/0005)."""

from __future__ import annotations

import hmac

from sqlmodel import Session, col, select

from alerts.unsubscribing import token_for
from settings import TbtwatchError
from store.email import Email
from store.subscription import Match, Subscriber
from store.warning import TradeWarning, WarningVersion

PURPOSE = "comment:"


class BadCommentLink(TbtwatchError):
    """Raised when a link to comment was not made by this service, was cut on its way, or belongs to no warning."""


def comment_path(secret: bytes, email_public_id: str, about: str = "") -> str:
    """The path with its token, below the service's own address: GET shows the form, POST keeps what was written.

    `about`: the public id of the warning, for a mail that tells of several.
    """
    token = token_for(secret, _signed(email_public_id, about), PURPOSE)
    return f"/opinions/{email_public_id}?token={token}" + (f"&about={about}" if about else "")


def _signed(email_public_id: str, about: str) -> str:
    return f"{email_public_id}:{about}" if about else email_public_id


def parties_of_link(
    session: Session, email_public_id: str, token: str, secret: bytes, about: str = ""
) -> tuple[Subscriber, TradeWarning]:
    """Whom a link speaks for and about which warning; changes nothing. Raises BadCommentLink. In constant time."""
    expected = token_for(secret, _signed(email_public_id, about), PURPOSE)
    genuine = hmac.compare_digest(token.encode(), expected.encode())
    parties = select(Subscriber, TradeWarning).join(Email, col(Email.subscriber_id) == Subscriber.id)
    if about:  # of the warnings that this person was told of
        parties = parties.join(Match, col(Match.subscriber_id) == Subscriber.id).join(
            WarningVersion, col(WarningVersion.id) == Match.version_id
        )
    else:
        parties = parties.join(WarningVersion, col(WarningVersion.id) == Email.version_id)
    parties = parties.join(TradeWarning, col(TradeWarning.id) == WarningVersion.warning_id).where(
        Email.public_id == email_public_id,
        TradeWarning.status == "actual",  # an exercise has no say
    )
    found = session.exec(parties.where(TradeWarning.public_id == about) if about else parties).first()
    if not genuine or found is None:
        raise BadCommentLink("this link to comment is not complete: copy it whole out of the mail")
    return found


def link_of_firm(session: Session, subscriber_id: int, warning_id: int, secret: bytes) -> str:
    """The path by which a subscriber comes back to its comment; "" when it got no mail about the warning."""
    mail = session.exec(
        select(Email.public_id)
        .join(WarningVersion, col(WarningVersion.id) == Email.version_id)
        .where(Email.subscriber_id == subscriber_id, WarningVersion.warning_id == warning_id)
        .order_by(col(Email.id).desc())
    ).first()
    return comment_path(secret, mail) if mail else ""
