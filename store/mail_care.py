"""What is known of the places mails go to: providers' pace, paused domains, troubled addresses, held batches, calls."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from store.columns import JSONColumn, Public, UTCDateTime


class MailDomain(SQLModel, table=True):
    """A recipients' domain that asked for less mail, or whose provider was found by its MX records."""

    id: int | None = Field(default=None, primary_key=True)
    domain: str = Field(max_length=253, unique=True)
    provider: str = Field(default="", max_length=20)  # found by MX; "": by the domain's name alone
    looked_up_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    paused_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    pause_s: int = Field(default=0)  # how long the last pause was
    why: str = Field(default="", max_length=500)  # the server's words, without addresses


class MailBucket(SQLModel, table=True):
    """The token bucket of a provider and lane, drawn from under a lock by whichever process sends."""

    __table_args__ = (UniqueConstraint("provider", "lane"),)

    id: int | None = Field(default=None, primary_key=True)
    provider: str = Field(max_length=20)
    lane: str = Field(default="", max_length=10)  # red mails have a bucket of their own
    tokens: float = Field(default=0.0)
    filled_at: datetime = Field(sa_type=UTCDateTime)


class AddressTrouble(SQLModel, table=True):
    """A day on which a server said that a subscriber's address does not exist; one row a day."""

    __table_args__ = (UniqueConstraint("subscriber_id", "day"),)

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id")
    day: date
    at: datetime = Field(sa_type=UTCDateTime)
    source: str = Field(max_length=10)  # answer (at the door) | bounce


class RefusedBatch(SQLModel, table=True):
    """How many mails of one body were refused for their content or our reputation, and whether the rest is held."""

    id: int | None = Field(default=None, primary_key=True)
    body_id: int = Field(foreign_key="mailbody.id", unique=True)
    refused: int = Field(default=0)
    why: str = Field(default="", max_length=500)  # the last server's words, without addresses
    held_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    released_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class CallListEntry(Public, table=True):
    """A firm its bureau must call: a red warning could not be mailed in time, or its address is no more."""

    __table_args__ = (
        UniqueConstraint("version_id", "subscriber_id"),
        Index("ix_calllistentry_open", "bureau_id", "called_at"),
        Index(
            "uq_calllistentry_address",
            "subscriber_id",
            unique=True,
            sqlite_where=text("version_id IS NULL AND called_at IS NULL"),
            postgresql_where=text("version_id IS NULL AND called_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    version_id: int | None = Field(default=None, foreign_key="warningversion.id")  # None: the address itself
    subscriber_id: int = Field(foreign_key="subscriber.id", index=True)
    bureau_id: int = Field(foreign_key="bureau.id")
    reason: str = Field(max_length=20)
    created_at: datetime = Field(sa_type=UTCDateTime)
    called_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    called_by_id: int | None = Field(default=None, foreign_key="officer.id")


class RedProof(SQLModel, table=True):
    """That each recipient of a red version was accounted for, fifteen minutes after it went out."""

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="warningversion.id", unique=True)
    proved_at: datetime = Field(sa_type=UTCDateTime)
    recipients: int
    accepted: int
    listed: int


class ReadMessage(SQLModel, table=True):
    """A message of the bounce box that was read, by its hash: each is acted on once, whoever finds it again."""

    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(max_length=64, unique=True)
    at: datetime = Field(sa_type=UTCDateTime)
    outcome: str = Field(max_length=20)
    email_id: int | None = Field(default=None, foreign_key="email.id")


class MailCheck(SQLModel, table=True):
    """One run of `tbtwatch mail check`: what was looked up and found."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime)
    passed: bool
    subject: str = Field(default="", max_length=600)  # the sender domain, host and selectors it was about
    lines: list[dict[str, str]] = Field(default_factory=list, sa_type=JSONColumn)
