"""Nudges: whoever waits for work wakes when anyone, in any process, has committed something."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

from sqlalchemy import Engine, text
from sqlmodel import Session

CHANNEL = "tbtwatch"
POLL_S = 0.01  # SQLite has no notification; its data_version is a few microseconds to read
STOP_POLL_S = 0.5  # how soon a waiter sees that it is to stop


def nudge_on_commit(session: Session) -> None:
    """On PostgreSQL: let the present transaction wake the waiters when it commits, if it has written anything.

    A transaction that wrote has an id; one that only claimed nothing has none, so an idle stage wakes nobody.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            text("SELECT pg_notify(:channel, '') WHERE pg_current_xact_id_if_assigned() IS NOT NULL"),
            {"channel": CHANNEL},
        )


class Waiter:
    """Waits for commits of other connections on one store."""

    def __init__(self, connection: Any) -> None:
        """Use `listening(engine)`, which opens and closes the connection."""
        self._raw = connection
        self._is_sqlite = hasattr(connection, "total_changes")
        self._seen = self._version() if self._is_sqlite else None

    def wait(self, timeout_s: float, stopping: Event | None = None) -> bool:
        """True as soon as something was committed, False after `timeout_s` or when `stopping` is set."""
        until = time.monotonic() + timeout_s
        while (left := until - time.monotonic()) > 0 and not (stopping and stopping.is_set()):
            if not self._is_sqlite:
                if any(True for _ in self._raw.notifies(timeout=min(left, STOP_POLL_S), stop_after=1)):
                    return True
                continue
            version = self._version()
            if version != self._seen:
                self._seen = version
                return True
            time.sleep(POLL_S)
        return False

    def _version(self) -> int:
        return int(self._raw.execute("PRAGMA data_version").fetchone()[0])


@contextmanager
def listening(engine: Engine) -> Iterator[Waiter]:
    """A waiter with a connection of its own."""
    pooled = engine.raw_connection()
    try:
        raw: Any = pooled.driver_connection
        if engine.dialect.name == "postgresql":
            raw.autocommit = True
            raw.execute(f"LISTEN {CHANNEL}")
        yield Waiter(raw)
    finally:
        pooled.invalidate()  # its LISTEN and autocommit must not reach the next user
