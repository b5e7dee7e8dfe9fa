"""Classifications: the suggested industries of one notice version under one mapping and model version."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.columns import JSONColumn, Public, UTCDateTime

LIVE, DRAFT = "live", "draft"
PUBLISHED, RETIRED = "published", "retired"
NO_MODEL = 0  # the number of the model version that stands for having none


class ModelVersion(Public, table=True):
    """A learned model, or the marker of having none (`number` 0)."""

    id: int | None = Field(default=None, primary_key=True)
    number: int = Field(unique=True)
    fingerprint: str = Field(default="", max_length=64)
    state: str = Field(default=PUBLISHED, max_length=10)  # published | retired
    created_at: datetime = Field(sa_type=UTCDateTime)
    figures: dict[str, object] = Field(default_factory=dict, sa_type=JSONColumn)


class ModelArtefact(SQLModel, table=True):
    """What a learned model needs to serve, as classifier/artefact.py writes it; every process reads the same."""

    id: int | None = Field(default=None, primary_key=True)
    model_version_id: int = Field(foreign_key="modelversion.id", unique=True)
    content: bytes = Field(sa_type=LargeBinary)


class Classification(Public, table=True):
    """The suggestions for one notice version; live ones raise warnings, draft ones only show a draft's effect."""

    __table_args__ = (UniqueConstraint("notice_version_id", "mapping_version_id", "model_version_id", "lane"),)

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    notice_version_id: int = Field(foreign_key="noticeversion.id")
    mapping_version_id: int = Field(foreign_key="mappingversion.id")
    model_version_id: int = Field(foreign_key="modelversion.id")
    lane: str = Field(default=LIVE, max_length=5)
    doubts: list[str] = Field(default_factory=list, sa_type=JSONColumn)
    created_at: datetime = Field(sa_type=UTCDateTime)


class Suggestion(SQLModel, table=True):
    """One suggested industry: score 0 to 1, accepted or flagged, and the evidence a person can check."""

    __table_args__ = (UniqueConstraint("classification_id", "industry_id"),)

    id: int | None = Field(default=None, primary_key=True)
    classification_id: int = Field(foreign_key="classification.id")
    industry_id: int = Field(foreign_key="industry.id", index=True)
    score: float
    state: str = Field(max_length=8)  # accepted | flagged
    evidence: list[dict[str, object]] = Field(default_factory=list, sa_type=JSONColumn)
