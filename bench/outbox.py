"""A store with one issued warning, matched and composed for many subscribers by the production stages."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from alerts.composing import compose_pending
from alerts.criteria import Wanted
from alerts.matching import match_pending
from bench.subscriptions import fill_store
from settings import DATA, Settings
from store.engine import make_engine, writing
from store.industry import industry_by_slug
from store.mapping_release import load_reference
from store.notice import Notice, NoticeThread
from store.reference import read_reference
from store.schema import upgrade_schema
from store.warning import AUTOMATIC, ISSUED, TradeWarning, WarningIndustry, WarningVersion

NOW = datetime(2026, 6, 3, 1, tzinfo=UTC)
INDUSTRY = "toys"
FACTS: dict[str, Any] = {
    "title": "Draft regulation on the safety of toys: migration limits, phthalates, labelling and warnings",
    "lang": "en",
    "market": "EU",
    "members": ["EU"],
    "kind": "notification",
    "domain": "TBT",
    "symbols": ["G/TBT/N/EU/9001"],
    "products": "Toys for children under 14 years; parts and accessories of toys",
    "description": "The draft lowers migration limits, bans some phthalates and asks for a digital product passport.",
    "hs": ["9503", "9504", "950510"],
    "ics": ["97.200.50"],
    "objectives": ["Protection of human health or safety"],
    "origins": [],
    "regions_affected": "",
    "notification_type": "Regular notification",
    "published_on": "2026-06-01",
    "comment_deadline": "2026-07-31",
    "comment_deadline_text": "60 days from notification",
    "adoption_on": None,
    "adoption_text": "Fourth quarter of 2026",
    "force_on": "2027-07-01",
    "force_text": "1 July 2027",
    "links": [{"rel": "notification", "lang": "en", "url": "https://docs.example/notification.pdf"}],
    "stage": "draft",
    "thread_reason": None,
    "ban": False,
    "wave": False,
    "changes": {},
    "notice_public_id": "0" * 32,
}


def fill_outbox(path: Path, number: int, settings: Settings) -> Engine:
    """A new SQLite store at `path` with `number` pending mails about one warning."""
    engine = make_engine(f"sqlite:///{path}")
    upgrade_schema(engine)
    with writing(engine) as session:
        load_reference(session, read_reference(DATA), NOW)
    engine.dispose()
    fill_store(path, itertools.repeat(Wanted(industries=frozenset({INDUSTRY})), number))
    engine = make_engine(f"sqlite:///{path}")
    with writing(engine) as session:
        _issue(session)
    match_pending(engine, NOW)
    compose_pending(engine, NOW, settings)
    return engine


def _issue(session: Session) -> None:
    thread = NoticeThread()
    session.add(thread)
    session.flush()
    notice = Notice(
        source="bench", source_key="1", thread_id=thread.id or 0, kind="notification", issuer="EU", admitted="news",
        first_seen_at=NOW, content_hash="0", classified_at=NOW, raised_at=NOW,
    )  # fmt: skip
    warning = TradeWarning(thread_id=thread.id or 0, created_at=NOW)
    session.add_all([notice, warning])
    session.flush()
    version = WarningVersion(
        warning_id=warning.id or 0, number=1, kind="issue", notice_id=notice.id or 0, notice_number=1,
        severity="yellow", severity_reason="措施草案正在征求意见，涉及广东行业", facts=FACTS, state=ISSUED,
        basis=AUTOMATIC, raised_at=NOW, issued_at=NOW,
    )  # fmt: skip
    session.add(version)
    session.flush()
    industry = industry_by_slug(session, INDUSTRY)
    session.add(WarningIndustry(version_id=version.id or 0, industry_id=industry.id or 0))
