"""What dead senders left: their journals are carried into the store first, then their claims are freed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, Engine, select, update
from sqlmodel import Session, col

from alerts.sending_clerk import settle_good
from alerts.sending_journal import LEFT, Left, journals_in, left_in
from alerts.transports import Answer
from store.email import PENDING, Email
from store.engine import reading, writing
from store.work import is_dead, worker_name

KILLED = "the sender was killed after the final dot"
Record = Callable[[Session, int, Answer | None, datetime], None]


def take_up(engine: Engine, var: Path, now: datetime, record: Record) -> int:
    """Settle what this machine's dead senders had accepted and free their claims; returns how many mails are freed.

    A mail whose final dot may have left without an answer known is recorded as ambiguous (`record`) and tried again.
    Who is dead is asked before any journal is read: a sender that dies in between is the next call's.
    """
    with reading(engine) as session:
        held = select(col(Email.claimed_by)).where(col(Email.state) == PENDING, col(Email.claimed_by).is_not(None))
        holders = {name for name in session.scalars(held.distinct()) if name}
    journals = journals_in(var)
    freed = 0
    for holder in sorted(name for name in holders | journals.keys() if _is_over(name)):
        paths = journals.get(holder, [])
        with writing(engine) as session:
            freed += _take_over(session, holder, left_in(paths), now, record)
        for path in paths:
            path.unlink(missing_ok=True)
    return freed


def _is_over(holder: str) -> bool:
    """Whether a sender runs no more; a journal that its living process could not carry over is named `left:...`."""
    return holder.startswith(LEFT) or is_dead(holder)


def _take_over(session: Session, holder: str, left: Left, now: datetime, record: Record) -> int:
    is_alive = holder.startswith(LEFT)
    holder = holder.removeprefix(LEFT)
    accepted = _locked(session, left.accepted, col(Email.state) == PENDING)
    if accepted:
        known = [(key, Answer("smtp", "accepted", left.accepted[key] or None)) for key in accepted]
        settle_good(session, known, now)
    if is_alive:
        return 0  # what it begun without an answer waits for its lease, like everything else it holds
    ambiguous = _locked(session, left.ambiguous, col(Email.state) == PENDING, col(Email.claimed_by) == holder)
    for key in ambiguous:
        mine = update(Email).where(col(Email.id) == key).values(claimed_by=worker_name())
        session.execute(mine.execution_options(synchronize_session=False))
        record(session, key, Answer("smtp", "ambiguous", None, KILLED), now)
    freed = session.execute(
        update(Email)
        .where(col(Email.claimed_by) == holder, col(Email.state) == PENDING)
        .values(claimed_by=None, claimed_until=None, attempts=Email.attempts - 1)
        .execution_options(synchronize_session=False)
    )
    return int(freed.rowcount) + len(ambiguous)  # type: ignore[attr-defined]


def _locked(session: Session, ids: Collection[int], *where: ColumnElement[bool]) -> list[int]:
    """Those of the mails for which `where` holds, locked against others who take up the same."""
    found: list[int] = []
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        rows = select(col(Email.id)).where(col(Email.id).in_(wanted[start : start + 500]), *where)
        found += session.scalars(rows.with_for_update())
    return found
