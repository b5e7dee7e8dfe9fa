"""What exporters say of themselves, their consent, invitations, and the floor of a subscription.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

import store.columns

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TEXTS = {
    "exporter": {"credit_code": 18},
    "subscription": {"said": 300, "severity_floor": 10},
    "subscriber": {"mobile": 20, "consent_version": 20, "enrolled_ground": 200},
}
_INSTANTS = ("consent_at", "invited_at", "erased_at")


def upgrade() -> None:
    for table, columns in _TEXTS.items():
        for name, width in columns.items():
            op.add_column(table, sa.Column(name, sa.String(length=width), server_default="", nullable=False))
    for name in _INSTANTS:
        op.add_column("subscriber", sa.Column(name, store.columns.UTCDateTime(), nullable=True))
    op.add_column("subscriber", sa.Column("invitations", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("subscriber", schema=None) as batch_op:
        batch_op.add_column(sa.Column("enrolled_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key("fk_subscriber_enrolled_by_id_bureau", "bureau", ["enrolled_by_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("subscriber", schema=None) as batch_op:
        batch_op.drop_constraint("fk_subscriber_enrolled_by_id_bureau", type_="foreignkey")
        batch_op.drop_column("enrolled_by_id")
        batch_op.drop_column("invitations")
        for name in _INSTANTS:
            batch_op.drop_column(name)
    for table, columns in _TEXTS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in columns:
                batch_op.drop_column(name)
