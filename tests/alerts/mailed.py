"""The stages behind issuing, run for tests: matches and mails out."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, select

from alerts.composing import compose_pending
from alerts.enrolling import enrol
from alerts.matching import match_pending
from alerts.places import filled
from alerts.raising import raise_pending
from settings import Settings
from store.email import Email, MailBody
from store.engine import reading, writing
from store.subscription import Match, Subscriber
from tests.rows import insert_notice
from tests.smtp_servers import HERE


def settings_at(folder: Path, **values: Any) -> Settings:
    """Settings whose files stand below `folder`; demo unless said otherwise."""
    return Settings(**{"profile": "demo", "var": folder, "base_url": "https://warn.example"} | values)


def run_to_mails(engine: Engine, now: datetime, settings: Settings) -> tuple[int, int]:
    """Raise, match and compose until nothing is left; returns (versions matched, versions composed)."""
    matched = composed = 0
    while raise_pending(engine, now):
        pass
    while more := match_pending(engine, now):
        matched += more
    while more := compose_pending(engine, now, settings):
        composed += more
    return matched, composed


def matches(engine: Engine) -> list[tuple[str, int, str]]:
    """(address, version id, reason) of every match, in order."""
    with reading(engine) as session:
        rows = session.exec(
            select(Subscriber.email, Match.version_id, Match.reason)
            .join(Match, col(Match.subscriber_id) == Subscriber.id)
            .order_by(col(Match.id))
        )
        return [(address, version_id, reason) for address, version_id, reason in rows]


def mails(engine: Engine) -> list[tuple[str, Email, MailBody]]:
    """(address, mail, body) of every mail, in order."""
    with reading(engine) as session:
        rows = session.exec(
            select(Subscriber.email, Email, MailBody)
            .join(Email, col(Email.subscriber_id) == Subscriber.id)
            .join(MailBody, col(MailBody.id) == Email.body_id)
            .order_by(col(Email.id))
        )
        return [(address, email, body) for address, email, body in rows]


def text_of(email: Email, body: MailBody) -> str:
    """The text as the recipient reads it."""
    return filled(body.text, {**email.fields, "unsubscribe": "https://warn.example/out"})


def parsed(raw: bytes) -> EmailMessage:
    """The message as a mail program reads it, without a defect in any part."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert [defect for each in message.walk() for defect in each.defects] == []
    return message


def part(message: EmailMessage, kind: str) -> str:
    """The decoded part, `plain` or `html`."""
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def live(folder: Path, port: int, connections: int = 1) -> Settings:
    """Live settings that send to the server on `port` of this machine."""
    server = {"smtp_host": HERE, "smtp_port": port, "smtp_tls": "none", "smtp_connections": connections}
    return settings_at(folder, profile="live", smtp_from="warn@service.example", **server)


def mail_to(engine: Engine, now: datetime, settings: Settings, names: Sequence[str]) -> None:
    """A pending mail about toys to each of `names`, at firm.example unless a whole address."""
    with writing(engine) as session:
        for name in names:
            address = name if "@" in name else f"{name}@firm.example"
            enrol(session, now, email=address, industries=["toys"])
        insert_notice(session, now, "G/TBT/N/USA/1234", [("toys", "accepted")])
    run_to_mails(engine, now, settings)


def states(engine: Engine) -> dict[str, str]:
    """The local part of each recipient -> the state of its mail."""
    return {address.partition("@")[0]: found.state for address, found, _ in mails(engine)}
