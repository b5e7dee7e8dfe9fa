"""The mapping of codes and words to industries, in versions: a published one never changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, select

from store.columns import JSONColumn, Public, UTCDateTime


class ReferenceRelease(SQLModel, table=True):
    """The reference files as they were shipped once: the base of the next three-way difference."""

    id: int | None = Field(default=None, primary_key=True)
    fingerprint: str = Field(max_length=64, unique=True)  # sha256 over the normalised rows
    loaded_at: datetime = Field(sa_type=UTCDateTime)
    content: bytes = Field(sa_type=LargeBinary)  # zlib of the rows as JSON


class MappingVersion(Public, table=True):
    """A version of all rules, thresholds and clusters; `state` is draft, published or retired."""

    id: int | None = Field(default=None, primary_key=True)
    number: int = Field(unique=True)
    state: str = Field(default="draft", max_length=10, index=True)
    based_on_id: int | None = Field(default=None, foreign_key="mappingversion.id")
    release_id: int | None = Field(default=None, foreign_key="referencerelease.id")
    created_at: datetime = Field(sa_type=UTCDateTime)
    published_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    fingerprint: str = Field(default="", max_length=64)
    note: str = Field(default="")
    differences: list[dict[str, object]] = Field(default_factory=list, sa_type=JSONColumn)


class MappingRule(SQLModel, table=True):
    """One rule of one version: a code prefix, a word or phrase, or an exclusion, for one industry."""

    __table_args__ = (UniqueConstraint("version_id", "industry_id", "kind", "lang", "value"),)

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="mappingversion.id", index=True)
    industry_id: int = Field(foreign_key="industry.id")
    kind: str = Field(max_length=10)  # hs | ics | word | umbrella | exclusion
    lang: str = Field(default="", max_length=5)  # en, zh, es, fr for words; "" for codes
    value: str = Field(max_length=200)
    weight: float = Field(default=1.0)
    author: str = Field(default="shipped", max_length=80)
    note: str = Field(default="")


class IndustryThreshold(SQLModel, table=True):
    """From which score a suggestion of this industry is accepted, and from which it is flagged, in one version."""

    __table_args__ = (UniqueConstraint("version_id", "industry_id"),)

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="mappingversion.id", index=True)
    industry_id: int = Field(foreign_key="industry.id")
    accepted: float
    flagged: float


class Cluster(SQLModel, table=True):
    """A county or town that hosts an industry, in one version: where a warning's desk stands."""

    __table_args__ = (UniqueConstraint("version_id", "industry_id", "jurisdiction_id", "town_zh"),)

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="mappingversion.id", index=True)
    industry_id: int = Field(foreign_key="industry.id")
    jurisdiction_id: int = Field(foreign_key="jurisdiction.id")
    town_zh: str = Field(default="", max_length=80)
    town_code: str = Field(default="", max_length=60)
    lead: bool = Field(default=False)
    sourced: bool = Field(default=False)
    confidence: str = Field(default="low", max_length=8)  # high, medium, low
    confirmed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    source: str = Field(default="", max_length=80)
    note: str = Field(default="")


def published_mapping(session: Session) -> MappingVersion | None:
    """The version in force: the newest published one; None before the first `data load`."""
    return session.exec(
        select(MappingVersion).where(MappingVersion.state == "published").order_by(MappingVersion.number.desc())  # type: ignore[attr-defined]
    ).first()
