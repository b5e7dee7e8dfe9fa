"""The industries suggested for notices: those of the newest live classification of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from store.classification import LIVE, Classification, Suggestion
from store.industry import Industry


@dataclass(frozen=True)
class SuggestedIndustry:
    """An industry suggested for a notice, with its evidence as stored."""

    slug: str
    name: str
    state: str
    score: float
    evidence: list[dict[str, Any]]


def newest_classifications(notice_ids: Iterable[int] | None = None) -> Any:
    """A select of the ids of the newest live classification of each notice (of those given, or of all)."""
    newest = select(func.max(Classification.id)).where(Classification.lane == LIVE)
    if notice_ids is not None:
        newest = newest.where(col(Classification.notice_id).in_(list(notice_ids)))
    return newest.group_by(col(Classification.notice_id))


def suggestions_of(session: Session, notice_ids: Sequence[int]) -> dict[int, list[SuggestedIndustry]]:
    """notice id -> its suggested industries, the most certain first."""
    found: dict[int, list[SuggestedIndustry]] = {key: [] for key in notice_ids}
    rows = session.exec(
        select(Classification.notice_id, Suggestion, Industry)
        .join(Suggestion, col(Suggestion.classification_id) == Classification.id)
        .join(Industry, col(Suggestion.industry_id) == Industry.id)
        .where(col(Classification.id).in_(newest_classifications(notice_ids)))
        .order_by(col(Suggestion.score).desc(), Industry.slug)
    )
    for notice_id, suggestion, industry in rows:
        found[notice_id].append(
            SuggestedIndustry(
                industry.slug,
                industry.name_zh,
                suggestion.state,
                suggestion.score,
                list(suggestion.evidence),
            )
        )
    return found
