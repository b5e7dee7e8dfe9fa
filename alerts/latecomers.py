"""The stage reach: readers of a notice that was held back beside a joined warning get that warning, if they had not."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Engine, and_, exists, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from alerts.composing import KINDS, email_rows, render_version, write_mails
from alerts.criteria import Told
from alerts.holding import hold
from alerts.inserting import insert_ignoring
from alerts.matching import asking
from alerts.recipients import recipients_of, versions_of_matter
from settings import Settings
from store.engine import reading, writing
from store.join import HeldBack
from store.notice import Notice
from store.subscription import Match
from store.warning import ISSUED, WarningVersion
from store.work import claim, fail, finish, still_mine

log = logging.getLogger(__name__)


def reach_pending(engine: Engine, now: datetime, settings: Settings, *, limit: int = 20) -> int:
    """Tell the readers of held-back notices; returns how many notices were handled (0: nothing left).

    A notice waits until its warning was issued and matched. Each in one transaction with its matches and mails; one
    that fails keeps its error.
    """
    with writing(engine) as session:
        taken = claim(session, HeldBack, _is_ready(), limit=limit)
    for key in taken:
        try:
            _reach(engine, key, now, settings)
        except Exception as error:  # one bad row must not hold up the others; the row keeps the reason
            log.exception("reaching the readers of held-back notice %s failed", key)
            with writing(engine) as session:
                fail(session, HeldBack, key, f"{type(error).__name__}: {error}")
    return len(taken)


def is_waiting() -> ColumnElement[bool]:
    """Held-back notices whose readers were not reached."""
    return and_(col(HeldBack.told_at).is_(None), col(HeldBack.released_at).is_(None))


def _is_ready() -> ColumnElement[bool]:
    one, other = aliased(WarningVersion), aliased(WarningVersion)
    of_one = and_(col(one.warning_id) == HeldBack.warning_id, col(one.state) == ISSUED)
    unmatched = and_(col(other.warning_id) == HeldBack.warning_id, col(other.state) == ISSUED)
    matched = exists().where(of_one, col(one.matched_at).is_not(None))
    waits = exists().where(unmatched, col(other.matched_at).is_(None), col(other.parked_at).is_(None))
    return and_(is_waiting(), matched, ~waits)


def _reach(engine: Engine, key: int, now: datetime, settings: Settings) -> None:
    with reading(engine) as session:
        held = session.get_one(HeldBack, key)
        version = _standing(session, held)
        rows = match_rows(session, held, version, now)
        rendered = render_version(session, version, now, settings, "issue") if rows else None
    with writing(engine) as session:
        if not still_mine(session, HeldBack, key) or session.get_one(HeldBack, key).released_at is not None:
            return  # taken by another, or parted meanwhile: then it is raised by itself
        if rendered is not None:
            insert_ignoring(session, Match, rows)
            reached = {row["subscriber_id"] for row in rows}
            mails = [row for row in email_rows(session, version, now, "issue") if row["subscriber_id"] in reached]
            mails = hold(session, version, mails, now, settings)
            # its days are counted from today, so the body is one of its own
            write_mails(session, version, mails, {KINDS["issue"]: rendered}, now, f"late:{key}")
        stamped = update(HeldBack).where(col(HeldBack.id) == key).values(told_at=now)
        session.execute(stamped.execution_options(synchronize_session=False))
        finish(session, HeldBack, [key])


def _standing(session: Session, held: HeldBack) -> WarningVersion:
    issued = select(WarningVersion).where(
        col(WarningVersion.warning_id) == held.warning_id, col(WarningVersion.state) == ISSUED
    )
    return session.scalars(issued.order_by(col(WarningVersion.number).desc()).limit(1)).one()


def match_rows(session: Session, held: HeldBack, version: WarningVersion, now: datetime) -> list[dict[str, Any]]:
    """A row for `match` per subscriber whom the held-back notice concerns and whom nothing of the matter reached."""
    if version.kind == "cancel":
        return []
    found = asking(session, version, told_of_held(session, held, version))
    for subscriber_id in recipients_of(session, versions_of_matter(session, held.warning_id)):
        found.pop(subscriber_id, None)
    return [
        {
            "version_id": version.id,
            "created_at": now,
            "subscriber_id": key,
            "subscription_id": subscription_id,
            "reason": reason,
        }
        for key, (subscription_id, reason) in sorted(found.items())
    ]


def told_of_held(session: Session, held: HeldBack, version: WarningVersion) -> Told:
    """What a held-back notice says, as subscriptions ask for it, in the colour of the version that they would get."""
    told = held.told
    industries, hs, issuers = (cast(list[str], told[name]) for name in ("industries", "hs", "issuers"))
    kind = session.get_one(Notice, held.notice_id).kind
    return Told(frozenset(industries), tuple(hs), str(told["text"]), tuple(issuers), version.severity, kind)
