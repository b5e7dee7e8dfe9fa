"""Erasing a firm from its comments: names and words go, what sums and documents count stays."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from store.audit import write_audit
from store.comment import Comment, CommentVersion


def forget_commenter(session: Session, now: datetime, exporter_id: int) -> int:
    """Take a firm out of all its comments; returns how many. Affected, codes, value and states stay for the sums.

    To be called in the transaction that erases the exporter. What was submitted on paper is not called back.
    """
    comments = session.exec(select(Comment).where(Comment.exporter_id == exporter_id)).all()
    for comment in comments:
        comment.exporter_id = comment.subscriber_id = None
        comment.firm_name = comment.products = comment.harm = comment.wording = ""
        comment.may_be_named = False
        session.add(comment)
        session.execute(delete(CommentVersion).where(col(CommentVersion.comment_id) == comment.id))
        write_audit(
            session,
            now,
            action="comment.forget",
            object_kind="comment",
            object_id=comment.public_id,
            actor="subscriber",
        )
    session.flush()
    return len(comments)
