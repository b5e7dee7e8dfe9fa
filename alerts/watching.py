"""The job watch: whoever heard nothing for ninety days gets one line, so that silence is no failure of ours."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, exists, select
from sqlmodel import col

from alerts.letters import write_letter
from alerts.rhythms import RHYTHMS, latest_slot
from settings import Settings
from store.email import Email
from store.engine import reading, writing
from store.subscription import Subscriber, Subscription

KIND = "still_watching"
SILENCE = timedelta(days=90)
_AT_ONCE = 200  # letters in one transaction
TITLE = "仍在为您关注"
LINE = f"最近{SILENCE.days}天没有与您的订阅有关的新公告。我们仍在为您关注，一有消息就发邮件给您。"


def write_still_watching(engine: Engine, now: datetime, settings: Settings) -> int:
    """Write the line to everybody who has been silent to for ninety days before his last slot; returns how many."""
    written = 0
    for rhythm in RHYTHMS:
        slot = latest_slot(rhythm, now)
        with reading(engine) as session:
            silent = list(session.scalars(_silent(rhythm, slot - SILENCE)))
        for start in range(0, len(silent), _AT_ONCE):
            with writing(engine) as session:
                for person in silent[start : start + _AT_ONCE]:
                    write_letter(
                        session, now, settings, subscriber_id=person, kind=KIND, key=slot.date().isoformat(),
                        title=TITLE, lines=[LINE],
                    )  # fmt: skip
        written += len(silent)
    return written


def _silent(rhythm: str, since: datetime) -> Any:
    """Ids of those who read at this rhythm, ask for something, and got no mail after `since`."""
    asks = exists().where(col(Subscription.subscriber_id) == Subscriber.id, col(Subscription.ended_at).is_(None))
    heard = exists().where(col(Email.subscriber_id) == Subscriber.id, col(Email.created_at) > since)
    return (
        select(col(Subscriber.id))
        .where(
            col(Subscriber.digest_rhythm) == rhythm,
            col(Subscriber.confirmed_at) <= since,
            col(Subscriber.ended_at).is_(None),
            asks,
            ~heard,
        )
        .order_by(col(Subscriber.id))
    )
