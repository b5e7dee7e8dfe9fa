"""What mail servers say and what is done about it: paused domains, buckets, troubled addresses, calls, mail checks.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

import store.columns

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_TABLES = (
    "mailcheck", "readmessage", "redproof", "calllistentry", "refusedbatch", "addresstrouble", "mailbucket",
    "maildomain",
)  # fmt: skip
_NO_VERSION = sa.text("version_id IS NULL AND called_at IS NULL")


def _instant(name: str, nullable: bool = False) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, store.columns.UTCDateTime(), nullable=nullable)


def _text(name: str, width: int) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.String(length=width), nullable=False)


def _refers(column: str, table: str, nullable: bool = False) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column(column, sa.Integer(), nullable=nullable),
        sa.ForeignKeyConstraint([column], [f"{table}.id"]),
    ]


def _table(name: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(name, sa.Column("id", sa.Integer(), nullable=False), *parts, sa.PrimaryKeyConstraint("id"))


def upgrade() -> None:
    op.add_column("subscriber", sa.Column("domain", sa.String(length=253), server_default="", nullable=False))
    at = "instr(email_key, '@')" if op.get_bind().dialect.name == "sqlite" else "strpos(email_key, '@')"
    op.execute(f"UPDATE subscriber SET domain = substr(email_key, {at} + 1)")  # noqa: S608 - our own words
    op.create_index("ix_subscriber_domain", "subscriber", ["domain"])
    op.add_column("deliveryattempt", sa.Column("reply_class", sa.String(length=10), server_default="", nullable=False))
    op.add_column("email", _instant("paced_at", nullable=True))
    _table(
        "maildomain", _text("domain", 253), _text("provider", 20), _instant("looked_up_at", True),
        _instant("paused_until", True), sa.Column("pause_s", sa.Integer(), nullable=False), _text("why", 500),
        sa.UniqueConstraint("domain"),
    )  # fmt: skip
    _table(
        "mailbucket", _text("provider", 20), _text("lane", 10), sa.Column("tokens", sa.Float(), nullable=False),
        _instant("filled_at"), sa.UniqueConstraint("provider", "lane"),
    )  # fmt: skip
    _table(
        "addresstrouble", *_refers("subscriber_id", "subscriber"), sa.Column("day", sa.Date(), nullable=False),
        _instant("at"), _text("source", 10), sa.UniqueConstraint("subscriber_id", "day"),
    )  # fmt: skip
    _table(
        "refusedbatch", *_refers("body_id", "mailbody"), sa.Column("refused", sa.Integer(), nullable=False),
        _text("why", 500), _instant("held_at", True), _instant("released_at", True), sa.UniqueConstraint("body_id"),
    )  # fmt: skip
    _calls()
    _table(
        "redproof", *_refers("version_id", "warningversion"), _instant("proved_at"),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("recipients", "accepted", "listed")),
        sa.UniqueConstraint("version_id"),
    )  # fmt: skip
    _table(
        "readmessage", _text("sha256", 64), _instant("at"), _text("outcome", 20),
        *_refers("email_id", "email", nullable=True), sa.UniqueConstraint("sha256"),
    )  # fmt: skip
    _table(
        "mailcheck", _instant("at"), sa.Column("passed", sa.Boolean(), nullable=False), _text("subject", 600),
        sa.Column("lines", store.columns.JSONColumn, nullable=False),
    )  # fmt: skip


def _calls() -> None:
    _table(
        "calllistentry", _text("public_id", 32), *_refers("version_id", "warningversion", nullable=True),
        *_refers("subscriber_id", "subscriber"), *_refers("bureau_id", "bureau"), _text("reason", 20),
        _instant("created_at"), _instant("called_at", True), *_refers("called_by_id", "officer", nullable=True),
        sa.UniqueConstraint("public_id"), sa.UniqueConstraint("version_id", "subscriber_id"),
    )  # fmt: skip
    op.create_index("ix_calllistentry_subscriber_id", "calllistentry", ["subscriber_id"])
    op.create_index("ix_calllistentry_open", "calllistentry", ["bureau_id", "called_at"])
    op.create_index(
        "uq_calllistentry_address", "calllistentry", ["subscriber_id"], unique=True, sqlite_where=_NO_VERSION,
        postgresql_where=_NO_VERSION,
    )  # fmt: skip


def downgrade() -> None:
    for name in _TABLES:
        op.drop_table(name)
    op.drop_index("ix_subscriber_domain", table_name="subscriber")
    for table, column in (("subscriber", "domain"), ("deliveryattempt", "reply_class"), ("email", "paced_at")):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(column)
