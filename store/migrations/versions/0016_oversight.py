"""Oversight: posts and confirmation of bureaus, the stamp of red warnings, calls of the officers' webhook."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import store.columns

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

UNTOLD_RED = sa.text("severity = 'red' AND red_told_at IS NULL")
WAITING = sa.text("state = 'pending'")


def upgrade() -> None:
    op.create_table(
        "webhookcall",
        sa.Column("claimed_by", sa.String(120), nullable=True),
        sa.Column("claimed_until", store.columns.UTCDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", store.columns.UTCDateTime(), nullable=True),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("bureau", sa.String(9), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("created_at", store.columns.UTCDateTime(), nullable=False),
        sa.Column("settled_at", store.columns.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "key"),
        sa.UniqueConstraint("public_id"),
    )
    op.create_index("ix_webhookcall_pending", "webhookcall", ["id"], sqlite_where=WAITING, postgresql_where=WAITING)
    with op.batch_alter_table("bureau", schema=None) as batch_op:
        batch_op.add_column(sa.Column("role_a_zh", sa.String(80), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("role_b_zh", sa.String(80), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("confirmed_at", store.columns.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("confirmed_by", sa.String(32), nullable=False, server_default=""))
    with op.batch_alter_table("warningversion", schema=None) as batch_op:
        batch_op.add_column(sa.Column("red_told_at", store.columns.UTCDateTime(), nullable=True))
    # those of before the upgrade are no news: nobody is called for them
    op.execute("UPDATE warningversion SET red_told_at = raised_at WHERE severity = 'red'")
    op.create_index(
        "ix_warningversion_red", "warningversion", ["id"], sqlite_where=UNTOLD_RED, postgresql_where=UNTOLD_RED
    )


def downgrade() -> None:
    op.drop_index("ix_warningversion_red", "warningversion")
    with op.batch_alter_table("warningversion", schema=None) as batch_op:
        batch_op.drop_column("red_told_at")
    with op.batch_alter_table("bureau", schema=None) as batch_op:
        batch_op.drop_column("confirmed_by")
        batch_op.drop_column("confirmed_at")
        batch_op.drop_column("role_b_zh")
        batch_op.drop_column("role_a_zh")
    op.drop_index("ix_webhookcall_pending", "webhookcall")
    op.drop_table("webhookcall")
