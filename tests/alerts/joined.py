"""For the tests of joins: a Federal Register rule, recalls of two countries, the stages up to mails, a decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from alerts.composing import compose_pending
from alerts.join_deciding import join_by_id
from alerts.joining import join_pending
from alerts.latecomers import reach_pending
from alerts.matching import match_pending
from alerts.raising import raise_pending
from settings import Settings
from store.bureau import Officer
from store.email import Email
from store.engine import reading, writing
from store.join import HeldBack, NoticeJoin
from store.notice import NEWS, Notice, NoticeThread, NoticeVersion
from store.subscription import Subscriber
from tests.alerts.raised import SURE
from tests.cast import insert_exporter
from tests.rows import Suggested, classify

DOCKET = "docket CPSC-2026-0012"
CITING = "Proposed rule; comments to Docket No. CPSC–2026–0012 at regulations.gov"


def put_foreign(
    engine: Engine, now: datetime, source: str, key: str, suggested: Suggested | None = SURE, **fields: Any
) -> Notice:
    """A notice of a source other than the WTO."""
    values: dict[str, Any] = {
        "kind": "regulation",
        "issuer": "USA",
        "title": "Safety Standard for Toys",
        "lang": "en",
        "published_on": date(2026, 6, 2),
        "admitted": NEWS,
        "content_hash": key,
        "first_seen_at": now,
    } | fields
    values.setdefault("members", [values["issuer"]])
    with writing(engine) as session:
        thread = NoticeThread()
        session.add(thread)
        session.flush()
        notice = Notice(source=source, source_key=key, thread_id=thread.id or 0, **values)
        session.add(notice)
        session.flush()
        session.add(NoticeVersion(notice_id=notice.id or 0, number=1, content_hash=key, source=source, created_at=now))
        session.flush()
        if suggested is not None:
            classify(session, notice, suggested, now)
        return notice


def put_rule(engine: Engine, now: datetime, key: str = "2026-12345", **fields: Any) -> Notice:
    """A Federal Register document on the docket of the toy notification, its comments until the same day."""
    values = {
        "comment_deadline": date(2026, 7, 30),
        "attributes": {"stage": "draft", "references": [f"FR {key}", DOCKET, "RIN 3041-AD12"]},
        "links": [{"rel": "original", "lang": "en", "url": f"https://www.federalregister.gov/d/{key}"}],
    }
    return put_foreign(engine, now, "us_federal_register", key, **(values | fields))


def put_recall(engine: Engine, now: datetime, source: str, issuer: str, **fields: Any) -> Notice:
    """A recall of the same crib toy, as `source` of `issuer` tells it."""
    values = {
        "kind": "recall",
        "issuer": issuer,
        "title": "Brightstar Musical Crib Mobiles Recalled Due to Choking Hazard",
        "products": "Brightstar Musical Crib Mobile",
        "origins": ["China"],
        "attributes": {"brand": "Brightstar", "model": "BM-2210", "hazard": "Choking"},
    }
    return put_foreign(engine, now, source, f"{source}-1", **(values | fields))


def run_all(engine: Engine, now: datetime, settings: Settings) -> dict[str, int]:
    """The stages from classified notices to mails, as the scheduler runs them."""
    stages: dict[str, Callable[[], int]] = {
        "join": lambda: join_pending(engine, now),
        "raise": lambda: raise_pending(engine, now),
        "match": lambda: match_pending(engine, now),
        "compose": lambda: compose_pending(engine, now, settings),
        "reach": lambda: reach_pending(engine, now, settings),
    }
    counts: Counter[str] = Counter()
    for name, stage in stages.items():
        while done := stage():
            counts[name] += done
    return dict(counts)


def joins(engine: Engine) -> list[NoticeJoin]:
    with reading(engine) as session:
        return list(session.exec(select(NoticeJoin).order_by(col(NoticeJoin.id))))


def held(engine: Engine) -> list[HeldBack]:
    with reading(engine) as session:
        return list(session.exec(select(HeldBack).order_by(col(HeldBack.id))))


def sent(engine: Engine) -> list[tuple[str, str]]:
    """(local part of the address, kind) of every mail, in order."""
    with reading(engine) as session:
        rows = session.exec(
            select(Subscriber.email, Email.kind)
            .join(Email, col(Email.subscriber_id) == Subscriber.id)
            .order_by(col(Email.id))
        )
        return [(address.partition("@")[0], kind) for address, kind in rows]


Deed = Callable[[Session, NoticeJoin, Officer, datetime], list[int]]


def decide(engine: Engine, deed: Deed, officer: Officer, now: datetime) -> list[int]:
    """An officer decides on the only join."""
    (one,) = joins(engine)
    with writing(engine) as session:
        return deed(session, join_by_id(session, one.public_id), officer, now)


def ask(engine: Engine, now: datetime, name: str, *terms: tuple[str, str]) -> None:
    """A firm that asks for these terms, at name@exporter.example."""
    with writing(engine) as session:
        insert_exporter(session, name, None, f"{name}@exporter.example", list(terms), now)
