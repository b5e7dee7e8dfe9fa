"""Domains that asked for less: paused, from 15 minutes to 48 hours, until one of their servers takes mail again."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from alerts.inserting import insert_ignoring
from alerts.setting_aside import set_aside
from store.email import ACCEPTED, Email
from store.mail_care import MailDomain
from store.subscription import Subscriber

log = logging.getLogger(__name__)

SHORTEST, LONGEST = timedelta(minutes=15), timedelta(hours=48)


def next_pause(last: timedelta, *, accepted_since: bool) -> timedelta:
    """The pause that follows a pause of `last` (zero: none yet): doubled, or the shortest again after an acceptance."""
    if not last or accepted_since:
        return SHORTEST
    return min(last * 2, LONGEST)


def pause(session: Session, domain: str, now: datetime, why: str) -> timedelta:
    """Pause a domain whose server throttled us; returns for how long from `now`. All its mails wait as well.

    While a pause runs it does not grow: what was on its way when it began tells nothing new.
    """
    insert_ignoring(session, MailDomain, [{"domain": domain, "provider": "", "pause_s": 0, "why": ""}])
    row = session.exec(select(MailDomain).where(MailDomain.domain == domain).with_for_update()).one()
    if row.paused_until is None or row.paused_until <= now:
        last = timedelta(seconds=row.pause_s)
        length = next_pause(last, accepted_since=bool(last) and _took_mail(session, domain, row.paused_until))
        row.paused_until, row.pause_s, row.why = now + length, int(length.total_seconds()), why[:500]
        session.add(row)
        session.flush()
        log.warning("%s throttles us: paused for %s", domain, length)
    left = row.paused_until - now
    there = core_select(col(Subscriber.id)).where(col(Subscriber.domain) == domain)
    set_aside(session, col(Email.subscriber_id).in_(there), left)
    return left


def _took_mail(session: Session, domain: str, since: datetime | None) -> bool:
    """Whether a server of the domain took a mail since its last pause ended. Looked up only when it throttles again."""
    if since is None:
        return True
    taken = (
        select(Email.id)
        .join(Subscriber, col(Subscriber.id) == Email.subscriber_id)
        .where(Subscriber.domain == domain, Email.state == ACCEPTED, col(Email.settled_at) >= since)
    )
    return session.exec(taken.limit(1)).first() is not None
