"""Mails to officers; letters: mails to firms about no single warning version; officers' roles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import store.columns

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

assert store.columns.JSONColumn  # generated code may or may not need our own types


def upgrade() -> None:
    op.create_table(
        "officermail",
        sa.Column("claimed_by", sa.String(120), nullable=True),
        sa.Column("claimed_until", store.columns.UTCDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", store.columns.UTCDateTime(), nullable=True),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("lines", store.columns.JSONColumn, nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("created_at", store.columns.UTCDateTime(), nullable=False),
        sa.Column("settled_at", store.columns.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["officer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("officer_id", "kind", "key"),
        sa.UniqueConstraint("public_id"),
    )
    with op.batch_alter_table("officermail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_officermail_officer_id"), ["officer_id"], unique=False)
        batch_op.create_index(
            "ix_officermail_pending",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )

    with op.batch_alter_table("email", schema=None) as batch_op:
        batch_op.add_column(sa.Column("key", sa.String(80), nullable=False, server_default=""))
        batch_op.alter_column("version_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index(
            "uq_email_letter",
            ["subscriber_id", "kind", "key"],
            unique=True,
            sqlite_where=sa.text("version_id IS NULL"),
            postgresql_where=sa.text("version_id IS NULL"),
        )

    with op.batch_alter_table("mailbody", schema=None) as batch_op:
        batch_op.add_column(sa.Column("key", sa.String(80), nullable=False, server_default=""))
        batch_op.alter_column("version_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index(
            "uq_mailbody_letter",
            ["kind", "key", "lang"],
            unique=True,
            sqlite_where=sa.text("version_id IS NULL"),
            postgresql_where=sa.text("version_id IS NULL"),
        )

    with op.batch_alter_table("officer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(12), nullable=False, server_default="officer"))
        batch_op.add_column(sa.Column("role", sa.String(1), nullable=False, server_default="A"))
        batch_op.add_column(sa.Column("on_duty", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("absent_until", store.columns.UTCDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("officer", schema=None) as batch_op:
        batch_op.drop_column("absent_until")
        batch_op.drop_column("on_duty")
        batch_op.drop_column("role")
        batch_op.drop_column("kind")

    with op.batch_alter_table("mailbody", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_mailbody_letter",
            sqlite_where=sa.text("version_id IS NULL"),
            postgresql_where=sa.text("version_id IS NULL"),
        )
        batch_op.alter_column("version_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("key")

    with op.batch_alter_table("email", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_email_letter",
            sqlite_where=sa.text("version_id IS NULL"),
            postgresql_where=sa.text("version_id IS NULL"),
        )
        batch_op.alter_column("version_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("key")

    with op.batch_alter_table("officermail", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_officermail_pending",
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.drop_index(batch_op.f("ix_officermail_officer_id"))

    op.drop_table("officermail")
