"""Mails that wait for a reason of their own: their try does not count, and nobody claims them before their time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, bindparam, case, select, update
from sqlmodel import Session, SQLModel, col

from store.clock import system_clock
from store.email import PENDING, Email
from store.work import worker_name

_EMAILS = SQLModel.metadata.tables["email"]


def set_aside(session: Session, which: ColumnElement[bool], wait: timedelta) -> int:
    """Let the pending mails for which `which` holds wait; returns how many.

    Those nobody works on, and those this process has claimed and not begun: their sender finds them gone. Rows that
    another worker has locked are left alone, so nobody waits for anybody.
    """
    free = select(col(Email.id)).where(
        which,
        col(Email.state) == PENDING,
        col(Email.parked_at).is_(None),
        col(Email.claimed_by).is_(None) | (col(Email.claimed_by) == worker_name()),
    )
    until, is_claimed = system_clock() + wait, col(Email.claimed_by).is_not(None)
    done = session.execute(
        update(Email)
        .where(col(Email.id).in_(free.with_for_update(skip_locked=True)))
        .where(is_claimed | col(Email.claimed_until).is_(None) | (col(Email.claimed_until) < until))
        .values(attempts=Email.attempts - _try(), claimed_by=None, claimed_until=until)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def let_wait(session: Session, waits: Sequence[tuple[int, timedelta]]) -> None:
    """Give claimed mails back, each until its own time from now; the try does not count."""
    if not waits:
        return
    now = system_clock()
    statement = (
        update(_EMAILS)
        .where(_EMAILS.c.id == bindparam("mail"))
        .values(claimed_by=None, claimed_until=bindparam("until"), attempts=_EMAILS.c.attempts - _try())
    )
    session.connection().execute(statement, [{"mail": mail, "until": now + wait} for mail, wait in waits])


def _try() -> ColumnElement[int]:
    """The try that a claim had counted."""
    return case((col(Email.claimed_by).is_(None), 0), else_=1)
