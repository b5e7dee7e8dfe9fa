"""Sources as we watch them: their state, each visit, what went wrong, and the raw answers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field, SQLModel

from store.columns import JSONColumn, Public, UTCDateTime


class SourceState(SQLModel, table=True):
    """Where we stand with one source; the declaration itself is a YAML file."""

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(max_length=60, unique=True)
    first_crawled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    last_success_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    failing_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    status: str = Field(default="", max_length=12)  # ok | unchanged | limited | needs_key | failing
    reason: str = Field(default="")
    error_kind: str = Field(default="", max_length=40)  # the name of the error; "" when it is well
    name_zh: str = Field(default="", max_length=120)  # as declared at the last visit
    told_failing_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # None: not told, or healed
    cursor: dict[str, object] = Field(default_factory=dict, sa_type=JSONColumn)
    validators: dict[str, object] = Field(
        default_factory=dict, sa_type=JSONColumn
    )  # url -> ETag, Last-Modified, sha256


class CrawlRun(Public, table=True):
    """One visit to a source."""

    __table_args__ = (Index("ix_crawlrun_source_started", "source", "started_at"),)

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(max_length=60)
    mode: str = Field(max_length=10)  # recent | fill | import | reparse
    started_at: datetime = Field(sa_type=UTCDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    status: str = Field(default="running", max_length=12)
    reason: str = Field(default="")
    new: int = Field(default=0)
    changed: int = Field(default=0)
    unchanged: int = Field(default=0)
    rejected: int = Field(default=0)
    requests: int = Field(default=0)
    rows: int = Field(default=0)  # records listed, each once
    newest_on: date | None = Field(default=None)  # the newest date among them
    filled: dict[str, int] = Field(default_factory=dict, sa_type=JSONColumn)  # items, and how many had each field


class SourceIssue(SQLModel, table=True):
    """Something wrong with a source or with one of its records, in words that say what to do."""

    id: int | None = Field(default=None, primary_key=True)
    crawl_run_id: int = Field(foreign_key="crawlrun.id", index=True)
    source: str = Field(max_length=60, index=True)
    kind: str = Field(max_length=40)  # the name of the error
    record: str = Field(default="", max_length=300)  # url, symbol or row that it is about
    message: str
    at: datetime = Field(sa_type=UTCDateTime)


class RawAnswer(SQLModel, table=True):
    """An answer as it came, compressed, so that a mended parser can be run over history."""

    id: int | None = Field(default=None, primary_key=True)
    crawl_run_id: int = Field(foreign_key="crawlrun.id", index=True)
    source: str = Field(max_length=60, index=True)
    method: str = Field(default="GET", max_length=8)
    url: str
    request_body: str | None = Field(default=None)
    status: int
    headers: dict[str, str] = Field(default_factory=dict, sa_type=JSONColumn)
    fetched_at: datetime = Field(sa_type=UTCDateTime)
    parser_version: str = Field(max_length=20)
    body: bytes = Field(sa_type=LargeBinary)  # zlib
    body_sha256: str = Field(max_length=64, index=True)
