"""Notices: what a source published, in versions, with their symbols, threads and sightings."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, Session, SQLModel, col, select

from store.columns import Claimable, JSONColumn, Public, UTCDateTime

NEWS, HISTORY = "news", "history"
DRILL = "drill"  # made up for a drill (演练): no source published it, see store/drill.py


class NoticeThread(Public, table=True):
    """A notification and all that follows it (Rev, Add, Corr, Suppl), or a single notice of another source."""

    id: int | None = Field(default=None, primary_key=True)


class ThreadFamily(SQLModel, table=True):
    """A family key (domain, code, number of a symbol) and the thread it belongs to; joint notices have several."""

    id: int | None = Field(default=None, primary_key=True)
    family: str = Field(max_length=40, unique=True)  # e.g. TBT/ARE/703
    thread_id: int = Field(foreign_key="noticethread.id", index=True)


class Notice(Public, Claimable, table=True):
    """One published item (公告) as it is now; `number` counts its versions. Texts are plain text, never HTML.

    Unique by symbol for WTO notifications (NoticeSymbol) and by (source, source_key) for every other source;
    WTO notices carry the source that saw them first and an empty source_key.
    """

    __table_args__ = (
        Index(
            "uq_notice_source_key",
            "source",
            "source_key",
            unique=True,
            sqlite_where=text("source_key != ''"),
            postgresql_where=text("source_key != ''"),
        ),
        Index(
            "ix_notice_to_classify",
            "id",
            sqlite_where=text("classified_at IS NULL"),
            postgresql_where=text("classified_at IS NULL"),
        ),
        Index(
            "ix_notice_to_raise",
            "id",
            sqlite_where=text("raised_at IS NULL"),
            postgresql_where=text("raised_at IS NULL"),
        ),
        Index(
            "ix_notice_to_join",
            "id",
            sqlite_where=text("joined_number IS NULL OR joined_number < number"),
            postgresql_where=text("joined_number IS NULL OR joined_number < number"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(max_length=60)
    source_key: str = Field(default="", max_length=200)
    thread_id: int = Field(foreign_key="noticethread.id", index=True)
    merged_into_id: int | None = Field(default=None, foreign_key="notice.id")
    kind: str = Field(max_length=14)  # notification | regulation | standard | recall | border
    domain: str | None = Field(default=None, max_length=3)  # TBT | SPS
    notification_type: str | None = Field(default=None, max_length=120)
    thread_reason: str | None = Field(default=None, max_length=20)  # of an addendum: deadline_changed, adopted, ...
    issuer: str = Field(max_length=8, index=True)
    members: list[str] = Field(default_factory=list, sa_type=JSONColumn)
    title: str = Field(default="")
    description: str = Field(default="")
    products: str = Field(default="")
    lang: str = Field(default="", max_length=5)
    hs: list[str] = Field(default_factory=list, sa_type=JSONColumn)
    ics: list[str] = Field(default_factory=list, sa_type=JSONColumn)
    objectives: list[str] = Field(default_factory=list, sa_type=JSONColumn)
    keywords: list[str] = Field(default_factory=list, sa_type=JSONColumn)
    origins: list[str] = Field(default_factory=list, sa_type=JSONColumn)
    regions_affected: str = Field(default="")
    published_on: date | None = Field(default=None, index=True)
    published_text: str = Field(default="")
    comment_deadline: date | None = Field(default=None)
    comment_deadline_text: str = Field(default="")
    adoption_on: date | None = Field(default=None)
    adoption_text: str = Field(default="")
    force_on: date | None = Field(default=None)
    force_text: str = Field(default="")
    links: list[dict[str, str]] = Field(default_factory=list, sa_type=JSONColumn)
    attributes: dict[str, object] = Field(default_factory=dict, sa_type=JSONColumn)
    admitted: str = Field(max_length=7)  # news | history | drill
    admitted_reason: str = Field(default="", max_length=40)
    first_seen_at: datetime = Field(sa_type=UTCDateTime)
    number: int = Field(default=1)
    content_hash: str = Field(max_length=64)
    classified_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    joined_number: int | None = Field(default=None)  # the version whose references were read, see store/join.py
    raised_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class NoticeSymbol(SQLModel, table=True):
    """A WTO document symbol and the notice that owns it: no two notices share one."""

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    symbol: str = Field(max_length=60, unique=True)
    family: str = Field(max_length=40, index=True)
    position: int = Field(default=0)  # the printed order


class NoticeSighting(SQLModel, table=True):
    """What one source says of a notice; the notice itself is the sightings joined by precedence."""

    __table_args__ = (UniqueConstraint("notice_id", "source"),)

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id")
    source: str = Field(max_length=60)
    source_keys: list[str] = Field(default_factory=list, sa_type=JSONColumn)
    content: dict[str, object] = Field(default_factory=dict, sa_type=JSONColumn)
    content_hash: str = Field(max_length=64)
    first_seen_at: datetime = Field(sa_type=UTCDateTime)
    last_seen_at: datetime = Field(sa_type=UTCDateTime)


class NoticeVersion(SQLModel, table=True):
    """A version of a notice: its hash, what changed field by field ({field: [before, now]}), and the raw answer."""

    __table_args__ = (UniqueConstraint("notice_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id")
    number: int
    content_hash: str = Field(max_length=64)
    difference: dict[str, list[object]] = Field(default_factory=dict, sa_type=JSONColumn)
    source: str = Field(max_length=60)
    raw_answer_id: int | None = Field(default=None, foreign_key="rawanswer.id")
    created_at: datetime = Field(sa_type=UTCDateTime)


def notice_by_symbol(session: Session, symbol: str) -> Notice | None:
    """The notice that owns `symbol`."""
    owner = session.exec(select(NoticeSymbol).where(NoticeSymbol.symbol == symbol)).first()
    return session.get(Notice, owner.notice_id) if owner else None


def symbols_of(session: Session, notice_ids: list[int]) -> dict[int, list[str]]:
    """notice id -> its symbols in printed order."""
    found: dict[int, list[str]] = {key: [] for key in notice_ids}
    rows = session.exec(
        select(NoticeSymbol)
        .where(col(NoticeSymbol.notice_id).in_(notice_ids))
        .order_by(col(NoticeSymbol.notice_id), col(NoticeSymbol.position), col(NoticeSymbol.id))
    )
    for row in rows:
        found[row.notice_id].append(row.symbol)
    return found
