"""The policy of flags, its back-tests, and incidents by which waves and bundles are known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import store.columns

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "flagpolicy",
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rules", store.columns.JSONColumn, nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", store.columns.UTCDateTime(), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("figures", store.columns.JSONColumn, nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("public_id"),
    )
    op.create_table(
        "policytrial",
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", store.columns.UTCDateTime(), nullable=False),
        sa.Column("rules", store.columns.JSONColumn, nullable=False),
        sa.Column("severity_hash", sa.String(64), nullable=False),
        sa.Column("figures", store.columns.JSONColumn, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
    )
    op.create_table(
        "noticeincident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(80), nullable=False),
        sa.Column("hazard", sa.String(20), nullable=False),
        sa.Column("firm", sa.String(80), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("notice_id"),
    )
    with op.batch_alter_table("noticeincident", schema=None) as batch_op:
        batch_op.create_index("ix_noticeincident_like", ["product", "hazard", "published_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_noticeincident_published_on"), ["published_on"], unique=False)

    with op.batch_alter_table("warningversion", schema=None) as batch_op:
        batch_op.add_column(sa.Column("policy_number", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("bundle", sa.String(180), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_warningversion_bundle"), ["bundle"], unique=False)
    # The stage join reads them again and keeps their incidents; what it knows already it does not do twice.
    op.execute("UPDATE notice SET joined_number = NULL WHERE kind IN ('recall', 'border') AND merged_into_id IS NULL")


def downgrade() -> None:
    with op.batch_alter_table("warningversion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_warningversion_bundle"))
    op.execute("ALTER TABLE warningversion DROP COLUMN bundle")  # not in a batch: others refer to the table
    op.execute("ALTER TABLE warningversion DROP COLUMN policy_number")
    op.drop_table("noticeincident")
    op.drop_table("policytrial")
    op.drop_table("flagpolicy")
