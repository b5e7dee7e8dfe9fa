"""Which of the claimed mails may go now: none to a paused domain, none of a held batch, none before its turn."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select as core_select
from sqlalchemy import update
from sqlmodel import Session, col, select

from alerts.inserting import insert_ignoring
from alerts.mail_checks import has_passed
from alerts.pacing import Bucket, draw
from alerts.providers import Provider, provider_of
from alerts.setting_aside import let_wait
from settings import Settings
from store.clock import system_clock
from store.email import Email
from store.mail_care import MailBucket, MailDomain, RefusedBatch
from store.subscription import Subscriber
from store.warning import WarningVersion

log = logging.getLogger(__name__)

HELD_FOR = timedelta(hours=1)  # a held mail is looked at again this often; a release lets it go at once
URGENT = "red"


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A claimed mail with what decides whether it may go."""

    id: int
    body_id: int
    domain: str
    lane: str
    has_turn: bool


def claim_admitted(session: Session, now: datetime, settings: Settings, take: Callable[[], list[int]]) -> list[int]:
    """Claim mails by `take` until some may go; returns their ids in its order ([]: nothing is left that may go now).

    None go while a live service has not passed `tbtwatch mail check`; they wait as they are.
    """
    if settings.needs_mail_check and not has_passed(session, settings):
        log.error("mails wait: run `tbtwatch mail check` and mend what it names (TBTWATCH_MAIL_CHECK=off: send anyway)")
        return []
    while taken := take():
        if admitted := set(admit(session, taken, now, settings)):
            return [mail for mail in taken if mail in admitted]
    return []


def admit(session: Session, ids: Sequence[int], now: datetime, settings: Settings) -> list[int]:
    """The claimed mails that may go now; the others are given back until their time, which counts as no try."""
    rows = _waiting(session, ids)
    pauses, held = _pauses(session, {row.domain for row in rows}, now), _held(session, {row.body_id for row in rows})
    back = [(row.id, HELD_FOR if row.body_id in held else pauses[row.domain]) for row in rows
            if row.body_id in held or row.domain in pauses]  # fmt: skip
    stopped = {mail for mail, _ in back}
    rows = [row for row in rows if row.id not in stopped]
    late = _paced(session, rows) if settings.paces_mail else {}
    let_wait(session, [*back, *late.items()])
    return [row.id for row in rows if row.id not in late]


def _waiting(session: Session, ids: Sequence[int]) -> list[_Waiting]:
    found = session.execute(
        core_select(
            col(Email.id), col(Email.body_id), col(Subscriber.domain), col(WarningVersion.severity), col(Email.paced_at)
        )
        .join(Subscriber, col(Subscriber.id) == Email.subscriber_id)
        .outerjoin(WarningVersion, col(WarningVersion.id) == Email.version_id)
        .where(col(Email.id).in_(ids))
        .order_by(col(Email.id))
    )
    return [
        _Waiting(key or 0, body, domain, URGENT if severity == URGENT else "", turn is not None)
        for key, body, domain, severity, turn in found
    ]


def _pauses(session: Session, domains: Iterable[str], now: datetime) -> dict[str, timedelta]:
    """domain -> how long its pause still runs."""
    rows = session.exec(
        select(MailDomain.domain, MailDomain.paused_until).where(
            col(MailDomain.domain).in_(domains), col(MailDomain.paused_until) > now
        )
    )
    return {domain: until - now for domain, until in rows if until is not None}


def _held(session: Session, bodies: Iterable[int]) -> set[int]:
    return set(
        session.exec(
            select(RefusedBatch.body_id).where(
                col(RefusedBatch.body_id).in_(bodies),
                col(RefusedBatch.held_at).is_not(None),
                col(RefusedBatch.released_at).is_(None),
            )
        )
    )


def _paced(session: Session, rows: Sequence[_Waiting]) -> dict[int, timedelta]:
    """mail -> how long it waits for its turn; each draws one token of its provider, once."""
    known = _known_providers(session, {row.domain for row in rows})
    drawing: dict[tuple[str, str], list[_Waiting]] = defaultdict(list)
    for row in rows:
        provider = provider_of(row.domain, known)
        if provider.per_minute and not row.has_turn:
            drawing[provider.key, row.lane].append(row)
    late: dict[int, timedelta] = {}
    now = system_clock()
    for (_, lane), mails in sorted(drawing.items(), key=lambda item: item[0]):  # one order: no two wait for each other
        waits = _draw(session, provider_of(mails[0].domain, known), lane, len(mails), now)
        late |= {mail.id: wait for mail, wait in zip(mails, waits, strict=True) if wait}
    if late:
        marked = update(Email).where(col(Email.id).in_(late)).values(paced_at=now)
        session.execute(marked.execution_options(synchronize_session=False))
    return late


def _draw(session: Session, provider: Provider, lane: str, wanted: int, now: datetime) -> list[timedelta]:
    """Draw from the bucket in the store, under its lock: the pace is the service's, whichever process sends."""
    full = {"provider": provider.key, "lane": lane, "tokens": float(provider.burst), "filled_at": now}
    insert_ignoring(session, MailBucket, [full])
    mine = select(MailBucket).where(MailBucket.provider == provider.key, MailBucket.lane == lane)
    row = session.exec(mine.with_for_update()).one()
    waits, after = draw(
        Bucket(row.tokens, row.filled_at), wanted, now, per_minute=provider.per_minute, burst=provider.burst
    )
    row.tokens, row.filled_at = after.tokens, after.at
    session.add(row)
    return waits


def _known_providers(session: Session, domains: Iterable[str]) -> dict[str, str]:
    rows = session.exec(
        select(MailDomain.domain, MailDomain.provider).where(
            col(MailDomain.domain).in_(domains), MailDomain.provider != ""
        )
    )
    return dict(rows.all())
