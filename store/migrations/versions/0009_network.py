"""The network: channels, signatures, proposals of lead bureaus, reminders, what can be taken back and until when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import store.columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

assert store.columns.JSONColumn  # generated code may or may not need our own types


def upgrade() -> None:
    op.create_table(
        "channel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("domain", sa.String(3), nullable=False),
        sa.Column("name_zh", sa.String(200), nullable=False),
        sa.Column("county_days", sa.Integer(), nullable=False),
        sa.Column("city_days", sa.Integer(), nullable=False),
        sa.Column("province_days", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("domain"),
    )
    op.create_table(
        "proposal",
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("bureau_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("industries", store.columns.JSONColumn, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("made_at", store.columns.UTCDateTime(), nullable=False),
        sa.Column("settles_at", store.columns.UTCDateTime(), nullable=False),
        sa.Column("settled_at", store.columns.UTCDateTime(), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bureau_id"],
            ["bureau.id"],
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["decision.id"],
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"],
            ["officer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["warningversion.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("decision_id"),
        sa.UniqueConstraint("public_id"),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposal_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_version_id"), ["version_id"], unique=False)

    op.create_table(
        "signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("at", store.columns.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["decision.id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["officer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["warningversion.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("version_id", "officer_id"),
    )
    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signature_version_id"), ["version_id"], unique=False)

    # A decision that was taken back stays: only one that was not is unique to its review.
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("decision_review_id_key", "decision", type_="unique")
    else:
        names = {"uq": "uq_%(table_name)s_%(column_0_name)s"}
        with op.batch_alter_table("decision", recreate="always", naming_convention=names) as batch_op:
            batch_op.drop_constraint("uq_decision_review_id", type_="unique")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("states_before", store.columns.JSONColumn, nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("call_firms", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("taken_back_at", store.columns.UTCDateTime(), nullable=True))
        batch_op.create_index(
            "uq_decision_review",
            ["review_id"],
            unique=True,
            sqlite_where=sa.text("taken_back_at IS NULL"),
            postgresql_where=sa.text("taken_back_at IS NULL"),
        )

    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.add_column(sa.Column("remind_at", store.columns.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("reminded_at", store.columns.UTCDateTime(), nullable=True))
        batch_op.create_index(batch_op.f("ix_review_remind_at"), ["remind_at"], unique=False)

    with op.batch_alter_table("warningversion", schema=None) as batch_op:
        batch_op.add_column(sa.Column("signed_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("behalf_of_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("out_by", store.columns.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("release_at", store.columns.UTCDateTime(), nullable=True))
        batch_op.create_index(batch_op.f("ix_warningversion_out_by"), ["out_by"], unique=False)
        batch_op.create_foreign_key("fk_warningversion_behalf_of_id", "bureau", ["behalf_of_id"], ["id"])
        batch_op.create_foreign_key("fk_warningversion_signed_by_id", "bureau", ["signed_by_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("warningversion", schema=None) as batch_op:
        batch_op.drop_constraint("fk_warningversion_behalf_of_id", type_="foreignkey")
        batch_op.drop_constraint("fk_warningversion_signed_by_id", type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_warningversion_out_by"))
        batch_op.drop_column("release_at")
        batch_op.drop_column("out_by")
        batch_op.drop_column("behalf_of_id")
        batch_op.drop_column("signed_by_id")

    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_remind_at"))
        batch_op.drop_column("reminded_at")
        batch_op.drop_column("remind_at")

    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_decision_review",
            sqlite_where=sa.text("taken_back_at IS NULL"),
            postgresql_where=sa.text("taken_back_at IS NULL"),
        )
        batch_op.drop_column("taken_back_at")
        batch_op.drop_column("call_firms")
        batch_op.drop_column("states_before")
        name = "decision_review_id_key" if op.get_bind().dialect.name == "postgresql" else "uq_decision_review_id"
        batch_op.create_unique_constraint(name, ["review_id"])

    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signature_version_id"))

    op.drop_table("signature")
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposal_version_id"))
        batch_op.drop_index(batch_op.f("ix_proposal_state"))

    op.drop_table("proposal")
    op.drop_table("channel")
