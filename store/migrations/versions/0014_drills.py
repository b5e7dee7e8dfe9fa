"""Drills: who started and ended one, and the exercise warning it runs on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import store.columns

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drill",
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("warning_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("started_by_id", sa.Integer(), nullable=False),
        sa.Column("started_at", store.columns.UTCDateTime(), nullable=False),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", store.columns.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["ended_by_id"], ["officer.id"]),
        sa.ForeignKeyConstraint(["started_by_id"], ["officer.id"]),
        sa.ForeignKeyConstraint(["warning_id"], ["tradewarning.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
        sa.UniqueConstraint("warning_id"),
    )


def downgrade() -> None:
    op.drop_table("drill")
