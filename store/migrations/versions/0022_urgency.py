"""Mails leave in the order of their urgency."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_PENDING = "state = 'pending'"


def upgrade() -> None:
    op.add_column("email", sa.Column("urgency", sa.SmallInteger(), server_default="5", nullable=False))
    _index("urgency", "id")


def downgrade() -> None:
    _index("id")
    op.execute("ALTER TABLE email DROP COLUMN urgency")  # not in a batch: others refer to the table


def _index(*columns: str) -> None:
    """Make the index of what waits anew, over these columns."""
    op.drop_index("ix_email_pending", table_name="email")
    where = sa.text(_PENDING)
    op.create_index("ix_email_pending", "email", list(columns), sqlite_where=where, postgresql_where=where)
