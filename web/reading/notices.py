"""The list of notices: what was asked for, and one page of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from sqlmodel import Session, col, select

from store.classification import Classification, Suggestion
from store.drill import is_published
from store.industry import Industry
from store.notice import Notice, symbols_of
from store.search import search_among
from web.reading.suggestions import SuggestedIndustry, newest_classifications, suggestions_of

PAGE_SIZE = 30
FURTHEST_PAGE = 5000  # beyond it a person searches, and an offset only costs


@dataclass(frozen=True)
class NoticesAsked:
    """What the reader asked the list for; empty text means all."""

    words: str = ""
    market: str = ""
    industry: str = ""
    domain: str = ""
    kind: str = ""
    page: int = 1

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> NoticesAsked:
        """Read the address; what is not understood counts as not asked."""
        page = query.get("page", "1")
        return cls(
            words=query.get("q", "").strip()[:100],
            market=query.get("market", ""),
            industry=query.get("industry", ""),
            domain=query.get("domain", ""),
            kind=query.get("kind", ""),
            page=min(max(int(page), 1), FURTHEST_PAGE) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
        )

    def address(self, page: int) -> str:
        """The address of another page of the same list."""
        asked = replace(self, page=page)
        values = {
            "q": asked.words,
            "market": asked.market,
            "industry": asked.industry,
            "domain": asked.domain,
            "kind": asked.kind,
            "page": page if page > 1 else "",
        }
        return "?" + urlencode({name: value for name, value in values.items() if value})

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the page was asked for."""
        return replace(self, page=1) != NoticesAsked()


@dataclass(frozen=True)
class NoticeRow:
    """One line of the list."""

    notice: Notice
    symbols: list[str]
    industries: list[SuggestedIndustry]


def notice_rows(session: Session, asked: NoticesAsked) -> tuple[list[NoticeRow], bool]:
    """One page of notices, the newest first, and whether another page follows."""
    wanted = _narrowed(select(Notice).where(col(Notice.merged_into_id).is_(None), is_published()), asked)
    skip, most = (asked.page - 1) * PAGE_SIZE, PAGE_SIZE + 1
    if asked.words:
        found = search_among(session, asked.words, wanted, skip=skip, limit=most)
    else:
        newest_first = wanted.order_by(col(Notice.published_on).desc().nulls_last(), col(Notice.id).desc())
        found = list(session.exec(newest_first.offset(skip).limit(most)))
    return with_industries(session, found[:PAGE_SIZE]), len(found) > PAGE_SIZE


def with_industries(session: Session, notices: list[Notice]) -> list[NoticeRow]:
    """Notices with their symbols and suggested industries, in the order given."""
    ids = [notice.id for notice in notices if notice.id is not None]
    symbols, industries = symbols_of(session, ids), suggestions_of(session, ids)
    return [NoticeRow(notice, symbols[notice.id or 0], industries[notice.id or 0]) for notice in notices]


def markets_seen(session: Session) -> list[str]:
    """The issuers that there are notices of."""
    issuers = select(Notice.issuer).where(is_published()).distinct().order_by(Notice.issuer)
    return [symbol for symbol in session.exec(issuers) if symbol]


def _narrowed(wanted: Any, asked: NoticesAsked) -> Any:
    if asked.market:
        wanted = wanted.where(Notice.issuer == asked.market)
    if asked.domain:
        wanted = wanted.where(Notice.domain == asked.domain)
    if asked.kind:
        wanted = wanted.where(Notice.kind == asked.kind)
    if asked.industry:
        in_industry = (
            select(Classification.notice_id)
            .join(Suggestion, col(Suggestion.classification_id) == Classification.id)
            .join(Industry, col(Suggestion.industry_id) == Industry.id)
            .where(Industry.slug == asked.industry, col(Classification.id).in_(newest_classifications()))
        )
        wanted = wanted.where(col(Notice.id).in_(in_industry))
    return wanted
