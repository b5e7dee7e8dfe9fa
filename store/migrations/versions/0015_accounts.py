"""Accounts: invitations, one-time codes, lock-out, sign-in record; the audit trail as a chain that refuses changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import store.columns
from store.audit_chain import BEGINNING, entry_hash

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# A later migration that lets SQLite copy the table auditentry must make its triggers again: they go with the old one.
_REFUSAL = "the audit trail is append-only"
_GUARDS = {
    "sqlite": (
        "CREATE TRIGGER auditentry_keep_update BEFORE UPDATE ON auditentry WHEN OLD.number IS NOT NULL "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
        "CREATE TRIGGER auditentry_keep_delete BEFORE DELETE ON auditentry "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION auditentry_keep() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
        "CREATE TRIGGER auditentry_keep_update BEFORE UPDATE ON auditentry FOR EACH ROW "
        "WHEN (OLD.number IS NOT NULL) EXECUTE FUNCTION auditentry_keep()",
        "CREATE TRIGGER auditentry_keep_delete BEFORE DELETE ON auditentry FOR EACH ROW "
        "EXECUTE FUNCTION auditentry_keep()",
        "CREATE TRIGGER auditentry_keep_truncate BEFORE TRUNCATE ON auditentry FOR EACH STATEMENT "
        "EXECUTE FUNCTION auditentry_keep()",
    ),
}
_UNGUARD = {
    "sqlite": ("DROP TRIGGER auditentry_keep_update", "DROP TRIGGER auditentry_keep_delete"),
    "postgresql": (
        "DROP TRIGGER auditentry_keep_update ON auditentry",
        "DROP TRIGGER auditentry_keep_delete ON auditentry",
        "DROP TRIGGER auditentry_keep_truncate ON auditentry",
        "DROP FUNCTION auditentry_keep()",
    ),
}
_ENTRY = sa.table(
    "auditentry",
    sa.column("id", sa.Integer()),
    sa.column("public_id", sa.String()),
    sa.column("at", store.columns.UTCDateTime()),
    sa.column("officer_id", sa.Integer()),
    sa.column("actor", sa.String()),
    sa.column("action", sa.String()),
    sa.column("object_kind", sa.String()),
    sa.column("object_id", sa.String()),
    sa.column("details", store.columns.JSONColumn),
    sa.column("number", sa.Integer()),
    sa.column("previous_hash", sa.String()),
    sa.column("entry_hash", sa.String()),
)


def upgrade() -> None:
    op.create_table(
        "audithead",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("entry_hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "invitation",
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("invited_by_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("created_at", store.columns.UTCDateTime(), nullable=False),
        sa.Column("expires_at", store.columns.UTCDateTime(), nullable=False),
        sa.Column("used_at", store.columns.UTCDateTime(), nullable=True),
        sa.Column("revoked_at", store.columns.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["invited_by_id"], ["officer.id"]),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
    )
    op.create_table(
        "recoverycode",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", store.columns.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "signinrecord",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("at", store.columns.UTCDateTime(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("address_hash", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for table in ("invitation", "recoverycode", "signinrecord"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.create_index(batch_op.f(f"ix_{table}_officer_id"), ["officer_id"], unique=False)
    with op.batch_alter_table("signinrecord", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signinrecord_at"), ["at"], unique=False)

    with op.batch_alter_table("officer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("absent_from", store.columns.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("must_change", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("locked_at", store.columns.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("unlocked_at", store.columns.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("totp_secret", sa.String(200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("totp_confirmed_at", store.columns.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("totp_last_step", sa.Integer(), nullable=True))
    with op.batch_alter_table("officersession", schema=None) as batch_op:
        batch_op.add_column(sa.Column("awaits_code", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("auditentry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("previous_hash", sa.String(64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("entry_hash", sa.String(64), nullable=False, server_default=""))
        batch_op.create_index("uq_auditentry_number", ["number"], unique=True)
    _chain_what_is_there()
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def _chain_what_is_there() -> None:
    """Give the entries of before, in the order they were written, their numbers and hashes."""
    bind, number, before = op.get_bind(), 0, BEGINNING
    ids = bind.execute(sa.select(_ENTRY.c.id).order_by(_ENTRY.c.id)).scalars().all()
    for key in ids:
        row = bind.execute(sa.select(_ENTRY).where(_ENTRY.c.id == key)).mappings().one()
        number += 1
        fields = ("public_id", "at", "officer_id", "actor", "action", "object_kind", "object_id", "details")
        mark = entry_hash(before, number=number, **{name: row[name] for name in fields})
        sealed = {"number": number, "previous_hash": before, "entry_hash": mark}
        bind.execute(sa.update(_ENTRY).where(_ENTRY.c.id == key).values(sealed))
        before = mark
    if number:
        head = sa.table("audithead", sa.column("id"), sa.column("number"), sa.column("entry_hash"))
        bind.execute(sa.insert(head).values(id=1, number=number, entry_hash=before))


def downgrade() -> None:
    for statement in _UNGUARD[op.get_bind().dialect.name]:
        op.execute(statement)
    with op.batch_alter_table("auditentry", schema=None) as batch_op:
        batch_op.drop_index("uq_auditentry_number")
        batch_op.drop_column("entry_hash")
        batch_op.drop_column("previous_hash")
        batch_op.drop_column("number")
    with op.batch_alter_table("officersession", schema=None) as batch_op:
        batch_op.drop_column("awaits_code")
    with op.batch_alter_table("officer", schema=None) as batch_op:
        for name in (
            "totp_last_step",
            "totp_confirmed_at",
            "totp_secret",
            "unlocked_at",
            "locked_at",
            "must_change",
            "absent_from",
        ):
            batch_op.drop_column(name)
    for table in ("signinrecord", "recoverycode", "invitation", "audithead"):
        op.drop_table(table)
