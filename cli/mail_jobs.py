"""The timetable of mail: what comes back, whose mailboxes, reminders, the index of subscriptions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from settings import Settings
from store.clock import Clock
from store.planning import Job


def bounces_job(engine: Engine, settings: Settings, clock: Clock) -> Job:
    """Every five minutes: bounces, complaints and replies, where the settings name a box."""

    def read() -> dict[str, Any]:
        from alerts.bounces import read_box

        return dict(read_box(engine, clock(), settings))

    return Job("bounces", "*/5 * * * *", read, timedelta(minutes=10))


def domains_job(engine: Engine, settings: Settings, clock: Clock) -> Job:
    """Every night at 02:20: which provider keeps the mailboxes of firms' own domains, by their MX records."""

    def look_up() -> dict[str, Any]:
        from alerts.domains import look_up_providers

        return {"looked_up": look_up_providers(engine, clock(), settings)}

    return Job("domains", "20 2 * * *", look_up, timedelta(minutes=30))


def reminders_job(engine: Engine, clock: Clock, settings: Settings) -> Job:
    """Every morning at 08:30: firms are reminded of the days that come near; made up for once if missed."""

    def remind() -> dict[str, Any]:
        from alerts.reminders import write_reminders

        return {"written": write_reminders(engine, clock(), settings)}

    return Job("reminders", "30 8 * * *", remind)


def index_job(engine: Engine) -> Job:
    """Every hour at :50: the copy of the index of subscriptions, so that a start has little to catch up."""

    def save() -> dict[str, Any]:
        from alerts.match_index import index_of

        index = index_of(engine)
        return {"number": index.number if index.save(engine) else 0}

    return Job("index", "50 * * * *", save)
