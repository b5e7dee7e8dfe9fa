"""Digests: mails that gather several things for one person; their rhythm; what is off unless asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import store.columns

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_UNWRITTEN, _WAITING, _UNTOLD = (f"{name} IS NULL" for name in ("written_at", "settled_at", "informed_at"))

assert store.columns.JSONColumn  # generated code may or may not need our own types


def upgrade() -> None:
    op.create_table(
        "digest",
        sa.Column("claimed_by", sa.String(120), nullable=True),
        sa.Column("claimed_until", store.columns.UTCDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", store.columns.UTCDateTime(), nullable=True),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(12), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("source", sa.String(60), nullable=False),
        sa.Column("planned_at", store.columns.UTCDateTime(), nullable=False),
        sa.Column("written_at", store.columns.UTCDateTime(), nullable=True),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("email_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["email_id"],
            ["email.id"],
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
        sa.UniqueConstraint("subscriber_id", "lane", "key"),
    )
    with op.batch_alter_table("digest", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_digest_email_id"), ["email_id"], unique=False)
        batch_op.create_index(
            "ix_digest_to_write",
            ["id"],
            unique=False,
            sqlite_where=sa.text(_UNWRITTEN),
            postgresql_where=sa.text(_UNWRITTEN),
        )

    op.create_table(
        "digestitem",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(12), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("source", sa.String(60), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("fields", store.columns.JSONColumn, nullable=False),
        sa.Column("matched_at", store.columns.UTCDateTime(), nullable=False),
        sa.Column("due_at", store.columns.UTCDateTime(), nullable=False),
        sa.Column("settled_at", store.columns.UTCDateTime(), nullable=True),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("digest_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["digest_id"],
            ["digest.id"],
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["noticethread.id"],
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["warningversion.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subscriber_id", "lane", "thread_id", "content"),
    )
    with op.batch_alter_table("digestitem", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_digestitem_digest_id"), ["digest_id"], unique=False)
        batch_op.create_index(
            "ix_digestitem_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text(_WAITING),
            postgresql_where=sa.text(_WAITING),
        )
        batch_op.create_index(batch_op.f("ix_digestitem_version_id"), ["version_id"], unique=False)

    with op.batch_alter_table("subscriber", schema=None) as batch_op:
        batch_op.add_column(sa.Column("digest_rhythm", sa.String(8), server_default="weekly", nullable=False))
        batch_op.add_column(sa.Column("wants_standards", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("wants_consultations", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("warningversion", schema=None) as batch_op:
        batch_op.add_column(sa.Column("informed_at", store.columns.UTCDateTime(), nullable=True))
        batch_op.create_index(batch_op.f("ix_warningversion_composed_at"), ["composed_at"], unique=False)
        batch_op.create_index(
            "ix_warningversion_to_inform",
            ["id"],
            unique=False,
            sqlite_where=sa.text(_UNTOLD),
            postgresql_where=sa.text(_UNTOLD),
        )

    # what is decided already is no news for the next digest; what waits for review stands in it
    op.execute("UPDATE warningversion SET informed_at = raised_at WHERE state <> 'under_review'")


def downgrade() -> None:
    with op.batch_alter_table("warningversion", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_warningversion_to_inform", sqlite_where=sa.text(_UNTOLD), postgresql_where=sa.text(_UNTOLD)
        )
        batch_op.drop_index(batch_op.f("ix_warningversion_composed_at"))
    op.execute("ALTER TABLE warningversion DROP COLUMN informed_at")  # not in a batch: others refer to the table
    for name in ("wants_consultations", "wants_standards", "digest_rhythm"):
        op.execute(f"ALTER TABLE subscriber DROP COLUMN {name}")

    with op.batch_alter_table("digestitem", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_digestitem_version_id"))
        batch_op.drop_index("ix_digestitem_due", sqlite_where=sa.text(_WAITING), postgresql_where=sa.text(_WAITING))
        batch_op.drop_index(batch_op.f("ix_digestitem_digest_id"))

    op.drop_table("digestitem")
    with op.batch_alter_table("digest", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_digest_to_write", sqlite_where=sa.text(_UNWRITTEN), postgresql_where=sa.text(_UNWRITTEN)
        )
        batch_op.drop_index(batch_op.f("ix_digest_email_id"))

    op.drop_table("digest")
