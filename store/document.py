"""Documents: the files that belong to a notice (its form, attached drafts), what became of each, and their text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from sqlalchemy import ColumnElement, Index, UniqueConstraint, func, text
from sqlmodel import Field, Session, SQLModel, col, select

from store.columns import Claimable, Public, UTCDateTime

WANTED, FETCHED = "wanted", "fetched"
# A document ends in one of these: its text is there, or why there is none.
UNREADABLE, TOO_BIG, MISSING, REFUSED, FAILED = "unreadable", "too_big", "missing", "refused", "failed"
STATUSES = (WANTED, FETCHED, UNREADABLE, TOO_BIG, MISSING, REFUSED, FAILED)
MOST_TEXT = 200_000  # characters kept of one document


class Document(Public, Claimable, table=True):
    """One file (文件) at one address, wanted for one notice. `problem` is a key, `reason` the same in one line.

    `retry_at` is by the clock that is passed in: before it a document that failed is not asked for again.
    """

    __table_args__ = (
        UniqueConstraint("notice_id", "url"),
        Index(
            "ix_document_to_read_in",
            "notice_id",
            sqlite_where=text("status = 'fetched' AND notice_number IS NULL"),
            postgresql_where=text("status = 'fetched' AND notice_number IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id")
    url: str
    rel: str = Field(max_length=12)  # notification | document
    lang: str = Field(default="", max_length=5)
    status: str = Field(default=WANTED, max_length=10, index=True)
    problem: str = Field(default="", max_length=20)
    reason: str = Field(default="")
    content_type: str = Field(default="", max_length=120)
    size_bytes: int | None = Field(default=None)
    sha256: str = Field(default="", max_length=64)
    pages: int | None = Field(default=None)  # None where the format has none
    is_cut: bool = Field(default=False)  # more pages or characters than are read
    text: str = Field(default="")
    wanted_at: datetime = Field(sa_type=UTCDateTime)
    retry_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    fetched_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    notice_number: int | None = Field(default=None)  # the version of the notice from which on the classifier reads it

    @property
    def name(self) -> str:
        """The file's name, as people know it."""
        return shown_name(self.url)


class DocumentCheck(SQLModel, table=True):
    """Up to which version a notice was asked whether it wants documents."""

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", unique=True)
    number: int


def documents_of(session: Session, notice_id: int) -> list[Document]:
    """The documents of one notice, its own form first."""
    rows = session.exec(select(Document).where(Document.notice_id == notice_id).order_by(col(Document.id)))
    return sorted(rows, key=lambda row: row.rel != "notification")


def document_texts_of(session: Session, notice_ids: Sequence[int], most: int = MOST_TEXT) -> dict[int, list[str]]:
    """notice id -> the text of each of its documents, its own form first, at most `most` characters of each.

    Notices without any are left out.
    """
    beginning: ColumnElement[str] = func.substr(col(Document.text), 1, most)
    rows = session.exec(
        select(Document.notice_id, beginning)
        .where(col(Document.notice_id).in_(notice_ids), Document.status == FETCHED)
        .order_by(col(Document.notice_id), col(Document.rel).desc(), col(Document.id))
    )
    found: dict[int, list[str]] = {}
    for notice_id, beginning_of_text in rows:
        found.setdefault(notice_id, []).append(beginning_of_text)
    return found


def document_text_of(session: Session, notice_ids: Sequence[int], most: int = MOST_TEXT) -> dict[int, str]:
    """notice id -> the text of its documents in one, for a search; notices without any are left out."""
    return {key: "\n\n".join(texts) for key, texts in document_texts_of(session, notice_ids, most).items()}


def shown_name(url: str) -> str:
    """The file's name in an address: `directdoc.asp?DDFDocuments/t/G/SPS/NUSA3655.DOCX` is NUSA3655.DOCX."""
    parts = urlsplit(url)
    for part in (parts.query, parts.path):
        name = PurePosixPath(unquote(part)).name
        if "." in name:
            return name
    return parts.hostname or url
