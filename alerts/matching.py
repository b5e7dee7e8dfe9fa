"""The stage match: who asked for what an issued warning tells, one row each with the reason in words."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, exists, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from alerts.candidates import eu_members, hits_for
from alerts.criteria import Hit, Told, folded, joined_hits, reason_zh, without
from alerts.following import REASON, followers_of
from alerts.inserting import insert_ignoring
from alerts.judging import judged_irrelevant
from alerts.match_index import index_for
from alerts.recipients import matter_of, recipients_of, told_elsewhere, versions_before
from alerts.said_no import removed_locally, silent_bureaus
from alerts.versions import concerns_in, facts_in, industries_of
from alerts.wording import day_zh
from store.clock import shanghai_day
from store.display_names import display_name
from store.engine import reading, writing
from store.industry import Industry
from store.notice import Notice
from store.subscription import Match
from store.warning import ISSUED, TradeWarning, WarningVersion
from store.work import claim, fail, finish, still_mine

log = logging.getLogger(__name__)

EXERCISE = "exercise"  # the status of a drill: it never reaches exporters

Matched = dict[int, tuple[int | None, str]]  # subscriber id -> (subscription id, reason)


def match_pending(engine: Engine, now: datetime, *, limit: int = 20) -> int:
    """Match issued versions; returns how many were handled (0: nothing left).

    The versions of one warning are matched in their order, since who got an earlier one gets its update too. A version
    that fails keeps its error; the others go on.
    """
    with writing(engine) as session:
        taken = claim(session, WarningVersion, _is_ready(), limit=limit)
    for version_id in taken:
        try:
            _match(engine, version_id, now)
        except Exception as error:  # one bad version must not hold up the others; the row keeps the reason
            log.exception("matching warning version %s failed", version_id)
            with writing(engine) as session:
                fail(session, WarningVersion, version_id, f"{type(error).__name__}: {error}")
    return len(taken)


def _is_ready() -> ColumnElement[bool]:
    earlier = aliased(WarningVersion)
    waiting = exists().where(
        or_(
            and_(
                col(earlier.warning_id) == WarningVersion.warning_id, col(earlier.number) < col(WarningVersion.number)
            ),
            # what a joint warning told of this notice, before the two were parted
            and_(col(earlier.notice_id) == WarningVersion.notice_id, col(earlier.id) < col(WarningVersion.id)),
        ),
        col(earlier.state) == ISSUED,
        col(earlier.matched_at).is_(None),
        col(earlier.parked_at).is_(None),
    )
    return and_(col(WarningVersion.state) == ISSUED, col(WarningVersion.matched_at).is_(None), ~waiting)


def _match(engine: Engine, version_id: int, now: datetime) -> None:
    with reading(engine) as session:
        rows, exact_for = match_rows(session, session.get_one(WarningVersion, version_id), now)
    with writing(engine) as session:
        if not still_mine(session, WarningVersion, version_id):
            return
        insert_ignoring(session, Match, rows)
        stamps = {"matched_at": now, "matched_change": exact_for}
        stamped = update(WarningVersion).where(col(WarningVersion.id) == version_id).values(stamps)
        session.execute(stamped.execution_options(synchronize_session=False))
        finish(session, WarningVersion, [version_id])


def match_rows(session: Session, version: WarningVersion, now: datetime) -> tuple[list[dict[str, Any]], int | None]:
    """A row for `match` per subscriber whom the version concerns, by subscriber id; and the change it is exact for.

    An issue or update goes to whoever asks for it now; an update or cancel also to whoever got an earlier version, of
    this warning or of a joined one; so do those who follow the notice. Nobody is told again what another warning told
    him of the same notice, nor of a warning that he said does not concern him.
    """
    if session.get_one(TradeWarning, version.warning_id).status == EXERCISE:
        return [], None
    found, exact_for = {} if version.kind == "issue" else _earlier_recipients(session, version), None
    if version.kind != "cancel":
        followed = dict.fromkeys(followers_of(session, matter_of(session, version.warning_id)), (None, REASON))
        asked, exact_for = asking_at(session, version, told_by(session, version))
        found = followed | found | asked
    left_out = judged_irrelevant(session, list(found), version.warning_id)
    for subscriber_id in told_elsewhere(session, version) | left_out:
        found.pop(subscriber_id, None)
    common = {"version_id": version.id, "created_at": now}
    rows = [
        {**common, "subscriber_id": key, "subscription_id": subscription_id, "reason": reason}
        for key, (subscription_id, reason) in sorted(found.items())
    ]
    return rows, exact_for


def told_by(session: Session, version: WarningVersion) -> Told:
    """What a version says, as subscriptions ask for it."""
    facts = facts_in(version)
    industries = industries_of(session, concerns_in(session, version))
    return Told(
        industries=frozenset(industry.slug for industry in industries),
        hs=tuple(facts["hs"]),
        text=folded("\n".join((facts["title"], facts["products"], facts["description"], *facts.get("also", [])))),
        issuers=tuple(facts["members"] or [facts["market"]]),
        severity=version.severity,
        kind=session.get_one(Notice, version.notice_id).kind,
    )


def asking(session: Session, version: WarningVersion, told: Told) -> Matched:
    """Who asks for what is `told` (of a version, or beside it) and is not kept from it by a bureau that said no."""
    return asking_at(session, version, told)[0]


def asking_at(session: Session, version: WarningVersion, told: Told) -> tuple[Matched, int]:
    """What `asking` says, and the number of the change to subscriptions for which it is exact."""
    members = eu_members(session)
    found = index_for(session).hits_for(session, told, members)
    if not found.hits:
        return {}, found.number
    silent = _subscribers_of(session, silent_bureaus(session, version.id or 0))
    left = _without_local_removals(session, version, found.hits)
    told_to = {key: hits for key, hits in left.items() if key not in silent}
    return in_words(session, told, told_to, members), found.number


def asking_all(session: Session, told: Told) -> Matched:
    """Who asks for what is `told`, whatever the bureaus decided: what the information digest goes by."""
    members = eu_members(session)
    return in_words(session, told, hits_for(session, told, members), members)


def in_words(session: Session, told: Told, hits: dict[int, dict[int, Hit]], members: Collection[str]) -> Matched:
    """subscriber id -> (his first subscription that meets, why in zh-CN)."""
    if not hits:
        return {}
    names = {industry.slug: industry.name_zh for industry in session.scalars(select(Industry))}
    return {
        subscriber_id: (
            min(found),
            reason_zh(joined_hits(list(found.values())), told.issuers, members, names.__getitem__, _market_name),
        )
        for subscriber_id, found in hits.items()
    }


def _without_local_removals(
    session: Session, version: WarningVersion, hits: dict[int, dict[int, Hit]]
) -> dict[int, dict[int, Hit]]:
    """The hits but for those that rest on an industry which the firm's own desk took out for its county."""
    removed = removed_locally(session, version.id or 0)
    if not removed:
        return hits
    left = dict(hits)
    for bureau_id, slugs in removed.items():
        for subscriber_id in _subscribers_of(session, {bureau_id}) & set(hits):
            kept = {key: cut for key, hit in left[subscriber_id].items() if (cut := without(hit, slugs))}
            left[subscriber_id] = kept
    return {key: found for key, found in left.items() if found}


def _earlier_recipients(session: Session, version: WarningVersion) -> Matched:
    """Who still gets mail and was matched with an earlier version, with the reason."""
    return {
        subscriber_id: (None, f"您收到过{day_zh(shanghai_day(issued_at))}发出的这份预警，现在把变化告诉您。")
        for subscriber_id, issued_at in recipients_of(session, versions_before(session, version)).items()
    }


def _subscribers_of(session: Session, bureaus: set[int]) -> set[int]:
    return index_for(session).subscribers_of(session, bureaus) if bureaus else set()


def _market_name(symbol: str) -> str:
    return display_name("country", symbol)
