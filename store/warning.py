"""Trade warnings: a notice thread judged to concern industries here, in versions that refer to the earlier one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field, Session, SQLModel, col, select

from store.columns import Claimable, JSONColumn, Public, UTCDateTime

ACTUAL, EXERCISE = "actual", "exercise"  # of a warning, by CAP 1.2's names: an exercise is a drill (演练)
# States of a warning version.
UNDER_REVIEW, ISSUED, DISMISSED, SUPERSEDED = "under_review", "issued", "dismissed", "superseded"
OUTGOING = "outgoing"  # 待发: signed off, and can still be taken back
UNSENT = (UNDER_REVIEW, OUTGOING)  # nobody has received it yet
# On what ground it was issued.
AUTOMATIC, SIGNED_OFF, UNREVIEWED = "automatic", "signed_off", "unreviewed"


class TradeWarning(Public, table=True):
    """One warning (预警) per notice thread and status; what it says stands in its versions."""

    __table_args__ = (UniqueConstraint("thread_id", "status"),)

    id: int | None = Field(default=None, primary_key=True)
    thread_id: int = Field(foreign_key="noticethread.id")
    status: str = Field(default=ACTUAL, max_length=8)  # actual | exercise
    created_at: datetime = Field(sa_type=UTCDateTime)


class WarningVersion(Public, Claimable, table=True):
    """An issue, update or cancel of a warning, with the facts it tells, as they were when it was raised."""

    __table_args__ = (
        UniqueConstraint("warning_id", "number"),
        Index(
            "ix_warningversion_to_match",
            "id",
            sqlite_where=text("state = 'issued' AND matched_at IS NULL"),
            postgresql_where=text("state = 'issued' AND matched_at IS NULL"),
        ),
        Index(
            "ix_warningversion_red",
            "id",
            sqlite_where=text("severity = 'red' AND red_told_at IS NULL"),
            postgresql_where=text("severity = 'red' AND red_told_at IS NULL"),
        ),
        Index(
            "ix_warningversion_robots",
            "id",
            sqlite_where=text("state = 'issued' AND robots_told_at IS NULL"),
            postgresql_where=text("state = 'issued' AND robots_told_at IS NULL"),
        ),
        Index(
            "ix_warningversion_to_inform",
            "id",
            sqlite_where=text("informed_at IS NULL"),
            postgresql_where=text("informed_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    warning_id: int = Field(foreign_key="tradewarning.id")
    number: int
    kind: str = Field(max_length=6)  # issue | update | cancel
    references_id: int | None = Field(
        default=None, foreign_key="warningversion.id"
    )  # the version it updates or cancels
    notice_id: int = Field(foreign_key="notice.id", index=True)
    notice_number: int  # version of the notice
    classification_id: int | None = Field(default=None, foreign_key="classification.id")
    severity: str = Field(max_length=8)
    severity_reason: str = Field(default="", max_length=300)
    flags: list[str] = Field(default_factory=list, sa_type=JSONColumn)  # why a person must look; empty: automatic
    policy_number: int = Field(default=0)  # the FlagPolicy that raised them; 0: the defaults
    bundle: str = Field(default="", max_length=180, index=True)  # like ones under review share it, see alerts/bundles
    facts: dict[str, object] = Field(default_factory=dict, sa_type=JSONColumn)
    state: str = Field(max_length=12, index=True)
    basis: str | None = Field(default=None, max_length=12)  # automatic | signed_off | unreviewed
    signed_by_id: int | None = Field(default=None, foreign_key="bureau.id")  # who signed it off
    behalf_of_id: int | None = Field(default=None, foreign_key="bureau.id")  # for whom (预警代发), if for another
    raised_at: datetime = Field(sa_type=UTCDateTime)
    out_by: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)  # goes out then, decided or not
    release_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # when an outgoing one leaves
    issued_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    matched_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    # the last change to subscriptions that its matching knew, see store/subscription_change.py
    matched_change: int | None = Field(default=None, sa_type=BigInteger)
    red_told_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # officers called at once
    robots_told_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # kept for the group robots
    composed_at: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)
    informed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # put into the information digests


class WarningIndustry(SQLModel, table=True):
    """An industry a warning version is about: suggested by the machine, or given by an officer."""

    __table_args__ = (UniqueConstraint("version_id", "industry_id"),)

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="warningversion.id")
    industry_id: int = Field(foreign_key="industry.id", index=True)
    score: float = Field(default=1.0)
    state: str = Field(
        default="accepted", max_length=10
    )  # accepted | flagged | given (by an officer) | proposed (its removal) | removed


def versions_of(session: Session, warning_id: int) -> list[WarningVersion]:
    """The versions of a warning, the first first."""
    mine = select(WarningVersion).where(WarningVersion.warning_id == warning_id)
    return list(session.exec(mine.order_by(col(WarningVersion.number))))
