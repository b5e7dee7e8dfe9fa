"""The stages behind issuing, run for tests: matches and mails out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, select

from alerts.composing import compose_pending
from alerts.matching import match_pending
from alerts.places import filled
from alerts.raising import raise_pending
from settings import Settings
from store.email import Email, MailBody
from store.engine import reading
from store.subscription import Match, Subscriber


def settings_at(folder: Path, **values: Any) -> Settings:
    """Settings whose files stand below `folder`; demo unless said otherwise."""
    return Settings(**{"profile": "demo", "var": folder, "base_url": "https://warn.example"} | values)


def run_to_mails(engine: Engine, now: datetime, settings: Settings) -> tuple[int, int]:
    """Raise, match and compose until nothing is left; returns (versions matched, versions composed)."""
    matched = composed = 0
    while (
        raised := raise_pending(engine, now)
        + (more := match_pending(engine, now))
        + (done := compose_pending(engine, now, settings))
    ):
        assert raised
        matched, composed = matched + more, composed + done
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
