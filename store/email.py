"""E-mails: a row before a message. Accepted by the next server is not delivered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, SmallInteger, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from store.columns import Claimable, JSONColumn, Public, UTCDateTime

# What leaves first: a smaller number overtakes.
URGENT, ORDINARY, BULK = 0, 5, 9
PENDING, ACCEPTED, CAPTURED, FAILED = "pending", "accepted", "captured", "failed"


class MailBody(SQLModel, table=True):
    """What all mails of one warning version and kind have in common, rendered once, with places for fields.

    A letter (a mail about no single version) has no version and a `key` instead: unique by kind, key and language.
    """

    __table_args__ = (
        UniqueConstraint("version_id", "kind", "lang"),
        Index(
            "uq_mailbody_letter",
            "kind",
            "key",
            "lang",
            unique=True,
            sqlite_where=text("version_id IS NULL"),
            postgresql_where=text("version_id IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    version_id: int | None = Field(default=None, foreign_key="warningversion.id")
    kind: str = Field(max_length=20)
    key: str = Field(default="", max_length=80)
    lang: str = Field(default="zh", max_length=5)
    subject: str
    text: str
    html: str
    calendar: str = Field(default="")  # an iCalendar file with the days, attached; "" when there are none
    rendered_at: datetime = Field(sa_type=UTCDateTime)


class Email(Public, Claimable, table=True):
    """One message to one subscriber, unique by (subscriber, warning version, kind); no address stands here.

    A letter has no version: it is unique by (subscriber, kind, key).
    """

    __table_args__ = (
        UniqueConstraint("subscriber_id", "version_id", "kind"),
        Index(
            "uq_email_letter",
            "subscriber_id",
            "kind",
            "key",
            unique=True,
            sqlite_where=text("version_id IS NULL"),
            postgresql_where=text("version_id IS NULL"),
        ),
        Index(
            "ix_email_pending",
            "urgency",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id", index=True)
    version_id: int | None = Field(default=None, foreign_key="warningversion.id", index=True)
    kind: str = Field(max_length=20)  # warning_issue | warning_update | warning_cancel | a letter's kind
    key: str = Field(default="", max_length=80)  # of a letter: what it is about, so that it is written once
    body_id: int = Field(foreign_key="mailbody.id")
    fields: dict[str, str] = Field(default_factory=dict, sa_type=JSONColumn)  # what differs between recipients
    state: str = Field(default=PENDING, max_length=10)
    urgency: int = Field(default=ORDINARY, sa_type=SmallInteger, sa_column_kwargs={"server_default": str(ORDINARY)})
    created_at: datetime = Field(sa_type=UTCDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    paced_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # its turn under the provider's pace


class DeliveryAttempt(SQLModel, table=True):
    """One try with the server's answer."""

    id: int | None = Field(default=None, primary_key=True)
    email_id: int = Field(foreign_key="email.id", index=True)
    at: datetime = Field(sa_type=UTCDateTime)
    transport: str = Field(max_length=20)
    outcome: str = Field(max_length=10)  # accepted | temporary | permanent | ambiguous | captured
    smtp_code: int | None = Field(default=None)
    smtp_text: str = Field(default="", max_length=500)
    reply_class: str = Field(default="", max_length=10)  # what kind of answer it was, see alerts/replies.py
