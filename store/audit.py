"""The audit trail: who did what to what, written in the transaction of the deed, each entry chained to the last.

An entry is numbered and hashed at the end of its transaction (`seal`), so that the row which all writers must have,
the head, is held for as short as can be and as the last of all locks. Triggers of migration 0015 refuse any
later change.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, event, text
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Field, Session, SQLModel, col, select

from store.audit_chain import BEGINNING, entry_hash
from store.columns import JSONColumn, Public, UTCDateTime

_UNSEALED = "unsealed audit entries"  # a mark in Session.info


class AuditEntry(Public, table=True):
    """One deed. Names live in the officer's row and can be erased there; here stand numbers and public ids only."""

    __table_args__ = (Index("uq_auditentry_number", "number", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime)
    officer_id: int | None = Field(default=None, foreign_key="officer.id")
    actor: str = Field(max_length=40)  # officer | machine | subscriber | operator
    action: str = Field(max_length=40)
    object_kind: str = Field(max_length=40)
    object_id: str = Field(max_length=64, index=True)  # public id or code
    details: dict[str, object] = Field(default_factory=dict, sa_type=JSONColumn)
    number: int | None = Field(default=None)  # from 1 on without a gap; None only inside the writing transaction
    previous_hash: str = Field(default="", max_length=64)
    entry_hash: str = Field(default="", max_length=64)


class AuditHead(SQLModel, table=True):
    """The single row that holds the newest entry's number and hash: without it nobody would miss the last entry."""

    id: int | None = Field(default=None, primary_key=True)
    number: int = Field(default=0)
    entry_hash: str = Field(default=BEGINNING, max_length=64)


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
    """Add an entry to the present transaction: the deed and its entry are kept or lost together.

    `object_id` and `details` hold public ids, codes and words of our own: never a name, an address or a sign-in.
    """
    session.info[_UNSEALED] = True
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


def hash_of(entry: AuditEntry, previous_hash: str) -> str:
    """The hash `entry` must have after one with `previous_hash`."""
    return entry_hash(
        previous_hash,
        number=entry.number or 0,
        public_id=entry.public_id,
        at=entry.at,
        officer_id=entry.officer_id,
        actor=entry.actor,
        action=entry.action,
        object_kind=entry.object_kind,
        object_id=entry.object_id,
        details=entry.details,
    )


def seal(session: AnySession) -> None:
    """Number and hash the entries this transaction has written, in their order, and move the head."""
    session.flush()
    fresh = select(AuditEntry).where(col(AuditEntry.number).is_(None)).order_by(col(AuditEntry.id))
    entries = session.scalars(fresh.execution_options(populate_existing=True)).all()
    if not entries:
        return
    head = _locked_head(session)
    for entry in entries:
        entry.number, entry.previous_hash = head.number + 1, head.entry_hash
        entry.entry_hash = hash_of(entry, head.entry_hash)
        head.number, head.entry_hash = entry.number, entry.entry_hash
    session.add(head)
    session.flush()


def _locked_head(session: AnySession) -> AuditHead:
    """The head, held until the end of the transaction (on SQLite there is one writer anyway)."""
    wanted = select(AuditHead).with_for_update().execution_options(populate_existing=True)
    head = session.scalars(wanted).first()
    if head is not None:
        return head
    first = text("INSERT INTO audithead (id, number, entry_hash) VALUES (1, 0, :hash) ON CONFLICT DO NOTHING")
    session.execute(first, {"hash": BEGINNING})
    return session.scalars(wanted).one()


@event.listens_for(AnySession, "before_commit")
def _seal_before_commit(session: AnySession) -> None:
    """A savepoint is no end: what it wrote is sealed with the rest."""
    if session.info.get(_UNSEALED) and not session.in_nested_transaction():
        seal(session)
        session.info.pop(_UNSEALED, None)
