"""Reading and writing for the tests of raising: notices in, the stage run to its end, versions and desks out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func
from sqlmodel import SQLModel, col, select

from alerts.raising import raise_pending
from alerts.versions import concerns_in, industries_of
from store.bureau import Bureau
from store.engine import reading, writing
from store.notice import Notice
from store.review import Review
from store.warning import WarningVersion
from tests.cast import TOYS
from tests.rows import follow, insert_notice

SYMBOL = "G/TBT/N/USA/1234"
SURE, UNSURE = [(TOYS, "accepted")], [(TOYS, "flagged")]


def put(engine: Engine, now: datetime, *args: Any, **fields: Any) -> Notice:
    with writing(engine) as session:
        return insert_notice(session, now, *(args or (SYMBOL, SURE)), **fields)


def put_next(engine: Engine, now: datetime, *args: Any, **fields: Any) -> Notice:
    with writing(engine) as session:
        return follow(session, now, *args, **fields)


def run(engine: Engine, now: datetime) -> int:
    """The stage until nothing is left, as the scheduler does."""
    done = 0
    while handled := raise_pending(engine, now):
        done += handled
    return done


def versions(engine: Engine) -> list[WarningVersion]:
    with reading(engine) as session:
        return list(session.exec(select(WarningVersion).order_by(col(WarningVersion.id))))


def desks(engine: Engine) -> dict[str, Review]:
    """Short name of each bureau with a review -> the review."""
    with reading(engine) as session:
        rows = session.exec(select(Bureau.short_name_zh, Review).join(Review, col(Review.bureau_id) == Bureau.id))
        return {row[0]: row[1] for row in rows}


def slugs(engine: Engine, version: WarningVersion) -> list[str]:
    with reading(engine) as session:
        return [i.slug for i in industries_of(session, concerns_in(session, version))]


def count(engine: Engine, table: type[SQLModel]) -> int:
    with reading(engine) as session:
        return session.exec(select(func.count()).select_from(table)).one()
