"""Mails to officers: a row before a message, unique by officer, kind and what it is about."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from store.columns import Claimable, JSONColumn, Public, UTCDateTime
from store.email import PENDING


class OfficerMail(Public, Claimable, table=True):
    """One message to one officer, kept as words and put into a layout when it leaves; no address stands here."""

    __table_args__ = (
        UniqueConstraint("officer_id", "kind", "key"),
        Index(
            "ix_officermail_pending",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    officer_id: int = Field(foreign_key="officer.id", index=True)
    kind: str = Field(max_length=20)  # reminder | overdue | red | summary | invitation ...
    key: str = Field(max_length=80)  # what it is about, so that it is written once
    title: str  # subject and heading
    lines: list[str] = Field(default_factory=list, sa_type=JSONColumn)  # paragraphs
    path: str = Field(default="", max_length=300)  # the page it leads to, below the service's own address
    state: str = Field(default=PENDING, max_length=10)  # pending | accepted | captured | failed
    created_at: datetime = Field(sa_type=UTCDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
