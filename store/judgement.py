"""What subscribers say of a warning: it concerns them or not. The latest counts, the earlier ones stay."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from store.columns import Public, UTCDateTime

# Why a warning is said not to concern its reader; "" when nothing was said.
NOT_MY_PRODUCT, NOT_MY_MARKET, TOO_MANY = "product", "market", "too_many"


class Judgement(Public, table=True):
    """One press of 与我有关 or 与我无关 in a mail; feedback for who tends the mapping, too."""

    __table_args__ = (Index("ix_judgement_of", "subscriber_id", "warning_id"),)

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id")
    warning_id: int = Field(foreign_key="tradewarning.id", index=True)
    version_id: int | None = Field(default=None, foreign_key="warningversion.id")  # what the mail told
    email_id: int | None = Field(default=None, foreign_key="email.id")  # the mail whose button was pressed
    relevant: bool
    why: str = Field(default="", max_length=10)
    at: datetime = Field(sa_type=UTCDateTime)
