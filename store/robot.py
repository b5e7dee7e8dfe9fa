"""Group robots: rooms of 企业微信, 钉钉 or 飞书, or a system of one's own, that get each warning that goes out once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from store.columns import Claimable, JSONColumn, Public, UTCDateTime
from store.email import PENDING

WECOM, DINGTALK, FEISHU, WEBHOOK = "wecom", "dingtalk", "feishu", "webhook"
ROBOT_KINDS = (WECOM, DINGTALK, FEISHU, WEBHOOK)
WITHDRAWN = "withdrawn"  # of a message whose robot was paused or ended before it left


class GroupRobot(Public, table=True):
    """One robot of a bureau, or of the association whose person added it (`added_by_id`), and what it asks for.

    Address and secret stand here encrypted under the service's key: a robot's address is its key.
    """

    id: int | None = Field(default=None, primary_key=True)
    bureau_id: int = Field(foreign_key="bureau.id", index=True)
    added_by_id: int | None = Field(default=None, foreign_key="officer.id")  # None: the command line
    name: str = Field(max_length=60)
    kind: str = Field(max_length=10)  # of ROBOT_KINDS
    sealed_address: str
    sealed_secret: str = Field(default="")
    industries: list[str] = Field(default_factory=list, sa_type=JSONColumn)  # slugs; none: all
    markets: list[str] = Field(default_factory=list, sa_type=JSONColumn)  # wto_symbols; none: all
    severity_floor: str = Field(default="", max_length=10)  # nothing below this colour; "": every colour
    is_on: bool = Field(default=True)
    since: datetime = Field(sa_type=UTCDateTime)  # what was issued before is history: added, or taken up again, then
    rests_until: datetime | None = Field(default=None, sa_type=UTCDateTime)  # after a failure
    told_failing_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # operators know
    created_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class RobotMessage(Public, Claimable, table=True):
    """A warning version for a robot, in words; or, without a version, a trial. Body and signature are made at leaving.

    `answer` says how the last try ended, in the codes of `alerts/robot_posting.py`.
    """

    __table_args__ = (
        UniqueConstraint("robot_id", "version_id"),
        Index(
            "ix_robotmessage_pending",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_robotmessage_warning", "warning_id", "robot_id"),
        Index("ix_robotmessage_tried", "robot_id", "tried_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    robot_id: int = Field(foreign_key="grouprobot.id")
    version_id: int | None = Field(default=None, foreign_key="warningversion.id", index=True)
    warning_id: int | None = Field(default=None, foreign_key="tradewarning.id")
    title: str
    text: str
    path: str = Field(default="", max_length=300)  # the public page, below the service's own address
    state: str = Field(default=PENDING, max_length=10)  # pending | accepted | captured | failed | withdrawn
    answer: str = Field(default="", max_length=40)
    created_at: datetime = Field(sa_type=UTCDateTime)
    tried_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # real time: robots are paced by it
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
