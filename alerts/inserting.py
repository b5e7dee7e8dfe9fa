"""Writing many rows at once, leaving alone those that stand already: what makes a stage harmless to run twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def insert_ignoring(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    """Insert `rows` (column -> value) by Core; a row that would break a unique key is skipped."""
    if not rows:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    target = SQLModel.metadata.tables[str(table.__tablename__)]
    session.connection().execute(dialect.insert(target).on_conflict_do_nothing(), list(rows))
