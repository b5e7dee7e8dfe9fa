"""The documents as a list for operators: what was wanted, what came of it, public ids only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from store.document import Document, shown_name
from store.notice import Notice, symbols_of

_NAMES = (
    *("id", "notice", "symbols", "rel", "lang", "url", "status", "problem", "reason", "tries", "retry_at"),
    *("size_bytes", "pages", "is_cut", "characters", "fetched_at"),
)


def list_documents(session: Session, status: str | None = None, limit: int | None = None) -> list[dict[str, Any]]:
    """Documents with this status (None: all), the newest first; their text is counted, not given."""
    shown = (
        col(Document.public_id), Notice.public_id, Document.notice_id, Document.rel, Document.lang, Document.url,
        Document.status, Document.problem, Document.reason, Document.attempts, Document.retry_at, Document.size_bytes,
        Document.pages, Document.is_cut, func.length(col(Document.text)), Document.fetched_at,
    )  # fmt: skip
    wanted: Any = select(*shown).join(Notice, col(Notice.id) == Document.notice_id).order_by(col(Document.id).desc())  # type: ignore[call-overload]
    if status is not None:
        wanted = wanted.where(Document.status == status)
    rows = session.execute(wanted.limit(limit)).all()
    symbols = symbols_of(session, sorted({row[2] for row in rows}))
    return [
        dict(zip(_NAMES, (row[0], row[1], symbols[row[2]], *row[3:]), strict=True)) | {"name": shown_name(row[5])}
        for row in rows
    ]
