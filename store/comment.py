"""Comments (评议意见) of firms on a measure, what the bureaus of their line add, and candidates for trade concerns."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.columns import JSONColumn, Public, UTCDateTime

# States of a comment; the firm is told at each.
RECEIVED, USED, NOT_USED, SUBMITTED, ANSWERED, FINAL = "received", "used", "not_used", "submitted", "answered", "final"
YES, NO, UNSURE = "yes", "no", "unsure"  # whether the firm is affected
USABLE, UNUSABLE = "usable", "unusable"  # what the county found


class Comment(Public, table=True):
    """What one firm (or an association for its members) says about one warning; the newest version of it.

    `bureau_id` is the firm's own bureau when it wrote: its line sees all, see alerts/comment_sight.py. An erased firm
    leaves the row without exporter, name and words, so that sums stay true.
    """

    __table_args__ = (UniqueConstraint("warning_id", "exporter_id"),)

    id: int | None = Field(default=None, primary_key=True)
    warning_id: int = Field(foreign_key="tradewarning.id", index=True)
    bureau_id: int = Field(foreign_key="bureau.id", index=True)
    exporter_id: int | None = Field(default=None, foreign_key="exporter.id", index=True)
    subscriber_id: int | None = Field(
        default=None, foreign_key="subscriber.id", index=True
    )  # who is told what became of it
    officer_id: int | None = Field(default=None, foreign_key="officer.id")  # an association's person, or who typed it
    firm_name: str = Field(default="", max_length=120)
    may_be_named: bool = Field(default=False)  # the firm ticked that its name goes up
    affected: str = Field(max_length=6)  # yes | no | unsure
    products: str = Field(default="")
    hs: list[str] = Field(default_factory=list, sa_type=JSONColumn)
    yearly_value: float | None = Field(default=None)  # 万元 a year to this market
    value_year: int | None = Field(default=None)
    harm: str = Field(default="")  # what hurts
    wording: str = Field(default="")  # what the text should say instead
    lang: str = Field(default="zh", max_length=5)
    is_late: bool = Field(default=False)  # came after the firms' last day: an impact report for trade concerns
    number: int = Field(default=1)  # of the version
    state: str = Field(default=RECEIVED, max_length=10, index=True)
    received_at: datetime = Field(sa_type=UTCDateTime)
    screened: str | None = Field(default=None, max_length=8)  # usable | unusable; None: not screened
    screened_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    screened_by_id: int | None = Field(default=None, foreign_key="officer.id")
    screening_note: str = Field(default="")
    document_id: int | None = Field(default=None, foreign_key="commentdocument.id", index=True)


class CommentVersion(SQLModel, table=True):
    """An earlier version of a comment that its firm replaced before the county had screened it."""

    __table_args__ = (UniqueConstraint("comment_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    comment_id: int = Field(foreign_key="comment.id")
    number: int
    content: dict[str, object] = Field(default_factory=dict, sa_type=JSONColumn)
    replaced_at: datetime = Field(sa_type=UTCDateTime)


class CommentState(SQLModel, table=True):
    """One step in the life of a comment; rows are only added."""

    id: int | None = Field(default=None, primary_key=True)
    comment_id: int = Field(foreign_key="comment.id", index=True)
    state: str = Field(max_length=10)
    at: datetime = Field(sa_type=UTCDateTime)
    officer_id: int | None = Field(default=None, foreign_key="officer.id")  # None: the firm itself
    note: str = Field(default="")  # the firm reads it


class JointOpinion(Public, table=True):
    """What a bureau says for its firms together (联合意见), one text per warning and bureau."""

    __table_args__ = (UniqueConstraint("warning_id", "bureau_id"),)

    id: int | None = Field(default=None, primary_key=True)
    warning_id: int = Field(foreign_key="tradewarning.id")
    bureau_id: int = Field(foreign_key="bureau.id", index=True)
    officer_id: int = Field(foreign_key="officer.id")
    text: str
    written_at: datetime = Field(sa_type=UTCDateTime)


class CommentData(Public, table=True):
    """What a city adds to its firms' comments: exports touched, firms, cases; one row per warning and bureau."""

    __table_args__ = (UniqueConstraint("warning_id", "bureau_id"),)

    id: int | None = Field(default=None, primary_key=True)
    warning_id: int = Field(foreign_key="tradewarning.id")
    bureau_id: int = Field(foreign_key="bureau.id", index=True)
    officer_id: int = Field(foreign_key="officer.id")
    export_value: float | None = Field(default=None)  # 万元 a year
    value_year: int | None = Field(default=None)
    firms: int | None = Field(default=None)
    cases: str = Field(default="")  # cases of barriers met
    written_at: datetime = Field(sa_type=UTCDateTime)


class TradeConcern(Public, table=True):
    """A candidate for a specific trade concern (特别贸易关注) in a committee of the WTO, with the reason."""

    __table_args__ = (Index("ix_tradeconcern_open", "withdrawn_at", "committee"),)

    id: int | None = Field(default=None, primary_key=True)
    warning_id: int = Field(foreign_key="tradewarning.id", index=True)
    bureau_id: int = Field(foreign_key="bureau.id")
    officer_id: int = Field(foreign_key="officer.id")
    committee: str = Field(max_length=3)  # TBT | SPS
    reason: str
    proposed_at: datetime = Field(sa_type=UTCDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class CommentDocument(Public, table=True):
    """The province's one document about a warning, on its way to the national enquiry point.

    The service draws no seal: `number` (发文字号), `dated_on` and `route` are what people did on paper; the sealed scan
    stands in CommentScan.
    """

    __table_args__ = (Index("ix_commentdocument_warning", "warning_id"),)

    id: int | None = Field(default=None, primary_key=True)
    warning_id: int = Field(foreign_key="tradewarning.id")
    officer_id: int = Field(foreign_key="officer.id")  # who compiled it
    version: int = Field(default=1)
    status: str = Field(default="draft", max_length=10)  # draft | sealed | submitted | answered | final
    title: str = Field(max_length=200)
    number: str = Field(default="", max_length=60)
    addressee: str = Field(default="", max_length=120)  # 主送机关
    issuer: str = Field(default="", max_length=120)  # 发文机关
    route: str = Field(default="", max_length=300)  # how it went, to whom
    dated_on: date | None = Field(default=None)
    articles_en: str = Field(default="")  # the English comment by article
    proposal_en: str = Field(default="")
    contact_en: str = Field(default="")
    created_at: datetime = Field(sa_type=UTCDateTime)
    sealed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    final_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class CommentScan(SQLModel, table=True):
    """The sealed scan of one version of a document, apart from it: lists of documents must not load files."""

    __table_args__ = (UniqueConstraint("document_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="commentdocument.id")
    version: int
    name: str = Field(max_length=200)
    kind: str = Field(max_length=4)  # pdf | jpg | png, by its first bytes
    sha256: str = Field(max_length=64)
    content: bytes
    officer_id: int = Field(foreign_key="officer.id")
    at: datetime = Field(sa_type=UTCDateTime)
