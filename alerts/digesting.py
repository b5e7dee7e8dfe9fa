"""The stage digest: one information digest a person and week or day, in one transaction with its items' stamps."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from alerts.digests import Entry, Waiting, Warned, chosen, entry_of, outcomes_of, reason_of, summary_zh
from alerts.gathering import close_digest, due_items, email_of_letter, is_unwritten, plan_digests, settle_items
from alerts.letters import keep_letter
from alerts.rendering import Rendered, render_letter
from alerts.rhythms import key_of, next_slot
from alerts.versions import concerns_in, facts_in, industries_of
from alerts.wording import day_zh
from settings import Settings
from store.clock import shanghai_day
from store.digest import INFORMATION, TOLD, Digest, DigestItem
from store.email import BULK
from store.engine import reading, writing
from store.subscription import Match, Subscriber
from store.warning import ISSUED, TradeWarning, WarningVersion
from store.work import claim, fail, still_mine

log = logging.getLogger(__name__)

KIND = "digest"


@dataclass(frozen=True, slots=True)
class Known:
    """What the digests of one batch have in common, made once: entries by version id, bodies by their entries."""

    entries: dict[int, Entry]
    bodies: dict[tuple[Entry, ...], Rendered]


def digest_pending(engine: Engine, now: datetime, settings: Settings, *, limit: int = 200) -> int:
    """Write the information digests that are due; returns how many were handled (0: nothing left).

    Due are 08:00 in Shanghai, each Monday or each day. A run that was missed is made up for once, with everything that
    was due. One that fails keeps its error; the others go on.
    """
    plan_digests(engine, now, INFORMATION, lambda _, rhythm: key_of(rhythm, now), lambda rhythm: next_slot(rhythm, now))
    with writing(engine) as session:
        taken = claim(session, Digest, is_unwritten(now, [INFORMATION]), limit=limit)
    known = Known({}, {})
    for digest_id in taken:
        try:
            _write(engine, digest_id, now, settings, known)
        except Exception as error:  # one bad digest must not hold up the others; the row keeps the reason
            log.exception("writing digest %s failed", digest_id)
            with writing(engine) as session:
                fail(session, Digest, digest_id, f"{type(error).__name__}: {error}")
    return len(taken)


def _write(engine: Engine, digest_id: int, now: datetime, settings: Settings, known: Known) -> None:
    with reading(engine) as session:
        digest = session.get_one(Digest, digest_id)
        items = due_items(session, digest, now)
        versions = _versions(session, items)
        outcomes = outcomes_now(session, digest, items, versions)
        told = [item for item in items if outcomes[item.id or 0] == TOLD]
        for key in {item.version_id for item in told} - known.entries.keys():
            known.entries[key] = _entry(session, versions[key], now)
    entries = tuple(known.entries[key] for key in sorted({item.version_id for item in told}))
    if entries and entries not in known.bodies:
        known.bodies[entries] = render_digest(entries, now, settings)
    rendered = known.bodies.get(entries)
    with writing(engine) as session:
        if not still_mine(session, Digest, digest_id):
            return
        settle_items(session, digest, outcomes, now)
        email_id = None
        if rendered is not None:
            fields = {
                "reason": reason_of([item.reason for item in told]),
                "page": f"{settings.base_url}/digests/{digest.public_id}",
            }
            keep_letter(
                session, now, subscriber_id=digest.subscriber_id, kind=KIND, key=digest.key, rendered=rendered,
                fields=fields, body_key=body_key_of(rendered), urgency=BULK,
            )  # fmt: skip
            email_id = email_of_letter(session, digest.subscriber_id, KIND, digest.key)
        close_digest(session, digest, now, email_id, len(entries))


def outcomes_now(
    session: Session, digest: Digest, items: Sequence[DigestItem], versions: Mapping[int, WarningVersion]
) -> dict[int, str]:
    """What is to become of each item: told, or left out because it would come twice or nobody is there to read it."""
    waiting = [
        Waiting(item.id or 0, item.thread_id, version.warning_id, item.version_id, version.notice_id)
        for item in items
        for version in [versions[item.version_id]]
    ]
    matched = session.execute(
        select(col(WarningVersion.id), col(WarningVersion.warning_id), col(WarningVersion.notice_id))
        .join(Match, col(Match.version_id) == WarningVersion.id)
        .where(
            col(Match.subscriber_id) == digest.subscriber_id,
            col(WarningVersion.id) >= min((item.version_id for item in items), default=0),
        )
    )
    has_left = session.get_one(Subscriber, digest.subscriber_id).ended_at is not None
    return outcomes_of(waiting, [Warned(*row) for row in matched], has_left=has_left)


def entries_of(session: Session, items: Sequence[DigestItem], now: datetime) -> list[Entry]:
    """The entries of these items as they read on the Shanghai day of `now`."""
    return [_entry(session, version, now) for version in _versions(session, items).values()]


def _versions(session: Session, items: Iterable[DigestItem]) -> Mapping[int, WarningVersion]:
    ids = sorted({item.version_id for item in items})
    rows = session.scalars(
        select(WarningVersion).where(col(WarningVersion.id).in_(ids)).order_by(col(WarningVersion.id))
    )
    return {version.id or 0: version for version in rows}


def _entry(session: Session, version: WarningVersion, now: datetime) -> Entry:
    facts = facts_in(version)
    names = [industry.name_zh for industry in industries_of(session, concerns_in(session, version))]
    path = f"/notices/{facts['notice_public_id']}"
    if version.state == ISSUED:  # only what is out has a public page of its own
        path = f"/warnings/{session.get_one(TradeWarning, version.warning_id).public_id}"
    return entry_of(facts, names, version.severity, version.state, path, shanghai_day(now))


def render_digest(entries: Sequence[Entry], now: datetime, settings: Settings) -> Rendered:
    """The body of a digest, with places for what differs between its readers: the reason, the page, the bureau."""
    groups, rest = chosen(entries)
    return render_letter(
        KIND,
        is_demo=settings.is_demo,
        groups=groups,
        rest=rest,
        count=len(entries),
        markets=summary_zh(entries),
        base_url=settings.base_url,
        sent_on=day_zh(shanghai_day(now)),
    )


def body_key_of(rendered: Rendered) -> str:
    """What bodies that read the same have in common: they are kept once. 40 hex digits."""
    return hashlib.sha256("\0".join((rendered.subject, rendered.text, rendered.html)).encode()).hexdigest()[:40]
