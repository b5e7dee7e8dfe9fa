"""Visits keep what they looked like, sources what operators were told; mails to operators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import store.columns

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

assert store.columns.JSONColumn  # generated code may or may not need our own types


def upgrade() -> None:
    op.create_table(
        "operatormail",
        sa.Column("claimed_by", sa.String(120), nullable=True),
        sa.Column("claimed_until", store.columns.UTCDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", store.columns.UTCDateTime(), nullable=True),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=False),
        sa.Column("accepted_by", store.columns.JSONColumn, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("created_at", store.columns.UTCDateTime(), nullable=False),
        sa.Column("settled_at", store.columns.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
    )
    with op.batch_alter_table("operatormail", schema=None) as batch_op:
        batch_op.create_index(
            "ix_operatormail_pending",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )

    with op.batch_alter_table("crawlrun", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rows", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("newest_on", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column("filled", store.columns.JSONColumn, nullable=False, server_default=sa.text("'{}'"))
        )

    with op.batch_alter_table("sourcestate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("error_kind", sa.String(40), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("name_zh", sa.String(120), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("told_failing_at", store.columns.UTCDateTime(), nullable=True))


def downgrade() -> None:
    for table, columns in (
        ("sourcestate", ("told_failing_at", "name_zh", "error_kind")),
        ("crawlrun", ("filled", "newest_on", "rows")),
    ):
        for column in columns:  # not in a batch: SQLite would copy a table that others refer to
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    op.drop_table("operatormail")
