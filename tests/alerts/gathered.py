"""Time passing for the tests of gathered mails: all stages at an instant, and the mails of one kind."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select
from sqlmodel import col

from scheduler import run_stages
from settings import Settings
from store.clock import parse_instant
from store.digest import DigestItem
from store.email import Email, MailBody
from store.engine import reading
from store.subscription import Subscriber
from tests.alerts.mailed import mails


def at(day: str, hour: str = "09:00") -> datetime:
    """An instant of June 2026 in Shanghai: at("08") is Monday the 8th at nine."""
    return parse_instant(f"2026-06-{day}T{hour}+08:00")


def pass_time(engine: Engine, settings: Settings, *instants: datetime) -> None:
    """Run all stages at each instant, twice: the second time changes nothing."""
    for instant in instants:
        run_stages(engine, instant, settings)
        assert not any(run_stages(engine, instant, settings).values())


def letters(engine: Engine, kind: str) -> list[tuple[str, Email, MailBody]]:
    """(address, mail, body) of the mails of one kind, in order."""
    return [found for found in mails(engine) if found[1].kind == kind]


def outcomes(engine: Engine) -> list[tuple[str, str, str]]:
    """(address, lane, outcome) of every item, in order; outcome "" while it waits."""
    with reading(engine) as session:
        rows = session.execute(
            select(col(Subscriber.email), col(DigestItem.lane), col(DigestItem.outcome))
            .join(DigestItem, col(DigestItem.subscriber_id) == Subscriber.id)
            .order_by(col(DigestItem.id))
        )
        return [tuple(row) for row in rows]
