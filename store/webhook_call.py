"""Calls of the officers' webhook: a row before a call, unique by kind and what it is about."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from store.columns import Claimable, Public, UTCDateTime
from store.email import PENDING


class WebhookCall(Public, Claimable, table=True):
    """One message for the officers' webhook, in words; body and signature are made when it leaves.

    No address stands here: a group robot's address is its key.
    """

    __table_args__ = (
        UniqueConstraint("kind", "key"),
        Index(
            "ix_webhookcall_pending",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=20)  # summary | red
    key: str = Field(max_length=80)  # what it is about, and for whom, so that it is called once
    bureau: str = Field(max_length=9)  # the code of the jurisdiction whose bureau it is for
    title: str
    text: str
    path: str = Field(default="", max_length=300)  # the page it leads to, below the service's own address
    state: str = Field(default=PENDING, max_length=10)  # pending | accepted
    created_at: datetime = Field(sa_type=UTCDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
