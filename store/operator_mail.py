"""Mails to those who run the service: a row before a message, as for firms."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from store.columns import Claimable, JSONColumn, Public, UTCDateTime
from store.email import PENDING


class OperatorMail(Public, Claimable, table=True):
    """One message to all operators (TBTWATCH_OPERATORS); no address stands here."""

    __table_args__ = (
        Index(
            "ix_operatormail_pending",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=20)  # sources_changed
    subject: str
    text: str
    html: str
    accepted_by: list[str] = Field(default_factory=list, sa_type=JSONColumn)  # SHA-256 of addresses it went to already
    state: str = Field(default=PENDING, max_length=10)  # pending | accepted | captured | failed
    created_at: datetime = Field(sa_type=UTCDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
