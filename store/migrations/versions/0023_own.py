"""What subscribers judge and follow, their fresh links and their calendars.

Revision ID: 0023
Revises: 0022
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from store.columns import UTCDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_TABLES = {
    "judgement": (
        ("subscriber_id", "subscriber.id", False),
        ("warning_id", "tradewarning.id", False),
        ("version_id", "warningversion.id", True),
        ("email_id", "email.id", True),
        ("relevant", sa.Boolean(), False),
        ("why", sa.String(length=10), False),
        ("at", UTCDateTime(), False),
    ),
    "following": (
        ("subscriber_id", "subscriber.id", False),
        ("thread_id", "noticethread.id", False),
        ("asked_at", UTCDateTime(), False),
        ("began_at", UTCDateTime(), True),
        ("ended_at", UTCDateTime(), True),
        ("ended_reason", sa.String(length=40), False),
    ),
    "ownvisit": (
        ("subscriber_id", "subscriber.id", False),
        ("asked_at", UTCDateTime(), False),
        ("link_until", UTCDateTime(), False),
        ("opened_at", UTCDateTime(), True),
        ("token_hash", sa.String(length=64), True),
        ("until", UTCDateTime(), True),
        ("ended_at", UTCDateTime(), True),
    ),
    "calendarfeed": (
        ("subscriber_id", "subscriber.id", False),
        ("made_at", UTCDateTime(), False),
        ("revoked_at", UTCDateTime(), True),
    ),
}
_INDEXES = (
    ("ix_comment_subscriber_id", "comment", ["subscriber_id"]),
    ("ix_judgement_of", "judgement", ["subscriber_id", "warning_id"]),
    ("ix_judgement_warning_id", "judgement", ["warning_id"]),
    ("ix_following_of", "following", ["thread_id", "subscriber_id"]),
    *((f"ix_{table}_subscriber_id", table, ["subscriber_id"]) for table in ("following", "ownvisit", "calendarfeed")),
)


def upgrade() -> None:
    for table, columns in _TABLES.items():
        op.create_table(
            table,
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("public_id", sa.String(length=32), nullable=False, unique=True),
            *(_column(name, kind, nullable) for name, kind, nullable in columns),
        )
    for name, table, indexed in _INDEXES:
        op.create_index(name, table, indexed)


def _column(name: str, kind: Any, nullable: bool) -> sa.Column[Any]:
    if isinstance(kind, str):
        return sa.Column(name, sa.Integer(), sa.ForeignKey(kind), nullable=nullable)
    return sa.Column(name, kind, nullable=nullable, unique=name == "token_hash" or None)


def downgrade() -> None:
    for name, table, _ in reversed(_INDEXES):
        op.drop_index(name, table_name=table)
    for table in reversed(_TABLES):
        op.drop_table(table)
