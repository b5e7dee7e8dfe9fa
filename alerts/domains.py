"""Which provider keeps the mailboxes of firms' own domains: their MX records, looked up once a month."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import Engine, exists
from sqlmodel import Session, col, select

from alerts.inserting import insert_ignoring
from alerts.lookups import Dns, NoAnswer
from alerts.providers import OTHER, provider_of, provider_of_mx
from settings import Settings
from store.engine import reading, writing
from store.mail_care import MailDomain
from store.subscription import Subscriber

log = logging.getLogger(__name__)

KNOWN_FOR = timedelta(days=30)
MOST = 2000  # a night's share; the others follow the next night


def look_up_providers(engine: Engine, now: datetime, settings: Settings, *, limit: int = MOST) -> int:
    """Look up the domains that are due; returns how many were. Nothing is asked where mail is only captured."""
    if settings.is_demo or not settings.smtp_host:
        return 0
    with reading(engine) as session:
        due = _due(session, now, limit)
    dns, found = Dns(settings.mail_dns), 0
    for domain in due:
        try:
            provider = provider_of_mx(dns.mx(domain))
        except NoAnswer as error:
            log.info("%s", error)
            continue
        with writing(engine) as session:
            _keep(session, domain, provider, now)
        found += 1
    return found


def _due(session: Session, now: datetime, limit: int) -> list[str]:
    fresh = exists().where(col(MailDomain.domain) == Subscriber.domain, col(MailDomain.looked_up_at) > now - KNOWN_FOR)
    wanted = select(Subscriber.domain).where(col(Subscriber.ended_at).is_(None), Subscriber.domain != "", ~fresh)
    rows = session.exec(wanted.distinct().order_by(Subscriber.domain).limit(limit))
    return [domain for domain in rows if provider_of(domain).key == OTHER]


def _keep(session: Session, domain: str, provider: str, now: datetime) -> None:
    insert_ignoring(session, MailDomain, [{"domain": domain, "provider": "", "pause_s": 0, "why": ""}])
    row = session.exec(select(MailDomain).where(MailDomain.domain == domain).with_for_update()).one()
    row.provider, row.looked_up_at = provider if provider != OTHER else "", now
    session.add(row)
