"""Claiming work rows: one statement that is right on SQLite and PostgreSQL, leases, retries, parking."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlmodel import Session

from store.clock import system_clock
from store.columns import Claimable

MAX_ATTEMPTS = 5
LEASE = timedelta(minutes=2)
RETRY_DELAYS = (timedelta(seconds=0), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))


def worker_name() -> str:
    """`host:pid:start`, unique to this process even after the pid is used again."""
    return f"{socket.gethostname()}:{os.getpid()}:{_start_of(os.getpid())}"


def claim(
    session: Session,
    table: type[Claimable],
    pending: ColumnElement[bool],
    *,
    limit: int,
    order_by: Sequence[Any] = (),
    lease: timedelta = LEASE,
) -> list[int]:
    """Take up to `limit` rows of `table` for which `pending` holds; returns their ids, ascending.

    A row is free when it is not parked and nobody's lease on it runs. Each taking counts as an attempt.
    `FOR UPDATE SKIP LOCKED` alone would be dropped silently by SQLite; the UPDATE around it is what claims.
    """
    rows: Any = table
    now = system_clock()
    free = or_(rows.claimed_until.is_(None), rows.claimed_until < now)
    chosen = (
        select(rows.id)
        .where(pending, rows.parked_at.is_(None), free)
        .order_by(*order_by, rows.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = session.execute(
        update(rows)
        .where(rows.id.in_(chosen.scalar_subquery()))
        .values(claimed_by=worker_name(), claimed_until=now + lease, attempts=rows.attempts + 1)
        .returning(rows.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(taken.scalars())


def still_mine(session: Session, table: type[Claimable], row_id: int) -> bool:
    """Lock the row and say whether this process still holds its claim; false when another took it after the lease."""
    rows: Any = table
    mine = update(rows).where(rows.id == row_id, rows.claimed_by == worker_name()).values(attempts=rows.attempts)
    return bool(session.execute(mine.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]


def finish(session: Session, table: type[Claimable], ids: Sequence[int]) -> None:
    """Give the rows back as done; the caller sets the stage's own stamp in the same transaction."""
    rows: Any = table
    session.execute(
        update(rows)
        .where(rows.id.in_(ids))
        .values(claimed_by=None, claimed_until=None, attempts=0, last_error=None)
        .execution_options(synchronize_session=False)
    )


def fail(session: Session, table: type[Claimable], row_id: int, error: str) -> None:
    """Give a row back as failed: tried again after a growing delay, parked for the operators after five attempts."""
    rows: Any = table
    attempts = session.execute(select(rows.attempts).where(rows.id == row_id)).scalar_one()
    parked = attempts >= MAX_ATTEMPTS
    delay = RETRY_DELAYS[min(attempts, len(RETRY_DELAYS)) - 1] if attempts else timedelta(0)
    session.execute(
        update(rows)
        .where(rows.id == row_id)
        .values(
            claimed_by=None,
            last_error=error[:2000],
            claimed_until=system_clock() + delay,
            parked_at=system_clock() if parked else None,
        )
        .execution_options(synchronize_session=False)
    )


def release_dead(session: Session, table: type[Claimable]) -> int:
    """Free the claims of this machine's dead processes; returns how many. Other machines' wait for their lease."""
    rows: Any = table
    holders = session.execute(select(rows.claimed_by).where(rows.claimed_by.is_not(None)).distinct()).scalars().all()
    dead = [holder for holder in holders if is_dead(holder)]
    if not dead:
        return 0
    freed = session.execute(
        update(rows)
        .where(rows.claimed_by.in_(dead))
        .values(claimed_by=None, claimed_until=None)
        .execution_options(synchronize_session=False)
    )
    return int(freed.rowcount)  # type: ignore[attr-defined]


def is_dead(holder: str) -> bool:
    """Whether the process of this `worker_name()` ran on this machine and runs no more."""
    host, pid, start = holder.rsplit(":", 2)
    return host == socket.gethostname() and _start_of(int(pid)) != start


def _start_of(pid: int) -> str:
    """When the process began, in clock ticks since boot; "" when it does not run, or where /proc does not exist."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except OSError:
        return "" if Path("/proc/self/stat").exists() or not _runs(pid) else "?"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def parked_rows(session: Session, table: type[Claimable]) -> list[tuple[int, str | None, datetime]]:
    """The rows that wait for an operator: (id, last error, parked at)."""
    rows: Any = table
    found = session.execute(select(rows.id, rows.last_error, rows.parked_at).where(rows.parked_at.is_not(None)))
    return [tuple(row) for row in found]


def retry_parked(session: Session, table: type[Claimable]) -> int:
    """Give parked rows their five attempts anew, once an operator mended what stopped them; returns how many."""
    rows: Any = table
    freed = session.execute(
        update(rows)
        .where(rows.parked_at.is_not(None))
        .values(parked_at=None, attempts=0, claimed_by=None, claimed_until=None)
        .execution_options(synchronize_session=False)
    )
    return int(freed.rowcount)  # type: ignore[attr-defined]
