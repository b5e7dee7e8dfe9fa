"""Digests: mails that gather several things for one person, and the things that wait to be gathered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from store.columns import Claimable, JSONColumn, Public, UTCDateTime

# Lanes, never mixed in one mail: what nobody signed, and warnings of a day or of one source within half an hour.
INFORMATION, DAILY, SHARED = "information", "daily", "shared"
# What became of an item.
TOLD, WARNED, REPLACED, LEFT = "told", "warned", "replaced", "left"

_UNWRITTEN = text("written_at IS NULL")
_WAITING = text("settled_at IS NULL")


class Digest(Public, Claimable, table=True):
    """One gathered mail for one person: planned as a row, then written; without a mail when nothing was left to tell.

    `key` is the week (2026-W23), the day (2026-06-03), or for shared mails the source with the planning instant.
    """

    __table_args__ = (
        UniqueConstraint("subscriber_id", "lane", "key"),
        Index("ix_digest_to_write", "id", sqlite_where=_UNWRITTEN, postgresql_where=_UNWRITTEN),
    )

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id")
    lane: str = Field(max_length=12)
    key: str = Field(max_length=80)
    source: str = Field(default="", max_length=60)  # of a shared mail: the publication its warnings come from
    planned_at: datetime = Field(sa_type=UTCDateTime)
    written_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    entries: int = Field(default=0)  # how many things it tells
    email_id: int | None = Field(default=None, foreign_key="email.id", index=True)


class DigestItem(SQLModel, table=True):
    """One thing that one person is to be told with others; once per thread and `content` (what a reader plans by)."""

    __table_args__ = (
        UniqueConstraint("subscriber_id", "lane", "thread_id", "content"),
        Index("ix_digestitem_due", "due_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id")
    lane: str = Field(max_length=12)
    thread_id: int = Field(foreign_key="noticethread.id")
    version_id: int = Field(foreign_key="warningversion.id", index=True)
    content: str = Field(max_length=64)
    kind: str = Field(default="", max_length=20)  # of a warning: the mail it would be by itself
    source: str = Field(default="", max_length=60)  # of a shared mail
    reason: str = Field(default="")
    fields: dict[str, str] = Field(
        default_factory=dict, sa_type=JSONColumn
    )  # of a warning: what is the recipient's own
    matched_at: datetime = Field(sa_type=UTCDateTime)
    due_at: datetime = Field(sa_type=UTCDateTime)  # not before; what was missed is made up for once
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    outcome: str = Field(default="", max_length=10)  # told | warned | replaced | left
    digest_id: int | None = Field(default=None, foreign_key="digest.id", index=True)
