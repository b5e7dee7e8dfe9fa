"""The public feeds: what an address asks for, and the warnings it gets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func
from sqlmodel import Session, col, select
from starlette.datastructures import QueryParams

from alerts.network import read_hosts, read_network
from alerts.routing import Place
from settings import TbtwatchError
from store.industry import Industry
from store.jurisdiction import Jurisdiction, jurisdiction_by_code
from store.notice import Notice
from store.warning import ACTUAL, ISSUED, TradeWarning, WarningIndustry, WarningVersion
from web.reading.warnings import PROPOSED, REMOVED, IssuedWarning, industries_of

MOST_ENTRIES = 50
SEVERITIES = ("red", "orange", "yellow", "blue")


class UnknownFilter(TbtwatchError):
    """Raised when an address names an industry, place or severity that is not there; the words are Chinese."""


@dataclass(frozen=True)
class FeedAsked:
    """What narrows a feed: an industry's slug, a place's code, colours, a market's symbol; empty: all."""

    industry: str = ""
    county: str = ""
    severities: tuple[str, ...] = ()
    market: str = ""

    @classmethod
    def from_query(cls, query: QueryParams) -> FeedAsked:
        """From an address; `severity` may stand there several times. Raises UnknownFilter for a wrong colour.

        A wrong word must not widen a feed: its reader would take all warnings for the chosen ones.
        """
        given = set(query.getlist("severity")) - {""}
        if unknown := given - set(SEVERITIES):
            raise UnknownFilter(f"没有“{min(unknown)[:20]}”这个级别，只有 {'、'.join(SEVERITIES)}。")
        colours = tuple(colour for colour in SEVERITIES if colour in given)
        return cls(query.get("industry", ""), query.get("county", ""), colours, query.get("market", "").upper())

    @property
    def query(self) -> str:
        """`?industry=toys&severity=red`, the same for the same choice; "" when nothing is narrowed."""
        pairs = [("industry", self.industry), ("county", self.county)]
        pairs += [("severity", colour) for colour in self.severities] + [("market", self.market)]
        chosen = urlencode([(name, value) for name, value in pairs if value])
        return f"?{chosen}" if chosen else ""


@dataclass(frozen=True)
class FeedEntry(IssuedWarning):
    """A warning in a feed, with the instant of its first issue."""

    first_at: datetime


def feed_entries(session: Session, asked: FeedAsked) -> list[FeedEntry]:
    """The newest fifty warnings that are asked for, each as its newest version tells it. Raises UnknownFilter.

    A warning of which any version matched stays: whoever read of it must also read that it was changed or cancelled.
    Exercises are never among them.
    """
    out = (
        select(func.max(WarningVersion.id).label("newest"), func.min(WarningVersion.issued_at).label("first_at"))
        .where(WarningVersion.state == ISSUED, col(WarningVersion.warning_id).in_(_matching(session, asked)))
        .group_by(col(WarningVersion.warning_id))
        .subquery()
    )
    rows = session.exec(
        select(TradeWarning, WarningVersion, out.c.first_at)
        .join(WarningVersion, col(WarningVersion.warning_id) == TradeWarning.id)
        .join(out, out.c.newest == col(WarningVersion.id))
        .where(TradeWarning.status == ACTUAL)
        .order_by(col(WarningVersion.issued_at).desc(), col(WarningVersion.id).desc())
        .limit(MOST_ENTRIES)
    ).all()
    named = industries_of(session, [version.id or 0 for _, version, _ in rows])
    return [FeedEntry(warning, version, named[version.id or 0], first_at) for warning, version, first_at in rows]


def names_asked(session: Session, asked: FeedAsked) -> tuple[str, str]:
    """The Chinese names of the industry and the place asked for; "" for none. Raises UnknownFilter."""
    industry = county = ""
    if asked.industry:
        found = session.exec(select(Industry).where(Industry.slug == asked.industry)).first()
        if found is None:
            raise UnknownFilter("没有这个行业，请在订阅源页面重新选择。")
        industry = found.name_zh
    if asked.county:
        place = jurisdiction_by_code(session, asked.county)
        if place is None:
            raise UnknownFilter("没有这个地区代码，请在订阅源页面重新选择。")
        county = place.name_zh
    return industry, county


def counties(session: Session) -> list[tuple[Jurisdiction, list[Jurisdiction]]]:
    """Each city with the counties or towns below it, both by code."""
    rows = session.exec(select(Jurisdiction).where(Jurisdiction.status == "active").order_by(Jurisdiction.code)).all()
    return [(c, [r for r in rows if r.parent_id == c.id]) for c in rows if c.tier == "city"]


def _matching(session: Session, asked: FeedAsked) -> Any:  # a Select of warning ids
    """The ids of the warnings of which a version that went out is asked for."""
    found = select(WarningVersion.warning_id).where(WarningVersion.state == ISSUED)
    if asked.severities:
        found = found.where(col(WarningVersion.severity).in_(asked.severities))
    if asked.market:
        issued_there = select(Notice.id).where(Notice.issuer == asked.market)
        found = found.where(col(WarningVersion.notice_id).in_(issued_there))
    names_asked(session, asked)
    for wanted in _wanted_industries(session, asked):
        named = select(WarningIndustry.version_id).where(
            col(WarningIndustry.industry_id).in_(wanted), col(WarningIndustry.state).not_in((REMOVED, PROPOSED))
        )
        found = found.where(col(WarningVersion.id).in_(named))
    return found


def _wanted_industries(session: Session, asked: FeedAsked) -> list[list[int]]:
    """The ids of the industry asked for, and those of the place's known clusters: a warning names one of each."""
    wanted = []
    if asked.industry:
        wanted.append([key for key in session.exec(select(Industry.id).where(Industry.slug == asked.industry)) if key])
    place = jurisdiction_by_code(session, asked.county) if asked.county else None
    if place is not None and place.tier != "province":
        ids = {row.slug: row.id or 0 for row in session.exec(select(Industry))}
        network = read_network(session)
        hosts = read_hosts(session, list(ids.values()), network)
        there = {h.industry for h in hosts if h.known and lies_in(h.place, place.code, network.places)}
        wanted.append(sorted(ids[slug] for slug in there))
    return wanted


def lies_in(code: str, above: str, places: dict[str, Place]) -> bool:
    """Whether the place `code` is `above` or lies below it. Pure."""
    while code != above:
        parent = places[code].parent
        if parent is None:
            return False
        code = parent
    return True
