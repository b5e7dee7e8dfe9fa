"""The audit trail: who did what to what, written in the transaction of the deed."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, Session

from store.columns import JSONColumn, Public, UTCDateTime


class AuditEntry(Public, table=True):
    """One deed. Names live in the officer's row; here stands its number."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime)
    officer_id: int | None = Field(default=None, foreign_key="officer.id")
    actor: str = Field(max_length=40)  # officer | machine | subscriber | operator
    action: str = Field(max_length=40)
    object_kind: str = Field(max_length=40)
    object_id: str = Field(max_length=64, index=True)  # public id or code
    details: dict[str, object] = Field(default_factory=dict, sa_type=JSONColumn)


def write_audit(
    session: Session,
    now: datetime,
    *,
    action: str,
    object_kind: str,
    object_id: str,
    officer_id: int | None = None,
    actor: str = "",
    details: dict[str, object] | None = None,
) -> None:
    """Add an entry to the present transaction: the deed and its entry are kept or lost together."""
    session.add(
        AuditEntry(
            at=now,
            officer_id=officer_id,
            actor=actor or ("officer" if officer_id else "machine"),
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            details=details or {},
        )
    )
