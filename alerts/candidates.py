"""Who asks for what is told: by the index of this process, which is always equal to the rows."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlmodel import Session, col

from alerts.criteria import Hit, Told
from alerts.markets import EU_GROUP
from alerts.match_index import index_for
from store.country import Country


def hits_for(session: Session, told: Told, members: Collection[str]) -> dict[int, dict[int, Hit]]:
    """subscriber id -> subscription id -> why it meets; only confirmed subscribers and open subscriptions count.

    `members` are the wto_symbols of the EU's member states, see `eu_members`.
    """
    return index_for(session).hits_for(session, told, members).hits


def eu_members(session: Session) -> frozenset[str]:
    """The wto_symbols of the member states of the EU."""
    rows = session.execute(select(col(Country.wto_symbol), col(Country.groups)))
    return frozenset(symbol for symbol, groups in rows if EU_GROUP in groups)
