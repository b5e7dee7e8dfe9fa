"""Reading the audit trail: the proof that it is unbroken, and the search in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import Select

from store.audit import AuditEntry, AuditHead, hash_of
from store.audit_chain import BEGINNING
from store.bureau import Officer

CHUNK = 1000  # entries in memory at a time


@dataclass(frozen=True, slots=True)
class Proof:
    """What `prove` found: `broken` is the number of the first entry that is wrong or missing, None when all is well.

    `number` and `entry_hash` are those of the newest entry: written down elsewhere, they also prove that nobody has
    made the whole trail anew since.
    """

    entries: int
    number: int
    entry_hash: str
    broken: int | None = None
    reason: str = ""


def prove(session: Session, *, seen: tuple[int, str] | None = None) -> Proof:
    """Go through the whole trail and hash it again. `seen`: number and hash of an entry, as written down before.

    Stops at the first number where something was changed, put in, or is missing.
    """
    count, number, before = 0, 0, BEGINNING
    rows = select(AuditEntry).where(col(AuditEntry.number).is_not(None)).order_by(col(AuditEntry.number))
    found = session.exec(rows.execution_options(yield_per=CHUNK, populate_existing=True))
    for entry in found:
        wrong = _fault(entry, number, before, seen)
        if wrong:
            return Proof(count, number, before, number + 1, wrong)
        count, number, before = count + 1, entry.number or 0, entry.entry_hash
        session.expunge(entry)
    return _ending(session, Proof(count, number, before), seen)


def _fault(entry: AuditEntry, number: int, before: str, seen: tuple[int, str] | None) -> str:
    """What is wrong with the entry that follows `number` and the hash `before`; "" when nothing is."""
    if entry.number != number + 1:
        return "the entry is missing"
    if entry.previous_hash != before:
        return "the entry does not follow the one before it"
    if entry.entry_hash != hash_of(entry, before):
        return "the entry was changed after it was written"
    if seen and seen[0] == entry.number and seen[1] != entry.entry_hash:
        return "the entry is not the one that was written down"
    return ""


def _ending(session: Session, proof: Proof, seen: tuple[int, str] | None) -> Proof:
    """What only the end shows: entries cut off, entries outside the chain."""
    head = session.exec(select(AuditHead).execution_options(populate_existing=True)).first() or AuditHead()
    loose = session.exec(select(func.count()).where(col(AuditEntry.number).is_(None))).one()
    reason = ""
    if head.number != proof.number or head.entry_hash != proof.entry_hash:
        reason = f"the trail ends at {proof.number}, its head says {head.number}"
    elif seen and seen[0] > proof.number:
        reason = f"the trail ends at {proof.number}, {seen[0]} was written down"
    elif loose:
        reason = f"{loose} entries stand outside the chain"
    return Proof(proof.entries, proof.number, proof.entry_hash, proof.number + 1 if reason else None, reason)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: `action` a whole action or the part before its dot; instants from `since` to before `until`.

    `officers`: ids of those whose deeds are meant; None for everybody's and the machine's.
    """

    action: str = ""
    object_id: str = ""
    officers: Collection[int] | None = None
    since: datetime | None = None
    until: datetime | None = None


def find_entries(
    session: Session, wanted: Wanted, *, limit: int | None = None, offset: int = 0
) -> list[tuple[AuditEntry, Officer | None]]:
    """The entries, the newest first, each with the officer who acted."""
    rows = select(AuditEntry, Officer).outerjoin(Officer, col(AuditEntry.officer_id) == Officer.id)
    ordered = _narrowed(rows, wanted).order_by(col(AuditEntry.number).desc())
    return [(entry, officer) for entry, officer in session.exec(ordered.offset(offset).limit(limit))]


def actions_known(session: Session) -> list[str]:
    """Every action that stands in the trail, in order."""
    return list(session.exec(select(AuditEntry.action).distinct().order_by(AuditEntry.action)))


def _narrowed(rows: Select[AuditEntry, Officer], wanted: Wanted) -> Select[AuditEntry, Officer]:
    rows = rows.where(col(AuditEntry.number).is_not(None))
    if wanted.action:
        under = col(AuditEntry.action).startswith(wanted.action + ".", autoescape=True)
        rows = rows.where((col(AuditEntry.action) == wanted.action) | under)
    if wanted.object_id:
        rows = rows.where(col(AuditEntry.object_id) == wanted.object_id)
    if wanted.officers is not None:
        rows = rows.where(col(AuditEntry.officer_id).in_(wanted.officers))
    if wanted.since:
        rows = rows.where(col(AuditEntry.at) >= wanted.since)
    return rows.where(col(AuditEntry.at) < wanted.until) if wanted.until else rows
