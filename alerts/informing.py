"""The stage inform: what waits for review is put into the next information digest of everybody who asks for it."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, update
from sqlmodel import Session, col, select

from alerts.facts import MATTERING, Facts
from alerts.inserting import insert_ignoring
from alerts.matching import EXERCISE, asking_all, told_by
from alerts.rhythms import next_slot
from alerts.ticks import tick_for, who_wants
from alerts.versions import concerns_in, facts_in, industries_of
from store.digest import INFORMATION, DigestItem
from store.engine import reading, writing
from store.notice import Notice
from store.subscription import Subscriber
from store.warning import ISSUED, SUPERSEDED, TradeWarning, WarningVersion
from store.work import claim, fail, finish, still_mine

log = logging.getLogger(__name__)


def inform_pending(engine: Engine, now: datetime, *, limit: int = 20) -> int:
    """Put versions that a person looks at into the digests; returns how many were handled (0: nothing left).

    Review never withholds: this comes before any decision, and no decision takes it back. A version that fails keeps
    its error; the others go on.
    """
    with writing(engine) as session:
        taken = claim(session, WarningVersion, is_uninformed(), limit=limit)
    for version_id in taken:
        try:
            _inform(engine, version_id, now)
        except Exception as error:  # one bad version must not hold up the others; the row keeps the reason
            log.exception("informing of warning version %s failed", version_id)
            with writing(engine) as session:
                fail(session, WarningVersion, version_id, f"{type(error).__name__}: {error}")
    return len(taken)


def is_uninformed() -> ColumnElement[bool]:
    """Versions to take up; an issued one only after its mails, so that a failure here never holds up a warning."""
    mailed = (col(WarningVersion.state) != ISSUED) | col(WarningVersion.composed_at).is_not(None)
    return col(WarningVersion.informed_at).is_(None) & mailed


def _inform(engine: Engine, version_id: int, now: datetime) -> None:
    with reading(engine) as session:
        rows = item_rows(session, session.get_one(WarningVersion, version_id), now)
    with writing(engine) as session:
        if not still_mine(session, WarningVersion, version_id):
            return
        insert_ignoring(session, DigestItem, rows)
        stamped = update(WarningVersion).where(col(WarningVersion.id) == version_id).values(informed_at=now)
        session.execute(stamped.execution_options(synchronize_session=False))
        finish(session, WarningVersion, [version_id])


def item_rows(session: Session, version: WarningVersion, now: datetime) -> list[dict[str, Any]]:
    """A row for `digestitem` per subscriber who asks for what the version tells, whatever any bureau decided."""
    is_drill = session.get_one(TradeWarning, version.warning_id).status == EXERCISE
    if is_drill or version.state == SUPERSEDED:  # the newer version is told
        return []
    notice, facts = session.get_one(Notice, version.notice_id), facts_in(version)
    found = asking_all(session, told_by(session, version))
    wanted = who_wants(session, found, tick_for(facts, notice.source))
    rhythms = _rhythms(session, wanted)
    slugs = [industry.slug for industry in industries_of(session, concerns_in(session, version))]
    common = {
        "lane": INFORMATION,
        "thread_id": notice.thread_id,
        "version_id": version.id,
        "content": content_of(facts, slugs),
        "kind": "",
        "source": "",
        "fields": {},
        "matched_at": now,
        "outcome": "",
    }
    due = {rhythm: next_slot(rhythm, now) for rhythm in set(rhythms.values())}
    return [
        {**common, "subscriber_id": key, "reason": found[key][1], "due_at": due[rhythms[key]]} for key in sorted(wanted)
    ]


def content_of(facts: Facts, industries: Sequence[str]) -> str:
    """A digest of what a reader plans by: the same content is told once. 32 hex digits."""
    said = [facts[name] for name in MATTERING]  # type: ignore[literal-required]
    whole = json.dumps([said, facts["stage"], sorted(industries)], ensure_ascii=False)
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def _rhythms(session: Session, subscriber_ids: set[int]) -> dict[int, str]:
    asked, found = sorted(subscriber_ids), dict[int, str]()
    for start in range(0, len(asked), 10_000):
        some = col(Subscriber.id).in_(asked[start : start + 10_000])
        rows = session.exec(select(Subscriber.id, Subscriber.digest_rhythm).where(some))
        found |= {key or 0: rhythm for key, rhythm in rows}
    return found
