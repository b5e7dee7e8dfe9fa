"""Group robots with their messages, and the stamp of versions that were kept for them.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

import store.columns

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

UNTOLD = sa.text("state = 'issued' AND robots_told_at IS NULL")
WAITING = sa.text("state = 'pending'")


def upgrade() -> None:
    op.create_table(
        "grouprobot",
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bureau_id", sa.Integer(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("sealed_address", sa.String(), nullable=False),
        sa.Column("sealed_secret", sa.String(), nullable=False),
        sa.Column("industries", store.columns.JSONColumn, nullable=False),
        sa.Column("markets", store.columns.JSONColumn, nullable=False),
        sa.Column("severity_floor", sa.String(10), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("since", store.columns.UTCDateTime(), nullable=False),
        sa.Column("rests_until", store.columns.UTCDateTime(), nullable=True),
        sa.Column("told_failing_at", store.columns.UTCDateTime(), nullable=True),
        sa.Column("created_at", store.columns.UTCDateTime(), nullable=False),
        sa.Column("ended_at", store.columns.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["bureau_id"], ["bureau.id"]),
        sa.ForeignKeyConstraint(["added_by_id"], ["officer.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
    )
    op.create_index("ix_grouprobot_bureau_id", "grouprobot", ["bureau_id"])
    op.create_table(
        "robotmessage",
        sa.Column("claimed_by", sa.String(120), nullable=True),
        sa.Column("claimed_until", store.columns.UTCDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", store.columns.UTCDateTime(), nullable=True),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("robot_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("warning_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("answer", sa.String(40), nullable=False),
        sa.Column("created_at", store.columns.UTCDateTime(), nullable=False),
        sa.Column("tried_at", store.columns.UTCDateTime(), nullable=True),
        sa.Column("settled_at", store.columns.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["robot_id"], ["grouprobot.id"]),
        sa.ForeignKeyConstraint(["version_id"], ["warningversion.id"]),
        sa.ForeignKeyConstraint(["warning_id"], ["tradewarning.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
        sa.UniqueConstraint("robot_id", "version_id"),
    )
    op.create_index("ix_robotmessage_pending", "robotmessage", ["id"], sqlite_where=WAITING, postgresql_where=WAITING)
    op.create_index("ix_robotmessage_warning", "robotmessage", ["warning_id", "robot_id"])
    op.create_index("ix_robotmessage_tried", "robotmessage", ["robot_id", "tried_at"])
    op.create_index("ix_robotmessage_version_id", "robotmessage", ["version_id"])
    op.add_column("warningversion", sa.Column("robots_told_at", store.columns.UTCDateTime(), nullable=True))
    # those of before the upgrade are no news: no room is told of them
    op.execute("UPDATE warningversion SET robots_told_at = issued_at WHERE state = 'issued'")
    op.create_index("ix_warningversion_robots", "warningversion", ["id"], sqlite_where=UNTOLD, postgresql_where=UNTOLD)


def downgrade() -> None:
    op.drop_index("ix_warningversion_robots", "warningversion")
    with op.batch_alter_table("warningversion", schema=None) as batch_op:
        batch_op.drop_column("robots_told_at")
    op.drop_table("robotmessage")
    op.drop_table("grouprobot")
