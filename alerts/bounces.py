"""Acting on what arrives in the bounce box: each message once, by its hash; matched to the mail it is about."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from alerts.arrivals import Arrival, sort_arrival
from alerts.bounce_box import put_away, taken_by_imap, taken_from_folder
from alerts.calling import RETURNED, list_call
from alerts.forwarding import forward
from alerts.inserting import insert_ignoring
from alerts.pausing import pause
from alerts.providers import provider_of
from alerts.red_proof import BACK, reason_of_answer
from alerts.refusals import note_refused
from alerts.replies import REFUSED, THROTTLED, UNKNOWN, sort_reply
from alerts.transports import MailServerUnreachable, Transport, transport_for
from alerts.troubles import note_unknown
from alerts.unsubscribing import UNSUBSCRIBED, end_subscriptions
from settings import Settings
from store.email import ACCEPTED, FAILED, DeliveryAttempt, Email
from store.engine import reading, writing
from store.mail_care import ReadMessage
from store.subscription import Exporter, Subscriber
from store.warning import WarningVersion

log = logging.getLogger(__name__)

COMPLAINT, BOUNCE = "complaint", "bounce"
OUTCOMES = (
    "address_unknown", "bounced", "delayed", "complaint", "unsubscribed", "forwarded", "automatic", "unmatched",
    "not_forwarded", "known",
)  # fmt: skip
TOO_OLD = timedelta(days=30)  # a bounce of an older mail says nothing of today's address


def read_box(
    engine: Engine, now: datetime, settings: Settings, folder: Path | None = None, transport: Transport | None = None
) -> Counter[str]:
    """Read a folder, else what the settings name; returns counts per outcome. Raises BoxUnreachable.

    A message whose forwarding fails for now is left where it lies, and read again next time.
    """
    counts: Counter[str] = Counter()
    where = folder or settings.bounce_dir
    with closing(transport or transport_for(settings)) as open_transport:
        if where is not None:
            with taken_from_folder(where) as messages:
                for content, path in messages:
                    try:
                        counts[act_on(engine, content, now, settings, open_transport)] += 1
                    except MailServerUnreachable as error:
                        log.error("%s; a reply waits", error)
                        continue
                    put_away(path)
        elif settings.bounce_imap_host:
            with taken_by_imap(settings) as letters:
                for content, _ in letters:
                    counts[act_on(engine, content, now, settings, open_transport)] += 1
    return counts


def act_on(engine: Engine, content: bytes, now: datetime, settings: Settings, transport: Transport) -> str:
    """Act on one message, once; returns one of OUTCOMES. Raises MailServerUnreachable when a reply cannot go on yet."""
    digest = hashlib.sha256(content).hexdigest()
    message = message_from_bytes(content)
    arrival = sort_arrival(message, settings.secret_bytes())
    with reading(engine) as session:
        if session.exec(select(ReadMessage.id).where(ReadMessage.sha256 == digest)).first() is not None:
            return "known"
        bureau_id = _bureau_of(session, arrival)
    if arrival.kind == "reply":  # before the transaction: nothing waits for a mail server inside one
        outcome = forward(engine, message, bureau_id, now, settings, transport)
        with writing(engine) as session:
            _note_read(session, digest, outcome, None, now)
        return outcome
    with writing(engine) as session:
        email = _email_of(session, arrival)
        outcome = _settle(session, arrival, email, now)
        _note_read(session, digest, outcome, email.id if email else None, now)
    return outcome


def _settle(session: Session, arrival: Arrival, email: Email | None, now: datetime) -> str:
    if arrival.kind == "automatic":
        return "automatic"
    if email is None:
        return "unmatched"
    subscriber = session.get_one(Subscriber, email.subscriber_id)
    if arrival.kind == "bounce":
        return _bounced(session, arrival, email, subscriber, now)
    if arrival.kind == "leave" and arrival.sender != subscriber.email_key:
        return "unmatched"  # somebody else's word does not end a subscription
    reason = COMPLAINT if arrival.kind == "complaint" else UNSUBSCRIBED
    if subscriber.ended_at is None:
        actor = "machine" if reason == COMPLAINT else "subscriber"
        end_subscriptions(session, subscriber, now, reason, details={"mail": email.public_id}, actor=actor)
    return reason


def _bounced(session: Session, arrival: Arrival, email: Email, subscriber: Subscriber, now: datetime) -> str:
    kind = sort_reply(provider_of(subscriber.domain).key, arrival.code, arrival.text).kind
    session.add(
        DeliveryAttempt(
            email_id=email.id or 0,
            at=now,
            transport=BOUNCE,
            outcome="permanent" if arrival.is_final else "temporary",
            smtp_code=arrival.code,
            smtp_text=arrival.text,
            reply_class=kind,
        )
    )
    if kind == THROTTLED:
        pause(session, subscriber.domain, now, f"{arrival.code} {arrival.text}")
    if not arrival.is_final:
        return "delayed"
    if email.state == ACCEPTED:
        email.state, email.last_error = FAILED, f"returned: {arrival.code} {arrival.text}"
        session.add(email)
    _call_if_red(session, email, subscriber, kind, now)
    if kind == REFUSED:
        note_refused(session, email.body_id, now, f"{arrival.code} {arrival.text}")
    if kind == UNKNOWN and now - email.created_at < TOO_OLD:
        note_unknown(session, subscriber.id or 0, now, BOUNCE)
    return "address_unknown" if kind == UNKNOWN else "bounced"


def _call_if_red(session: Session, email: Email, subscriber: Subscriber, kind: str, now: datetime) -> None:
    """A red warning that came back after it was accepted: its bureau must call after all."""
    version = session.get(WarningVersion, email.version_id) if email.version_id else None
    if version is None or version.severity != "red" or now - email.created_at > BACK:
        return
    bureau_id = session.get_one(Exporter, subscriber.exporter_id).bureau_id
    list_call(
        session, now, subscriber_id=subscriber.id or 0, bureau_id=bureau_id, version_id=version.id,
        reason=reason_of_answer(kind) or RETURNED,
    )  # fmt: skip


def _email_of(session: Session, arrival: Arrival) -> Email | None:
    for public_id in arrival.mails:
        found = session.exec(select(Email).where(Email.public_id == public_id)).first()
        if found is not None:
            return found
    return None


def _bureau_of(session: Session, arrival: Arrival) -> int | None:
    """The bureau of the firm that a message is from: by the mail it answers, else by its sender's address."""
    email = _email_of(session, arrival)
    mine = Subscriber.id == email.subscriber_id if email else Subscriber.email_key == arrival.sender
    joined = select(Exporter.bureau_id).join(Subscriber, col(Subscriber.exporter_id) == Exporter.id)
    return session.exec(joined.where(mine)).first()


def _note_read(session: Session, digest: str, outcome: str, email_id: int | None, now: datetime) -> None:
    row = {"sha256": digest, "at": now, "outcome": outcome, "email_id": email_id}
    insert_ignoring(session, ReadMessage, [row])
