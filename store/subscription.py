"""Exporters, the addresses that get mail, and what they asked for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, event, text
from sqlmodel import Field, SQLModel

from store.columns import Public, UTCDateTime

# Kinds of a subscription's terms. Industry, HS and word are alternatives; market and kind of notice narrow them.
INDUSTRY, HS, WORD, MARKET, KIND = "industry", "hs", "word", "market", "kind"
# How often a subscriber gets the information digest: on Mondays or every day.
WEEKLY, DAILY = "weekly", "daily"


class Exporter(Public, table=True):
    """A firm; it belongs to exactly one bureau, the province's when it names no place."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(default="", max_length=120)
    credit_code: str = Field(default="", max_length=18)  # unified social credit code, GB 32100
    jurisdiction_id: int | None = Field(default=None, foreign_key="jurisdiction.id", index=True)
    bureau_id: int = Field(foreign_key="bureau.id", index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)


class Subscriber(Public, table=True):
    """An address that gets mail; with officers' rows the only place where addresses stand."""

    __table_args__ = (
        Index(
            "ix_subscriber_waiting",
            "id",
            sqlite_where=text("confirmed_at IS NULL AND ended_at IS NULL"),
            postgresql_where=text("confirmed_at IS NULL AND ended_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    exporter_id: int = Field(foreign_key="exporter.id", index=True)
    email: str = Field(max_length=254)
    email_key: str = Field(max_length=254, unique=True)  # lower-cased, domain in ASCII: what makes an address one
    domain: str = Field(default="", max_length=253, index=True)  # of email_key; kept by the listener below
    lang: str = Field(default="zh", max_length=5)
    created_at: datetime = Field(sa_type=UTCDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_reason: str = Field(default="", max_length=40)
    digest_rhythm: str = Field(default=WEEKLY, max_length=8)
    # What is off unless asked for: news of standards, and publications that only ask for opinions.
    wants_standards: bool = Field(default=False)
    wants_consultations: bool = Field(default=False)
    mobile: str = Field(default="", max_length=20)  # for a bureau's call when red warnings cannot be mailed
    # Consent (PIPL article 14): when, and to which version of the text.
    consent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    consent_version: str = Field(default="", max_length=20)
    # Who enrolled it on what ground, when it did not sign up itself; invitations to confirm so far, and the last one's.
    enrolled_by_id: int | None = Field(default=None, foreign_key="bureau.id")
    enrolled_ground: str = Field(default="", max_length=200)
    invitations: int = Field(default=0)
    invited_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    erased_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # the address is gone, the ledger stays


@event.listens_for(Subscriber, "before_insert")
@event.listens_for(Subscriber, "before_update")
def _keep_domain(mapper: object, connection: object, subscriber: Subscriber) -> None:
    """The domain follows the address, also when that changes or is erased."""
    subscriber.domain = subscriber.email_key.rpartition("@")[2] if "@" in subscriber.email_key else ""


class Subscription(Public, table=True):
    """What a subscriber asked for. It ends, with a reason; it is never edited or deleted."""

    __table_args__ = (Index("ix_subscription_open", "subscriber_id", "ended_at"),)

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id")
    said: str = Field(default="", max_length=300)  # what the firm makes, in its own words
    severity_floor: str = Field(default="", max_length=10)  # nothing below this colour; "": every colour
    began_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_reason: str = Field(default="", max_length=40)


class SubscriptionTerm(SQLModel, table=True):
    """One thing a subscription asks for: an industry slug, an HS prefix, a product word or a market."""

    __table_args__ = (Index("ix_subscriptionterm_value", "kind", "value", "subscription_id", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    subscription_id: int = Field(foreign_key="subscription.id", index=True)
    kind: str = Field(max_length=8)
    value: str = Field(max_length=100)  # words lower-cased; markets are wto_symbols


class Match(Public, table=True):
    """A subscriber whom a warning version concerns, with the reason in words, kept for every later question."""

    __table_args__ = (Index("uq_match", "version_id", "subscriber_id", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="warningversion.id")
    subscriber_id: int = Field(foreign_key="subscriber.id", index=True)
    subscription_id: int | None = Field(default=None, foreign_key="subscription.id")  # None: got the earlier version
    reason: str
    created_at: datetime = Field(sa_type=UTCDateTime)
