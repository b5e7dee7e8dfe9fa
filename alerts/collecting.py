"""The stage collect: warnings that waited for one another go out as one mail a person, with their items' stamps."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from alerts.collected import Block, blocks_of, subject_of
from alerts.composing import KINDS, dated_of_version, render_version, told_of, write_mails
from alerts.digesting import body_key_of
from alerts.digests import Waiting, outcomes_of
from alerts.gathering import close_digest, due_items, email_of_letter, is_unwritten, plan_digests, settle_items
from alerts.ics import calendar_of
from alerts.letters import keep_letter
from alerts.recipients import earlier_mails
from alerts.rendering import Rendered, render_letter
from alerts.rhythms import next_warnings_at
from alerts.telling import Telling
from alerts.wording import LEVEL_NOTE, day_zh
from settings import Settings
from store.clock import shanghai_day
from store.columns import new_public_id
from store.digest import DAILY, SHARED, TOLD, Digest, DigestItem
from store.email import PENDING, Email
from store.engine import reading, writing
from store.subscription import Subscriber
from store.warning import TradeWarning, WarningVersion
from store.work import claim, fail, still_mine

log = logging.getLogger(__name__)

MAIL_KINDS = {DAILY: "warnings_daily", SHARED: "warnings_shared"}


@dataclass(frozen=True, slots=True)
class Known:
    """What the mails of one batch have in common, made once: tellings by version id, bodies by what differs in them."""

    tellings: dict[int, Telling]
    bodies: dict[tuple[object, ...], tuple[Rendered, str]]  # with the warnings that are told in full, in order


def collect_pending(engine: Engine, now: datetime, settings: Settings, *, limit: int = 200) -> int:
    """Write the mails of warnings that waited long enough; returns how many were handled (0: nothing left).

    The mail of a day is due at 08:30 in Shanghai; a day that was missed is made up for once. One that fails keeps its
    error; the others go on.
    """
    day = shanghai_day(now).isoformat()
    plan_digests(engine, now, DAILY, lambda source, rhythm: day, lambda rhythm: next_warnings_at(now))
    moment = f"{now:%Y%m%dT%H%M%S}"
    plan_digests(engine, now, SHARED, lambda source, _: f"{source}@{moment}", lambda _: now + timedelta(minutes=1))
    with writing(engine) as session:
        taken = claim(session, Digest, is_unwritten(now, MAIL_KINDS), limit=limit)
    known = Known({}, {})
    for digest_id in taken:
        try:
            _write(engine, digest_id, now, settings, known)
        except Exception as error:  # one bad mail must not hold up the others; the row keeps the reason
            log.exception("writing the warnings of digest %s failed", digest_id)
            with writing(engine) as session:
                fail(session, Digest, digest_id, f"{type(error).__name__}: {error}")
    return len(taken)


def _write(engine: Engine, digest_id: int, now: datetime, settings: Settings, known: Known) -> None:
    with reading(engine) as session:
        digest = session.get_one(Digest, digest_id)
        items = due_items(session, digest, now)
        versions = _versions(session, items)
        outcomes = _outcomes(session, digest, items, versions)
        told = [item for item in items if outcomes[item.id or 0] == TOLD]
        before = _before(session, digest.subscriber_id, [versions[item.version_id] for item in told])
        alike = (digest.lane, *((item.version_id, item.kind, *_own_words(item)) for item in told))
        if told and alike not in known.bodies:
            known.bodies[alike] = _render(session, digest, told, versions, now, settings, known)
        rendered, about = known.bodies.get(alike, (None, ""))
    with writing(engine) as session:
        if not still_mine(session, Digest, digest_id):
            return
        settle_items(session, digest, outcomes, now)
        email_id = None
        if len(told) == 1:
            email_id = _keep_single(session, told[0], versions[told[0].version_id], rendered, before, now)
        elif rendered is not None:
            kind = MAIL_KINDS[digest.lane]
            page = f"{settings.base_url}/digests/{digest.public_id}"
            fields = {"references": before, "page": page, "about": about}
            keep_letter(
                session, now, subscriber_id=digest.subscriber_id, kind=kind, key=digest.key, rendered=rendered,
                fields={name: value for name, value in fields.items() if value}, body_key=body_key_of(rendered),
            )  # fmt: skip
            email_id = email_of_letter(session, digest.subscriber_id, kind, digest.key)
        close_digest(session, digest, now, email_id, len(told))


def _versions(session: Session, items: Sequence[DigestItem]) -> dict[int, WarningVersion]:
    ids = sorted({item.version_id for item in items})
    return {row.id or 0: row for row in session.scalars(select(WarningVersion).where(col(WarningVersion.id).in_(ids)))}


def _outcomes(
    session: Session, digest: Digest, items: Sequence[DigestItem], versions: dict[int, WarningVersion]
) -> dict[int, str]:
    """Of several versions of one warning the last is told; nobody who has left is written to."""
    waiting = []
    for item in items:
        version = versions[item.version_id]
        waiting.append(
            Waiting(item.id or 0, version.warning_id, version.warning_id, item.version_id, version.notice_id)
        )
    has_left = session.get_one(Subscriber, digest.subscriber_id).ended_at is not None
    return outcomes_of(waiting, (), has_left=has_left)


def _before(session: Session, subscriber_id: int, versions: Sequence[WarningVersion]) -> str:
    """Public ids of the mails that the person got about these warnings, so that the new one stands in their thread."""
    found = [name for version in versions for name in earlier_mails(session, version).get(subscriber_id, ())]
    return " ".join(dict.fromkeys(found))


def _render(
    session: Session,
    digest: Digest,
    told: Sequence[DigestItem],
    versions: dict[int, WarningVersion],
    now: datetime,
    settings: Settings,
    known: Known,
) -> tuple[Rendered, str]:
    """One warning reads as a mail of its own; several as blocks, the most urgent first.

    With the public ids of the warnings that stand in full, for the links by which a firm comments on each.
    """
    if len(told) == 1:
        kind = next(name for name, mail in KINDS.items() if mail == told[0].kind)
        return render_version(session, versions[told[0].version_id], now, settings, kind), ""
    for key in {item.version_id for item in told} - known.tellings.keys():
        known.tellings[key] = told_of(session, versions[key], now)
    blocks, lines, rest = blocks_of(
        [_block(session, item, versions[item.version_id], known, now, settings) for item in told]
    )
    dates = [dated for block in blocks for dated in block.dates]  # of those alone: the mail stays small
    rendered = render_letter(
        MAIL_KINDS[digest.lane],
        is_demo=settings.is_demo,
        title=subject_of([*blocks, *lines], len(told)),
        blocks=blocks,
        lines=lines,
        has_calendar=bool(dates),
        rest=rest,
        level_note=LEVEL_NOTE,
        sent_on=day_zh(shanghai_day(now)),
    )
    return replace(rendered, calendar=calendar_of(dates, stamp=now).decode()), " ".join(b.public_id for b in blocks)


def _own_words(item: DigestItem) -> tuple[str, ...]:
    """What stands in the body and differs between readers of the same warnings."""
    return (item.reason, item.fields.get("advice", ""), item.fields.get("advice_by", ""))


def _block(
    session: Session, item: DigestItem, version: WarningVersion, known: Known, now: datetime, settings: Settings
) -> Block:
    warning, told = session.get_one(TradeWarning, version.warning_id), known.tellings[item.version_id]
    url = f"{settings.base_url}/warnings/{warning.public_id}"
    kind = next(name for name, mail in KINDS.items() if mail == item.kind)
    deadline = str(version.facts.get("comment_deadline") or "")
    dates = tuple(dated_of_version(session, version, told, now, settings))
    return Block(told, kind, url, deadline, item.reason, dict(item.fields), warning.public_id, dates)


def _keep_single(
    session: Session, item: DigestItem, version: WarningVersion, rendered: Any, before: str, now: datetime
) -> int:
    """The mail of one warning that waited and stayed alone, with days counted from today; returns its id."""
    fields = {**item.fields, "references": before}
    row = {
        "public_id": new_public_id(),
        "subscriber_id": item.subscriber_id,
        "version_id": version.id,
        "kind": item.kind,
        "key": "",
        "fields": {name: value for name, value in fields.items() if value},
        "state": PENDING,
        "created_at": now,
        "attempts": 0,
    }
    late = f"{item.kind.removeprefix('warning_')}@{shanghai_day(now):%Y%m%d}"
    write_mails(session, version, [row], {item.kind: rendered}, now, late)
    same = (col(Email.subscriber_id) == item.subscriber_id, col(Email.version_id) == version.id)
    return session.scalars(select(col(Email.id)).where(*same, col(Email.kind) == item.kind)).one() or 0
