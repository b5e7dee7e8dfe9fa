"""Joins as rows of an answer: both notices, the evidence, who decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from cli.lookups import slices
from store.bureau import Officer
from store.join import NoticeJoin
from store.notice import Notice, symbols_of


def join_rows(
    session: Session, *, state: str = "all", public_id: str = "", limit: int | None = None
) -> list[dict[str, Any]]:
    """The joins in this state (`all`: any), the newest first."""
    wanted = select(NoticeJoin).order_by(col(NoticeJoin.id).desc()).limit(limit)
    if state != "all":
        wanted = wanted.where(NoticeJoin.state == state)
    if public_id:
        wanted = wanted.where(NoticeJoin.public_id == public_id)
    found = session.exec(wanted).all()
    ends = _ends(session, sorted({key for one in found for key in (one.notice_id, one.other_id)}))
    officers = {officer.id: officer.sign_in for officer in session.exec(select(Officer))}
    return [
        {
            "id": one.public_id,
            "state": one.state,
            "how": one.how,
            "reference": one.reference,
            "stood_in": one.stood_in,
            "score": one.score,
            "likeness": one.likeness,
            "first": ends[one.notice_id],
            "second": ends[one.other_id],
            "created_at": one.created_at,
            "decided_at": one.decided_at,
            "by": officers.get(one.officer_id, ""),
        }
        for one in found
    ]


def public_ids(session: Session, notice_ids: Sequence[int]) -> list[str]:
    """The public ids of these notices."""
    return list(session.exec(select(Notice.public_id).where(col(Notice.id).in_(notice_ids)).order_by(col(Notice.id))))


def _ends(session: Session, notice_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for part in slices(notice_ids):
        symbols = symbols_of(session, list(part))
        for notice in session.exec(select(Notice).where(col(Notice.id).in_(part))):
            found[notice.id or 0] = {
                "id": notice.public_id,
                "source": notice.source,
                "market": notice.issuer,
                "kind": notice.kind,
                "published_on": notice.published_on,
                "title": notice.title or notice.products,
                "symbols": symbols[notice.id or 0],
            }
    return found
