"""What a machine made of a notice's text: beside the original, never in its place."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from store.columns import UTCDateTime

TITLE, SUMMARY = "title", "summary"


class MachineText(SQLModel, table=True):
    """One Chinese text for one version of a notice. An empty text was tried and did not come: it is not tried again."""

    __table_args__ = (UniqueConstraint("notice_id", "number", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id")
    number: int  # the version of the notice whose words were sent
    kind: str = Field(max_length=8)  # title | summary
    text: str = Field(default="")
    model: str = Field(default="", max_length=80)
    why: str = Field(default="", max_length=200)  # of an empty text: what went wrong
    at: datetime = Field(sa_type=UTCDateTime)
