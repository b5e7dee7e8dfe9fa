"""What the sign-up page shows: understood markets, industries for a tick, and the last twelve months replayed."""

from __future__ import annotations

import threading
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from alerts.candidates import eu_members
from alerts.enrolling import Terms
from alerts.preview import Preview, preview
from alerts.retelling import Retold, a_year_before, retold_since
from classifier.contract import Mapping
from classifier.mapping import MappingCache
from store.clock import shanghai_day
from store.jurisdiction import Jurisdiction
from store.warning import ISSUED, WarningVersion


class PastYear:
    """The warnings of the last year, read again when another was raised or issued, or a day began; one a service."""

    def __init__(self) -> None:
        self._key: object = None
        self._rows: list[Retold] = []
        self._mappings = MappingCache()
        self._lock = threading.Lock()

    def rows(self, session: Session, now: datetime) -> list[Retold]:
        """As `retold_since` a year before."""
        with self._lock:
            issued = func.count().filter(col(WarningVersion.state) == ISSUED)
            key = (shanghai_day(now), *session.exec(select(func.max(WarningVersion.id), issued)).one())
            if key != self._key:
                self._rows, self._key = retold_since(session, a_year_before(now)), key
            return self._rows

    def mapping(self, session: Session) -> Mapping:
        """The mapping in force; raises NoMapping."""
        with self._lock:
            return self._mappings.current(session)


def previewed(session: Session, past: PastYear, now: datetime, terms: Terms, floor: str) -> Preview:
    """What these terms would have sent; it begins when the service did, or a year ago."""
    rows = past.rows(session, now)
    year = shanghai_day(a_year_before(now))
    first = session.exec(select(func.min(WarningVersion.raised_at))).one()
    since = max(year, shanghai_day(first)) if isinstance(first, datetime) else year
    return preview(rows, terms, floor, eu_members(session), since)


def places(session: Session) -> list[tuple[str, list[Jurisdiction]]]:
    """(city, the city itself and its counties or towns), for a list to choose from."""
    rows = session.exec(select(Jurisdiction).where(Jurisdiction.status == "active").order_by(col(Jurisdiction.code)))
    held = list(rows)
    cities = [row for row in held if row.tier == "city"]
    return [(city.name_zh, [city, *(row for row in held if row.parent_id == city.id)]) for city in cities]
