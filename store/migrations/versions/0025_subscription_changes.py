"""The numbered log of changes to subscriptions, filled by triggers, and the number each match is exact for.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

from store.subscription_change import NUMBER, drop_triggers, make_triggers

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# upgrade_schema makes the triggers again after every upgrade: SQLite loses those of a table that is copied.


def upgrade() -> None:
    op.create_table(
        "subscriptionchange",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=True),
        sa.Column("subscriber_id", sa.Integer(), nullable=True),
        sa.Column("exporter_id", sa.Integer(), nullable=True),
        sa.Column("mark", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    mark = (
        "lower(hex(randomblob(8)))" if op.get_bind().dialect.name == "sqlite" else "substr(md5(random()::text), 1, 16)"
    )
    op.execute(f"INSERT INTO subscriptionchange (mark) VALUES ({mark})")  # noqa: S608 - our own words; what the first index follows on from
    op.add_column("warningversion", sa.Column("matched_change", sa.BigInteger(), nullable=True))
    make_triggers(op.get_bind())


def downgrade() -> None:
    drop_triggers(op.get_bind())
    with op.batch_alter_table("warningversion", schema=None) as batch_op:
        batch_op.drop_column("matched_change")
    op.drop_table("subscriptionchange")
