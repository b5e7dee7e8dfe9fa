"""documents"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import store.columns

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None

assert store.columns.JSONColumn  # generated code may or may not need our own types


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("claimed_by", sa.String(120), nullable=True),
        sa.Column("claimed_until", store.columns.UTCDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", store.columns.UTCDateTime(), nullable=True),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("rel", sa.String(12), nullable=False),
        sa.Column("lang", sa.String(5), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("problem", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(120), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("is_cut", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("wanted_at", store.columns.UTCDateTime(), nullable=False),
        sa.Column("retry_at", store.columns.UTCDateTime(), nullable=True),
        sa.Column("fetched_at", store.columns.UTCDateTime(), nullable=True),
        sa.Column("notice_number", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("notice_id", "url"),
        sa.UniqueConstraint("public_id"),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_status"), ["status"], unique=False)
        batch_op.create_index(
            "ix_document_to_read_in",
            ["notice_id"],
            unique=False,
            sqlite_where=sa.text("status = 'fetched' AND notice_number IS NULL"),
            postgresql_where=sa.text("status = 'fetched' AND notice_number IS NULL"),
        )

    op.create_table(
        "documentcheck",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("notice_id"),
    )


def downgrade() -> None:
    op.drop_table("documentcheck")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_document_to_read_in",
            sqlite_where=sa.text("status = 'fetched' AND notice_number IS NULL"),
            postgresql_where=sa.text("status = 'fetched' AND notice_number IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_document_status"))

    op.drop_table("document")
