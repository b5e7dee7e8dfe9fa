"""Incidents: recalls and refusals reduced to what product, which hazard and whose, so that like ones are counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Index, delete
from sqlmodel import Field, Session, SQLModel, col, select

from store.notice import Notice


class NoticeIncident(SQLModel, table=True):
    """What one recall or border notice is about, as keys; a notice that names no product or hazard has none."""

    __table_args__ = (Index("ix_noticeincident_like", "product", "hazard", "published_on"),)

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", unique=True)
    product: str = Field(max_length=80)  # two telling words
    hazard: str = Field(max_length=20)  # a key of alerts.hazards.HAZARDS
    firm: str = Field(default="", max_length=80)  # brand or firm, folded; "" where none is named
    published_on: date = Field(index=True)


def incident_of_notice(session: Session, notice_id: int) -> NoticeIncident | None:
    """The incident of this notice."""
    return session.exec(select(NoticeIncident).where(NoticeIncident.notice_id == notice_id)).first()


def forget_incidents(session: Session, notice_ids: Sequence[int]) -> None:
    """Remove the incidents of these notices: their texts are read anew."""
    session.execute(
        delete(NoticeIncident)
        .where(col(NoticeIncident.notice_id).in_(notice_ids))
        .execution_options(synchronize_session=False)
    )


def like_incidents(
    session: Session, product: str, hazard: str, since: date, until: date
) -> list[tuple[NoticeIncident, int]]:
    """(incident, thread of its notice) of this product and hazard, published from `since` to `until`, by day."""
    rows = session.exec(
        select(NoticeIncident, Notice.thread_id)
        .join(Notice, col(Notice.id) == NoticeIncident.notice_id)
        .where(
            NoticeIncident.product == product,
            NoticeIncident.hazard == hazard,
            col(NoticeIncident.published_on).between(since, until),
            col(Notice.merged_into_id).is_(None),
        )
        .order_by(col(NoticeIncident.published_on), col(NoticeIncident.id))
    )
    return [(incident, thread) for incident, thread in rows]
