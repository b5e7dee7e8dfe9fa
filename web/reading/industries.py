"""The list of industries, grouped by sector, with what there is about each."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from store.classification import Classification, Suggestion
from store.industry import Industry
from web.reading.suggestions import newest_classifications


@dataclass(frozen=True)
class Sector:
    """A sector (code) and its industries."""

    code: str
    industries: list[Industry]


def sectors(session: Session) -> list[Sector]:
    """All active industries by sector, both in the order of the list."""
    grouped: dict[str, list[Industry]] = {}
    for industry in session.exec(select(Industry).where(Industry.status == "active").order_by(col(Industry.id))):
        grouped.setdefault(industry.sector, []).append(industry)
    return [Sector(code, industries) for code, industries in grouped.items()]


def notice_counts(session: Session) -> dict[str, int]:
    """slug -> how many notices the newest classifications put there, accepted or flagged."""
    rows = session.exec(
        select(Industry.slug, func.count())
        .join(Suggestion, col(Suggestion.industry_id) == Industry.id)
        .join(Classification, col(Suggestion.classification_id) == Classification.id)
        .where(col(Classification.id).in_(newest_classifications()))
        .group_by(Industry.slug)
    )
    return {slug: int(count) for slug, count in rows}
