"""E-mails: a row before a message. Accepted by the next server is not delivered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from store.columns import Claimable, JSONColumn, Public, UTCDateTime

PENDING, ACCEPTED, CAPTURED, FAILED = "pending", "accepted", "captured", "failed"


class MailBody(SQLModel, table=True):
    """What all mails of one warning version and kind have in common, rendered once, with places for fields."""

    __table_args__ = (UniqueConstraint("version_id", "kind", "lang"),)

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="warningversion.id")
    kind: str = Field(max_length=20)
    lang: str = Field(default="zh", max_length=5)
    subject: str
    text: str
    html: str
    rendered_at: datetime = Field(sa_type=UTCDateTime)


class Email(Public, Claimable, table=True):
    """One message to one subscriber, unique by (subscriber, warning version, kind); no address stands here."""

    __table_args__ = (
        UniqueConstraint("subscriber_id", "version_id", "kind"),
        Index(
            "ix_email_pending", "id", sqlite_where=text("state = 'pending'"), postgresql_where=text("state = 'pending'")
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id", index=True)
    version_id: int = Field(foreign_key="warningversion.id", index=True)
    kind: str = Field(max_length=20)  # warning_issue | warning_update | warning_cancel
    body_id: int = Field(foreign_key="mailbody.id")
    fields: dict[str, str] = Field(default_factory=dict, sa_type=JSONColumn)  # what differs between recipients
    state: str = Field(default=PENDING, max_length=10)
    created_at: datetime = Field(sa_type=UTCDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class DeliveryAttempt(SQLModel, table=True):
    """One try with the server's answer."""

    id: int | None = Field(default=None, primary_key=True)
    email_id: int = Field(foreign_key="email.id", index=True)
    at: datetime = Field(sa_type=UTCDateTime)
    transport: str = Field(max_length=20)
    outcome: str = Field(max_length=10)  # accepted | temporary | permanent | ambiguous | captured
    smtp_code: int | None = Field(default=None)
    smtp_text: str = Field(default="", max_length=500)
