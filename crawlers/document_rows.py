"""The rows of documents: which are wanted, taking them for a visit, what came of each, and giving back the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine, and_, func, or_, select, text, update
from sqlmodel import Session

from crawlers.outcomes import MOST_TRIES, outcome_of, pause_after
from crawlers.rows import UNCLAIMED
from crawlers.wanting import MOST_DOCUMENTS, wanted_documents
from settings import TbtwatchError
from store.clock import shanghai_day, system_clock
from store.columns import new_public_id
from store.document import FAILED, WANTED, Document, DocumentCheck
from store.engine import reading, writing
from store.inserting import add_keyed_rows
from store.notice import NEWS, Notice
from store.work import claim, release_dead, still_mine

DOCUMENTS_LOCK = 0x7462_7464  # "tbtd": visits on PostgreSQL begin one after the other, as on SQLite they must
NOTICES_AT_ONCE = 500
_ROWS: Any = Document


class DocumentsBusy(TbtwatchError):
    """Raised when another process visits the hosts of documents: two at once would be twice as fast as we promise."""

    exit_code = 3


@dataclass(frozen=True)
class Taken:
    """A document taken for this visit."""

    id: int
    url: str
    tries: int  # so far

    @property
    def host(self) -> str:
        """Whose patience it costs."""
        return (urlsplit(self.url).hostname or "").lower()


def want_documents(engine: Engine, now: datetime) -> int:
    """Write down the documents wanted by news that was not asked yet, or has a new version; returns how many."""
    wanted = 0
    while True:
        with writing(engine) as session:
            _lock(session)
            notices = _unasked(session)
            wanted += sum(_want(session, notice, now) for notice in notices)
        if not notices:
            return wanted


def _unasked(session: Session) -> list[Notice]:
    notices, checks = _table(Notice), _table(DocumentCheck)
    rows = session.execute(
        select(Notice)
        .outerjoin(checks, checks.notice_id == notices.id)
        .where(
            notices.admitted == NEWS,
            notices.merged_into_id.is_(None),
            or_(checks.id.is_(None), checks.number < notices.number),
        )
        .order_by(notices.id)
        .limit(NOTICES_AT_ONCE)
    )
    return list(rows.scalars())


def _want(session: Session, notice: Notice, now: datetime) -> int:
    assert notice.id is not None
    known = set(session.execute(select(_ROWS.url).where(_ROWS.notice_id == notice.id)).scalars())
    links = [link for link in wanted_documents(notice, shanghai_day(now)) if link.url not in known]
    blank: dict[str, Any] = {name: field.default for name, field in Document.model_fields.items() if name != "id"}
    rows = [
        blank
        | {"public_id": new_public_id(), "notice_id": notice.id, "url": link.url, "rel": link.rel, "lang": link.lang}
        | {"status": WANTED, "wanted_at": now}
        for link in links[: max(0, MOST_DOCUMENTS - len(known))]
    ]
    add_keyed_rows(session, Document, rows)
    _note_asked(session, notice)
    return len(rows)


def _note_asked(session: Session, notice: Notice) -> None:
    checks = _table(DocumentCheck)
    check = session.execute(select(checks).where(checks.notice_id == notice.id)).scalar_one_or_none()
    check = check or DocumentCheck(notice_id=notice.id or 0, number=0)
    check.number = notice.number
    session.add(check)
    session.flush()


def is_due(now: datetime) -> Any:
    """Documents that may be asked for: wanted, or taken up again by an operator, and past their pause."""
    waited = or_(_ROWS.retry_at.is_(None), _ROWS.retry_at <= now)
    return and_(_ROWS.status.in_((WANTED, FAILED)), _ROWS.parked_at.is_(None), waited)


def count_due(engine: Engine, now: datetime) -> int:
    """How many documents may be asked for now, those that a dead process holds among them."""
    with reading(engine) as session:
        return int(session.execute(select(func.count()).where(is_due(now))).scalar_one())


def take_documents(engine: Engine, now: datetime, limit: int, lease: timedelta) -> list[Taken]:
    """Claim what is due, the least tried first; raises DocumentsBusy. Only a request that is sent counts as a try."""
    with writing(engine) as session:
        _lock(session)
        release_dead(session, Document)
        holds = and_(_ROWS.claimed_by.is_not(None), _ROWS.claimed_until >= system_clock())
        holder = session.execute(select(_ROWS.claimed_by).where(holds).limit(1)).scalar_one_or_none()
        if holder is not None:
            raise DocumentsBusy(f"{holder} is fetching documents: wait until it is done")
        _park_deadly(session)
        ids = claim(session, Document, is_due(now), limit=limit, order_by=[_ROWS.attempts], lease=lease)
        _change(session, _ROWS.id.in_(ids), {"attempts": _ROWS.attempts - 1})
        found = session.execute(select(_ROWS.id, _ROWS.url, _ROWS.attempts).where(_ROWS.id.in_(ids)))
        return sorted((Taken(*row) for row in found), key=lambda taken: (taken.tries, taken.id))


def _park_deadly(session: Session) -> None:
    """What was asked for five times by processes that died over it is given up."""
    reason = f"the process that fetched it died {MOST_TRIES} times"
    values = {"status": FAILED, "problem": "crashed", "reason": reason, "last_error": reason}
    deadly = and_(_ROWS.status == WANTED, _ROWS.parked_at.is_(None), _ROWS.attempts >= MOST_TRIES)
    _change(session, deadly, values | {"parked_at": system_clock()})


def note_try(engine: Engine, document_id: int) -> None:
    """Count a request before it is sent, so that one which kills this process is counted too."""
    with writing(engine) as session:
        _change(session, _ROWS.id == document_id, {"attempts": _ROWS.attempts + 1})


def store_answer(engine: Engine, document_id: int, values: Mapping[str, Any]) -> bool:
    """Write what a document holds or why it cannot be read, and let go of it; False when another process has it now."""
    return _settle(engine, document_id, {**UNCLAIMED, "retry_at": None, **values})


def store_failure(engine: Engine, taken: Taken, error: Any, now: datetime) -> bool:
    """Write how the request for a document failed, and when it is tried again; returns whether its host is to be left.

    `error` is a SourceError. A document that is given up is parked for the operators, one that cannot be had is not.
    """
    tries = taken.tries + 1
    outcome = outcome_of(error, tries)
    values: dict[str, Any] = {**UNCLAIMED, "status": outcome.status, "problem": outcome.problem, "reason": str(error)}
    if outcome.status == WANTED:
        values |= {"attempts": tries, "retry_at": now + pause_after(tries), "last_error": str(error)}
    if outcome.status == FAILED:
        values |= {"attempts": tries, "parked_at": system_clock(), "last_error": str(error)}
    _settle(engine, taken.id, values)
    return outcome.ends_host


def give_back(engine: Engine, taken: Taken, retry_at: datetime | None) -> None:
    """Let go of a document that was not asked for; with `retry_at`, when its host asked for patience."""
    _settle(
        engine, taken.id, {"claimed_by": None, "claimed_until": None} | ({"retry_at": retry_at} if retry_at else {})
    )


def _settle(engine: Engine, document_id: int, values: Mapping[str, Any]) -> bool:
    with writing(engine) as session:
        mine = still_mine(session, Document, document_id)
        if mine:
            _change(session, _ROWS.id == document_id, values)
        return mine


def _change(session: Session, which: Any, values: Mapping[str, Any]) -> None:
    changed = update(_ROWS).where(which).values(**values)
    session.execute(changed.execution_options(synchronize_session=False))


def _lock(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": DOCUMENTS_LOCK})


def _table(table: type[Any]) -> Any:
    """A table class without its instance types: columns of statements are not the values of rows."""
    return table
