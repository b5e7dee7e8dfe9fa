"""Alembic's entry: runs the migrations on the connection that store/schema.py hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import store  # names every table
from store.columns import JSONColumn, UTCDateTime
from store.search_index import SEARCH, is_ours

assert store.__all__


def _short_type(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """Our own column types by name; sqlmodel's string type as plain SQLAlchemy."""
    if kind != "type":
        return False
    if thing is JSONColumn:
        return "store.columns.JSONColumn"
    if isinstance(thing, UTCDateTime):
        return "store.columns.UTCDateTime()"
    if isinstance(thing, AutoString):
        return f"sa.String({thing.length or ''})"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=[SQLModel.metadata, SEARCH],
    include_name=is_ours,
    render_as_batch=True,  # SQLite alters a table by copying it
    compare_server_default=False,
    render_item=_short_type,
)
with context.begin_transaction():
    context.run_migrations()
