"""The links of one mail that act for its reader: signed, each good for one thing (docs/adr/0005).

Opening one changes nothing; the button on its page does. None of them shows what its reader asked for.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from sqlmodel import Session, col, select

from alerts.comment_links import comment_path
from alerts.unsubscribing import token_for, unsubscribe_link
from settings import TbtwatchError
from store.email import Email
from store.subscription import Subscriber

RELEVANCE, FEWER = "relevance", "fewer"
OPEN = "open:"  # the purpose of a path that stands in a letter's fields, e.g. /mine/open/<visit>


class BadOwnLink(TbtwatchError):
    """Raised when a link was not made by this service for this purpose, or was cut on its way."""


def own_path(secret: bytes, email_public_id: str, purpose: str) -> str:
    """The path with its token for RELEVANCE or FEWER: GET shows buttons, POST acts."""
    return f"/{purpose}/{email_public_id}?token={token_for(secret, email_public_id, purpose + ':')}"


def opened_path(secret: bytes, path: str) -> str:
    """A letter's own path (its last part is a public id) with the token that is signed when the letter leaves."""
    return f"{path}?token={token_for(secret, path, OPEN)}"


def is_opened_by(secret: bytes, path: str, token: str) -> bool:
    """Whether this token belongs to this path; compared in constant time."""
    return hmac.compare_digest(token.encode(), token_for(secret, path, OPEN).encode())


def own_links(base_url: str, secret: bytes, email_public_id: str, fields: Mapping[str, str]) -> dict[str, str]:
    """Place -> address, for all places of a mail that hold a link of its reader's own."""
    links = {
        "unsubscribe": unsubscribe_link(base_url, secret, email_public_id),
        "comment": base_url + comment_path(secret, email_public_id),
        RELEVANCE: base_url + own_path(secret, email_public_id, RELEVANCE),
        FEWER: base_url + own_path(secret, email_public_id, FEWER),
    }
    if path := fields.get("path"):
        links["open"] = base_url + opened_path(secret, path)
    return links


def mail_of_link(
    session: Session, email_public_id: str, token: str, secret: bytes, purpose: str
) -> tuple[Email, Subscriber]:
    """The mail of a link and its reader; changes nothing. Raises BadOwnLink. Compared in constant time."""
    genuine = hmac.compare_digest(token.encode(), token_for(secret, email_public_id, purpose + ":").encode())
    found = session.exec(
        select(Email, Subscriber)
        .join(Subscriber, col(Subscriber.id) == Email.subscriber_id)
        .where(Email.public_id == email_public_id)
    ).first()
    if not genuine or found is None:
        raise BadOwnLink("this link is not complete: copy it whole out of the mail, or open it there again")
    return found[0], found[1]
