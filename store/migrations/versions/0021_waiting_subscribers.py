"""Addresses that have not confirmed yet are few among many: the stage that invites them finds them by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_WAITS = "confirmed_at IS NULL AND ended_at IS NULL"


def upgrade() -> None:
    with op.batch_alter_table("subscriber", schema=None) as batch_op:
        batch_op.create_index(
            "ix_subscriber_waiting",
            ["id"],
            unique=False,
            sqlite_where=sa.text(_WAITS),
            postgresql_where=sa.text(_WAITS),
        )


def downgrade() -> None:
    with op.batch_alter_table("subscriber", schema=None) as batch_op:
        batch_op.drop_index("ix_subscriber_waiting")
