"""The rows of `tbtwatch notices`: what was published, with the industries suggested and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast
from sqlmodel import Session, col, select

from alerts.other_sources import joined_notices
from alerts.releasing import still_open
from alerts.threads import classifications_of
from cli.lookups import UnknownValue, check_value, slices
from crawlers.declarations import declared_sources
from store.classification import LIVE, Classification, Suggestion
from store.country import Country
from store.drill import is_published
from store.industry import Industry, industry_by_slug
from store.join import joined_threads
from store.notice import Notice, NoticeThread, NoticeVersion, symbols_of
from store.search import search, search_among
from store.warning import TradeWarning

IMPORTED = "import"  # the source of notices that only an imported file has shown


def notice_rows(
    session: Session,
    now: datetime,
    *,
    limit: int | None = None,
    market: str | None = None,
    industry: str | None = None,
    source: str | None = None,
    words: str = "",
    only_open: bool = False,
) -> list[dict[str, Any]]:
    """Notices with the industries suggested for them, the newest first. `words`: only those that have all of them."""
    if only_open:
        return _with_industries(session, _still_open(session, now, words, limit))
    wanted = select(Notice).where(col(Notice.merged_into_id).is_(None), is_published())
    if market is not None:
        if session.exec(select(Country.id).where(Country.wto_symbol == market)).first() is None:
            raise UnknownValue(f"no market '{market}': data/countries.csv lists the wto_symbols, e.g. USA, EU, TPKM")
        joint = cast(col(Notice.members), String).contains(f'"{market}"')
        wanted = wanted.where((col(Notice.issuer) == market) | joint)
    if source is not None:
        check_value(source, [*sorted(declared_sources()), IMPORTED], "--source")
        wanted = wanted.where(Notice.source == source)
    if industry is not None:
        wanted = wanted.where(
            col(Notice.id).in_(
                select(Classification.notice_id)
                .join(Suggestion, col(Suggestion.classification_id) == Classification.id)
                .where(Classification.lane == LIVE, Suggestion.industry_id == industry_by_slug(session, industry).id)
            )
        )
    if words.strip():
        return _with_industries(session, search_among(session, words, wanted, limit=limit))
    ordered = wanted.order_by(col(Notice.published_on).desc().nulls_last(), col(Notice.id).desc())
    return _with_industries(session, list(session.exec(ordered.limit(limit))))


def _still_open(session: Session, now: datetime, words: str, limit: int | None) -> list[Notice]:
    if not words.strip():
        return still_open(session, now, limit=limit)
    found = set(search(session, words))
    return [notice for notice in still_open(session, now, limit=None) if notice.id in found][:limit]


def _with_industries(session: Session, notices: Sequence[Notice]) -> list[dict[str, Any]]:
    return [row for some in slices(notices) for row in _rows_of(session, some)]


def _rows_of(session: Session, notices: Sequence[Notice]) -> list[dict[str, Any]]:
    symbols = symbols_of(session, [n.id or 0 for n in notices])
    suggested = suggestions_for(session, notices)
    return [
        {
            "id": n.public_id,
            "symbols": symbols[n.id or 0],
            "title": n.title,
            "market": n.issuer,
            "members": n.members,
            "kind": n.kind,
            "domain": n.domain,
            "source": n.source,
            "published_on": n.published_on,
            "comment_deadline": n.comment_deadline,
            "industries": [s["industry"] for s in suggested.get(n.id or 0, [])],
            "admitted": n.admitted,
            "admitted_reason": n.admitted_reason,
        }
        for n in notices
    ]


def whole_notice(session: Session, notice: Notice) -> dict[str, Any]:
    """One notice: its texts, dates, versions and suggestions with evidence."""
    plain = notice.model_dump(
        exclude={
            "id",
            "thread_id",
            "merged_into_id",
            "claimed_by",
            "joined_number",
            "claimed_until",
            "content_hash",
            "public_id",
            "issuer",
        }
    )
    versions = session.exec(
        select(NoticeVersion).where(NoticeVersion.notice_id == notice.id).order_by(col(NoticeVersion.number))
    )
    merged = session.get(Notice, notice.merged_into_id) if notice.merged_into_id else None
    return {
        "id": notice.public_id,
        "symbols": symbols_of(session, [notice.id or 0])[notice.id or 0],
        "market": notice.issuer,
        **plain,
        "merged_into": merged.public_id if merged else None,
        "thread": _thread_of(session, notice),
        "suggestions": suggestions_for(session, [notice]).get(notice.id or 0, []),
        "versions": [
            {"number": v.number, "source": v.source, "created_at": v.created_at, "difference": v.difference}
            for v in versions
        ],
        "warning": session.exec(
            select(TradeWarning.public_id).where(
                col(TradeWarning.thread_id).in_(joined_threads(session, [notice.thread_id])),
                TradeWarning.status == "actual",
            )
        ).first(),
        "other_sources": [
            {
                "id": n.public_id,
                "source": n.source,
                "market": n.issuer,
                "published_on": n.published_on,
                "title": n.title,
            }
            for n in joined_notices(session, notice.thread_id)
        ],
    }


def _thread_of(session: Session, notice: Notice) -> dict[str, Any]:
    """The thread by its public id, and the symbols of all that stands in it, the oldest document first."""
    together = session.exec(
        select(Notice)
        .where(Notice.thread_id == notice.thread_id, col(Notice.merged_into_id).is_(None))
        .order_by(col(Notice.published_on).nulls_first(), col(Notice.id))
    ).all()
    symbols = symbols_of(session, [n.id or 0 for n in together])
    return {
        "id": session.get_one(NoticeThread, notice.thread_id).public_id,
        "symbols": [symbol for n in together for symbol in symbols[n.id or 0]],
    }


def suggestions_for(session: Session, notices: Sequence[Notice]) -> dict[int, list[dict[str, Any]]]:
    """notice id -> its suggestions under the newest live classification, the surest first."""
    newest = {c.id: c.notice_id for c in classifications_of(session, notices).values()}
    rows = session.exec(
        select(Suggestion, Industry.slug)
        .join(Industry, col(Industry.id) == Suggestion.industry_id)
        .where(col(Suggestion.classification_id).in_(newest))
        .order_by(col(Suggestion.score).desc(), Industry.slug)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for suggestion, slug in rows:
        found.setdefault(newest[suggestion.classification_id], []).append(
            {"industry": slug, "score": suggestion.score, "state": suggestion.state, "evidence": suggestion.evidence}
        )
    return found
