"""Column types and mixins that every table shares."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

JSONColumn = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant, stored as UTC. SQLite would give back naive datetimes; naive ones are refused on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime: instants carry a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_public_id() -> str:
    """A random 128-bit name, 32 hex characters: the only name of a row in URLs, mails and CLI answers."""
    return secrets.token_hex(16)


def new_public_ids(count: int) -> list[str]:
    """`count` such names from one call of the system."""
    text = secrets.token_hex(16 * count)
    return [text[i : i + 32] for i in range(0, 32 * count, 32)]


class Public(SQLModel):
    """A row that people see, by its public id; the integer key stays inside."""

    public_id: str = Field(default_factory=new_public_id, max_length=32, unique=True, nullable=False)


class Claimable(SQLModel):
    """A work row: who took it until when, how often it was tried, why it failed; parked after five attempts."""

    claimed_by: str | None = Field(default=None, max_length=120)
    claimed_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    attempts: int = Field(default=0)
    last_error: str | None = Field(default=None)
    parked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
