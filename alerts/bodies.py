"""A body whose text was forgotten after its time is written anew when a later mail needs it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import update
from sqlmodel import Session, col

from store.email import MailBody


def refill(session: Session, body_id: int | None, parts: Mapping[str, str]) -> None:
    """Put `parts` (subject, text, html) into a body without text; one that has its text stays as it is."""
    empty = (col(MailBody.id) == body_id, col(MailBody.text) == "")
    session.execute(update(MailBody).where(*empty).values(**parts).execution_options(synchronize_session=False))
