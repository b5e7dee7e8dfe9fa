"""Comments and documents as rows of an answer, without what only the firm's own line may see."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from alerts.comment_documents import comments_of
from settings import TbtwatchError
from store.bureau import Bureau
from store.comment import Comment, CommentDocument
from store.subscription import Subscriber
from store.warning import TradeWarning


class UnknownSubscriber(TbtwatchError):
    """Raised when no address that gets mail is this one."""


def subscriber_called(session: Session, email: str) -> Subscriber:
    """The subscriber with this address; raises UnknownSubscriber."""
    found = session.exec(select(Subscriber).where(Subscriber.email_key == email.strip().casefold())).first()
    if found is None:
        raise UnknownSubscriber("no firm has this address: add it with `tbtwatch exporters add`")
    return found


def comment_rows(
    session: Session, *, warning: str = "", public_id: str = "", limit: int | None = None
) -> list[dict[str, Any]]:
    """The comments, the newest first."""
    wanted = (
        select(Comment, TradeWarning.public_id, Bureau.name_zh, CommentDocument.public_id)
        .join(TradeWarning, col(TradeWarning.id) == Comment.warning_id)
        .join(Bureau, col(Bureau.id) == Comment.bureau_id)
        .join(CommentDocument, col(CommentDocument.id) == Comment.document_id, isouter=True)
        .order_by(col(Comment.id).desc())
        .limit(limit)
    )
    if warning:
        wanted = wanted.where(TradeWarning.public_id == warning)
    if public_id:
        wanted = wanted.where(Comment.public_id == public_id)
    return [
        {
            "id": comment.public_id,
            "warning": warning_id,
            "bureau": bureau,
            "affected": comment.affected,
            "hs": comment.hs,
            "state": comment.state,
            "screened": comment.screened,
            "received_at": comment.received_at,
            "late": comment.is_late,
            "version": comment.number,
            "document": document,
        }
        for comment, warning_id, bureau, document in session.exec(wanted)
    ]


def document_row(session: Session, document: CommentDocument) -> dict[str, Any]:
    """One document with the ids of its comments."""
    return {
        "id": document.public_id,
        "title": document.title,
        "number": document.number,
        "version": document.version,
        "status": document.status,
        "route": document.route,
        "dated_on": document.dated_on,
        "comments": [comment.public_id for comment in comments_of(session, document)],
        "submitted_at": document.submitted_at,
    }
