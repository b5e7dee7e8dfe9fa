"""search: the text of every notice and an index of its terms, filled from the notices that are there"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

from store.search_index import Entry, insert_entries, notice_text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SLICE = 1000


def upgrade() -> None:
    op.create_table(
        "noticetext",
        sa.Column("notice_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("notice_id"),
        sa.UniqueConstraint("place"),
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute("CREATE TABLE noticeindex (place BIGINT PRIMARY KEY, terms TSVECTOR NOT NULL)")
        _fill()
        # After the filling, which is faster so. New terms wait in a list that every question reads: it is kept short.
        op.execute(
            "CREATE INDEX ix_noticeindex_terms ON noticeindex USING gin (terms) WITH (gin_pending_list_limit = 1024)"
        )
    else:
        op.execute(
            "CREATE VIRTUAL TABLE noticeindex USING fts5"
            "(terms, content='', columnsize=0, detail=none, tokenize='ascii')"
        )
        _fill()
        op.execute("INSERT INTO noticeindex (noticeindex) VALUES ('optimize')")


def downgrade() -> None:
    op.execute("DROP TABLE noticeindex")
    op.drop_table("noticetext")


def _fill() -> None:
    """By statements of its own: the tables of the code may be other ones when this runs."""
    connection, last = op.get_bind(), 0
    wanted = sa.text(
        "SELECT id, published_on, title, description, products, keywords, hs, merged_into_id FROM notice "
        "WHERE id > :last ORDER BY id LIMIT :slice"
    )
    while rows := connection.execute(wanted, {"last": last, "slice": SLICE}).mappings().all():
        first, last = rows[0]["id"], rows[-1]["id"]
        symbols = _symbols(connection, first, last)
        entries = [_entry(row, symbols.get(row["id"], [])) for row in rows if row["merged_into_id"] is None]
        insert_entries(connection, entries)


def _symbols(connection: Any, first: int, last: int) -> dict[int, list[str]]:
    wanted = sa.text(
        "SELECT notice_id, symbol FROM noticesymbol WHERE notice_id BETWEEN :first AND :last ORDER BY position, id"
    )
    found: dict[int, list[str]] = {}
    for notice_id, symbol in connection.execute(wanted, {"first": first, "last": last}):
        found.setdefault(notice_id, []).append(symbol)
    return found


def _entry(row: Any, symbols: Sequence[str]) -> Entry:
    """The same on both kinds: SQLite gives JSON and dates as text."""
    plain = dict(row)
    for name in ("keywords", "hs"):
        plain[name] = json.loads(plain[name]) if isinstance(plain[name], str) else plain[name]
    day = plain["published_on"]
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return Entry(plain["id"], day, notice_text(plain, symbols))
