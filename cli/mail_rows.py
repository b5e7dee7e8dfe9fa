"""Mails as the command line shows them."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from alerts.own_links import own_links
from alerts.places import filled
from settings import Settings, TbtwatchError
from store.email import DeliveryAttempt, Email, MailBody
from store.subscription import Exporter, Match, Subscriber
from store.warning import TradeWarning, WarningVersion

_ADDRESS = re.compile(r"[^\s<>\"]+@[^\s<>\",;]+")

# Tries of which nobody knows whether the server took the mail: the next try may have been a repeat.
_AMBIGUOUS = (
    select(func.count())
    .where(col(DeliveryAttempt.email_id) == Email.id, col(DeliveryAttempt.outcome) == "ambiguous")
    .correlate(Email)
    .scalar_subquery()
)
_WHOLE = (
    select(Email, MailBody, Subscriber, Exporter, WarningVersion, TradeWarning, _AMBIGUOUS)
    .join(MailBody, col(MailBody.id) == Email.body_id)
    .join(Subscriber, col(Subscriber.id) == Email.subscriber_id)
    .join(Exporter, col(Exporter.id) == Subscriber.exporter_id)
    .outerjoin(WarningVersion, col(WarningVersion.id) == Email.version_id)  # a letter has none
    .outerjoin(TradeWarning, col(TradeWarning.id) == WarningVersion.warning_id)
)


class UnknownMail(TbtwatchError):
    """Raised when no mail has the given public id."""


def mail_rows(session: Session, *, state: str = "", limit: int | None = None) -> list[dict[str, Any]]:
    """The newest mails first, in one state or in any ("")."""
    wanted = _WHOLE.where(col(Email.state) == state) if state else _WHOLE
    rows = session.execute(wanted.order_by(col(Email.id).desc()).limit(limit)).all()
    replies = _last_replies(session)
    return [{**_row(*found), "last_reply": replies.get(found[0].id, "")} for found in rows]


def whole_mail(session: Session, public_id: str, settings: Settings) -> dict[str, Any]:
    """One mail with its texts for this recipient, the reason of the match and every try; raises UnknownMail."""
    found = session.execute(_WHOLE.where(col(Email.public_id) == public_id)).first()
    if found is None:
        raise UnknownMail(f"no mail '{public_id}': `tbtwatch outbox list` shows the ids")
    email, body = found[0], found[1]
    links = own_links(settings.base_url, settings.secret_bytes(), email.public_id, email.fields)
    fields = {**email.fields, **links}
    return {
        **_row(*found),
        "reason": _reason(session, email),
        "text": filled(body.text, fields),
        "html": filled(body.html, fields, as_html=True),
        "attempts": _attempts(session, email),
    }


def _row(
    email: Email,
    body: MailBody,
    to: Subscriber,
    exporter: Exporter,
    version: WarningVersion | None,
    warning: TradeWarning | None,
    ambiguous: int,
) -> dict[str, Any]:
    return {
        "id": email.public_id,
        "kind": email.kind,
        "state": email.state,
        "to": to.email,
        "exporter": exporter.name,
        "subject": body.subject,
        "severity": version.severity if version else None,
        "symbols": version.facts.get("symbols", []) if version else [],
        "warning": warning.public_id if warning else None,
        "created_at": email.created_at,
        "settled_at": email.settled_at,
        "tries": email.attempts,
        "ambiguous": ambiguous,
        "last_error": email.last_error,
        "parked_at": email.parked_at,
    }


def _reason(session: Session, email: Email) -> str:
    asked = select(Match).where(
        col(Match.version_id) == email.version_id, col(Match.subscriber_id) == email.subscriber_id
    )
    found = session.scalars(asked).first()
    return found.reason if found else ""


def _last_replies(session: Session) -> dict[int, str]:
    """Mail id -> what the server said at the newest try, without the addresses a server likes to repeat."""
    newest = select(func.max(DeliveryAttempt.id)).group_by(col(DeliveryAttempt.email_id))
    rows = session.scalars(select(DeliveryAttempt).where(col(DeliveryAttempt.id).in_(newest)))
    return {row.email_id: _ADDRESS.sub("…", f"{row.smtp_code or ''} {row.smtp_text}".strip()) for row in rows}


def _attempts(session: Session, email: Email) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(DeliveryAttempt).where(col(DeliveryAttempt.email_id) == email.id).order_by(col(DeliveryAttempt.id))
    )
    return [
        {"at": row.at, "transport": row.transport, "outcome": row.outcome, "code": row.smtp_code, "text": row.smtp_text}
        for row in rows
    ]
