"""The index of subscriptions of each store this process has open: built once, then kept equal to the rows.

Before each match the log of changes is read from the last number applied; what changed is read again. So edits by any
process count, and a match is exact for a number of the log (store/subscription_change.py). What a session has written
and not committed is nobody else's business: it is judged row by row for that session alone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from weakref import WeakKeyDictionary

from pyroaring import BitMap
from sqlalchemy import Connection, Engine
from sqlalchemy.engine.interfaces import Dialect
from sqlmodel import Session

from alerts.bitmap_copy import read_copy, write_copy
from alerts.bitmap_rows import build, changed_ids, changes_since, newest_change, rows_of, wanted_of
from alerts.bitmaps import Bitmaps, Met
from alerts.criteria import Hit, Told, hit_of

log = logging.getLogger(__name__)

T = TypeVar("T")
_LARGE = 20_000  # subscriptions; fewer are read from the rows in no time


@dataclass(frozen=True, slots=True)
class Found:
    """What a match found: the ids, and the number of the log for which that is exact."""

    ids: BitMap
    number: int
    hits: dict[int, dict[int, Hit]] = field(default_factory=dict)  # subscriber id -> subscription id -> why


class MatchIndex:
    """The bitmaps of one store, shared by the threads of this process."""

    def __init__(self) -> None:
        """Use `index_of`, so that a process has one for each store."""
        self.number, self._mark = 0, ""
        self._bitmaps: Bitmaps | None = None
        self._folder: Path | None = None
        self._lock = threading.RLock()

    def keep_in(self, folder: Path) -> None:
        """Begin from the copy in this folder, if there is one of this store, and let `save` put one there."""
        self._folder = folder

    def ids_for(self, session: Session, told: Told, members: Collection[str]) -> Found:
        """Which subscriptions meet what is told, as this session sees them, without the reasons."""

        def ask(bitmaps: Bitmaps, own: set[int]) -> Found:
            met = bitmaps.meeting(told, members)
            return Found(met.ids - BitMap(own) | BitMap(self._judged(session, told, members, own)), self.number)

        return self._asked(session, ask)

    def hits_for(self, session: Session, told: Told, members: Collection[str]) -> Found:
        """The same with the reasons."""

        def ask(bitmaps: Bitmaps, own: set[int]) -> Found:
            met = bitmaps.meeting(told, members)
            met = Met(met.ids - BitMap(own), met.values)
            found: dict[int, dict[int, Hit]] = {}
            for key, hit in bitmaps.hits(met).items():
                found.setdefault(bitmaps.owners[key], {})[key] = hit
            for key, (subscriber_id, hit) in self._judged(session, told, members, own).items():
                found.setdefault(subscriber_id, {})[key] = hit
            return Found(met.ids, self.number, found)

        return self._asked(session, ask)

    def subscribers_of(self, session: Session, bureau_ids: Collection[int]) -> set[int]:
        """Ids of the subscribers with open subscriptions whose firms belong to these bureaus."""

        def ask(bitmaps: Bitmaps, own: set[int]) -> set[int]:
            found = {bitmaps.owners[key] for key in bitmaps.of_bureaus(bureau_ids) - BitMap(own)}
            rows = rows_of(session.connection(), sorted(own))
            return found | {row.subscriber_id for row in rows if row.bureau_id in bureau_ids}

        return self._asked(session, ask)

    def save(self, engine: Engine) -> Path | None:
        """Bring the index up to date and write its copy; None when no folder was named. Raises OSError."""
        with self._lock:
            bitmaps = self._refreshed(engine)
            return write_copy(self._folder, bitmaps, self.number, self._mark) if self._folder else None

    def snapshot(self, engine: Engine) -> tuple[Bitmaps, int]:
        """The bitmaps brought up to date, and their number; to be looked at, not changed."""
        with self._lock:
            return self._refreshed(engine), self.number

    def _asked(self, session: Session, ask: Callable[[Bitmaps, set[int]], T]) -> T:
        session.flush()
        with self._lock:
            bitmaps, connection = self._bitmaps, session.connection()
            _show_own_changes(connection)
            seen = changes_since(connection, self.number)
            if bitmaps is not None and len(seen) == 1 and seen[0][4] == self._mark:
                return ask(bitmaps, set())
            bitmaps = self._refreshed(connection.engine)
            if _only_reads(connection):
                return ask(bitmaps, set())
            since = changes_since(connection, self.number + 1)
            return ask(bitmaps, changed_ids(connection, since) if since else set())

    def _judged(
        self, session: Session, told: Told, members: Collection[str], own: set[int]
    ) -> dict[int, tuple[int, Hit]]:
        """subscription id -> (subscriber id, why), for what the session itself changed."""
        found = {}
        for row in rows_of(session.connection(), sorted(own)) if own else ():
            hit = hit_of(wanted_of(row), told, members)
            if hit is not None:
                found[row.subscription_id] = (row.subscriber_id, hit)
        return found

    def _refreshed(self, engine: Engine) -> Bitmaps:
        """The bitmaps, equal to the committed rows."""
        with _snapshot(engine) as connection:
            if self._bitmaps is None and self._folder is not None and (copy := read_copy(self._folder)):
                self._bitmaps, self.number, self._mark = copy
            seen = changes_since(connection, self.number) if self._bitmaps is not None else []
            try:
                if self._bitmaps is None or not seen or (seen[0][0], seen[0][4]) != (self.number, self._mark):
                    self._bitmaps = build(connection)  # nothing to follow on from: no copy, another store, a short log
                    self.number, self._mark = newest_change(connection)
                    self._keep_if_large(self._bitmaps)
                elif len(seen) > 1:
                    _apply(self._bitmaps, connection, seen[1:])
                    self.number, self._mark = seen[-1][0], seen[-1][4]
            except BaseException:
                self._bitmaps = None  # perhaps half changed
                raise
            return self._bitmaps

    def _keep_if_large(self, bitmaps: Bitmaps) -> None:
        if self._folder is None or len(bitmaps.live) < _LARGE:
            return
        try:
            write_copy(self._folder, bitmaps, self.number, self._mark)
        except OSError as error:  # the next process reads the rows again: slower, not wrong
            log.warning("the copy of the index of subscriptions was not written: %s", error)


def index_of(engine: Engine) -> MatchIndex:
    """The index of this store in this process."""
    with _making:
        return _indexes.setdefault(engine.dialect, MatchIndex())


def index_for(session: Session) -> MatchIndex:
    """The index of the store a session is open on."""
    return index_of(session.connection().engine)


# By the dialect object: each engine has one of its own, which its copies with other execution options share.
_indexes: WeakKeyDictionary[Dialect, MatchIndex] = WeakKeyDictionary()
_making = threading.Lock()


def _apply(bitmaps: Bitmaps, connection: Connection, changes: list[tuple[int, int, int, int, str]]) -> None:
    ids = changed_ids(connection, changes)
    bitmaps.drop(BitMap(ids))
    bitmaps.put(rows_of(connection, sorted(ids)))


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    """A transaction that reads one state of the store, whatever is committed meanwhile."""
    with engine.execution_options(reading=True).connect() as plain:
        on_postgresql = engine.dialect.name == "postgresql"
        connection = plain.execution_options(isolation_level="REPEATABLE READ") if on_postgresql else plain
        with connection.begin():  # the log is read by the driver, which begins none by itself on SQLite
            yield connection


def _show_own_changes(connection: Connection) -> None:
    """On PostgreSQL the log is written at the commit; a session that wrote and asks has its part written now."""
    if connection.dialect.name == "postgresql" and not _only_reads(connection):
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        connection.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED")


def _only_reads(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("reading"))
