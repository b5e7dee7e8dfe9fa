"""The stage join: what a notice cites puts it together with other sources' notices; what it is like is proposed."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, and_, delete, func, or_, text, tuple_, update
from sqlmodel import Session, col, select

from alerts.incident_rows import keep_incidents
from alerts.inserting import insert_ignoring
from alerts.proposing import propose
from alerts.references import GATHERING, Reference, carried_references, cited_references, is_evidence
from alerts.uniting import join_by_citation
from store.audit import AuditEntry, write_audit
from store.clock import system_clock
from store.engine import writing
from store.join import NoticeReference
from store.notice import Notice, symbols_of
from store.work import claim, fail, finish

log = logging.getLogger(__name__)

MOST_SHARING = 20  # threads; a number of more matters than that is a general docket and shows nothing
JOIN_LOCK = 0x7462_746A  # "tbtj": on PostgreSQL one looks after the other, as on SQLite
OWN = "references"  # where a notice's own numbers stand
_AT_ONCE = 300  # pairs in one IN


@dataclass(frozen=True)
class Shared:
    """One notice that has a reference: enough of it to judge by."""

    notice_id: int
    thread_id: int
    kind: str
    issuers: frozenset[str]
    own: bool


def join_pending(engine: Engine, now: datetime, *, limit: int = 100) -> int:
    """Look at notices whose version was not looked at; returns how many (0: nothing left).

    History is looked at too: it is shown together and alerts nobody. One transaction for all; when it fails, each
    notice gets its own, and one that fails keeps its error.
    """
    try:
        with writing(engine) as session:
            notices = session.exec(
                select(Notice)
                .where(_is_pending())
                .order_by(col(Notice.id))
                .limit(limit)
                .with_for_update(skip_locked=True, key_share=True)
            ).all()
            look_at(session, notices, now)
            return len(notices)
    except Exception:
        log.exception("a batch of notices could not be looked at for joins; each is tried by itself")
    with writing(engine) as session:
        taken = claim(session, Notice, _is_pending(), limit=limit)
    for notice_id in taken:
        _look_at_one(engine, notice_id, now)
    return len(taken)


def _look_at_one(engine: Engine, notice_id: int, now: datetime) -> None:
    try:
        with writing(engine) as session:
            look_at(session, [session.get_one(Notice, notice_id)], now)
            finish(session, Notice, [notice_id])
    except Exception as error:  # one bad notice must not hold up the others; the row keeps the reason
        log.exception("notice %s could not be looked at for joins", notice_id)
        with writing(engine) as session:
            fail(session, Notice, notice_id, f"{type(error).__name__}: {error}")


def is_unseen() -> ColumnElement[bool]:
    """Notices of which the present version was not looked at for joins."""
    return or_(col(Notice.joined_number).is_(None), col(Notice.joined_number) < col(Notice.number))


def _is_pending() -> ColumnElement[bool]:
    free = or_(col(Notice.claimed_until).is_(None), col(Notice.claimed_until) < system_clock())
    return and_(is_unseen(), col(Notice.merged_into_id).is_(None), col(Notice.parked_at).is_(None), free)


def look_at(session: Session, notices: Sequence[Notice], now: datetime) -> None:
    """Keep the references of these notices, join what they show to be one matter, propose what is only alike; stamp."""
    if session.get_bind().dialect.name == "postgresql":  # two that cite each other must not look at the same moment
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": JOIN_LOCK})
    symbols = symbols_of(session, [n.id or 0 for n in notices])
    found = {n.id or 0: references_in(n, symbols[n.id or 0]) for n in notices}
    _keep(session, [n.id or 0 for n in notices if n.joined_number is not None], found)
    sharing = _sharing(session, {reference for own in found.values() for reference in own}, now)
    for notice in notices:
        _join(session, notice, found[notice.id or 0], sharing, now)
    propose(session, notices, now)
    keep_incidents(session, notices)
    for notice in notices:
        notice.joined_number = notice.number
    session.execute(
        update(Notice)
        .where(col(Notice.id).in_([n.id for n in notices]))
        .values(joined_number=Notice.number)
        .execution_options(synchronize_session=False)
    )


def references_in(notice: Notice, symbols: Sequence[str]) -> dict[Reference, tuple[bool, str]]:
    """Reference -> (whether it is the notice's own, the field it stands in)."""
    own = carried_references(notice.attributes.get("references"), symbols)
    texts = {
        "title": notice.title,
        "description": notice.description,
        "products": notice.products,
        "links": "\n".join(link.get("url", "") for link in notice.links or ()),
    }
    cited = {reference: (False, field) for reference, field in cited_references(texts).items()}
    return cited | dict.fromkeys(own, (True, OWN))


def _keep(session: Session, seen: Sequence[int], found: Mapping[int, Mapping[Reference, tuple[bool, str]]]) -> None:
    if seen:
        session.execute(
            delete(NoticeReference)
            .where(col(NoticeReference.notice_id).in_(seen))
            .execution_options(synchronize_session=False)
        )
    rows = [
        {"notice_id": key, "scheme": one.scheme, "number": one.number, "own": own, "stood_in": field}
        for key, references in found.items()
        for one, (own, field) in references.items()
    ]
    insert_ignoring(session, NoticeReference, rows)


def _sharing(session: Session, references: set[Reference], now: datetime) -> dict[Reference, list[Shared]]:
    """Reference -> who has it, for those that several threads have and not too many."""
    counts: dict[Reference, int] = {}
    row = NoticeReference
    for part in _parts(sorted(references)):
        counted = session.execute(
            select(col(row.scheme), col(row.number), func.count(func.distinct(Notice.thread_id)))
            .join(Notice, col(Notice.id) == row.notice_id)
            .where(_is_one_of(part))
            .group_by(col(row.scheme), col(row.number))
        )
        counts |= {Reference(scheme, number): count for scheme, number, count in counted}
    for reference in [r for r, count in counts.items() if count > MOST_SHARING]:
        _note_as_common(session, reference, now)
    return _holders(session, [r for r, count in sorted(counts.items()) if 1 < count <= MOST_SHARING])


def _holders(session: Session, references: Sequence[Reference]) -> dict[Reference, list[Shared]]:
    found: dict[Reference, list[Shared]] = {reference: [] for reference in references}
    for part in _parts(references):
        rows = session.exec(
            select(NoticeReference, Notice)
            .join(Notice, col(Notice.id) == NoticeReference.notice_id)
            .where(_is_one_of(part), col(Notice.merged_into_id).is_(None))
            .order_by(col(Notice.id))
        )
        for row, notice in rows:
            issuers = frozenset(notice.members or [notice.issuer])
            found[Reference(row.scheme, row.number)].append(
                Shared(notice.id or 0, notice.thread_id, notice.kind, issuers, row.own)
            )
    return found


def _is_one_of(references: Sequence[Reference]) -> ColumnElement[bool]:
    pairs = [(one.scheme, one.number) for one in references]
    return tuple_(col(NoticeReference.scheme), col(NoticeReference.number)).in_(pairs)


def _parts(references: Sequence[Reference]) -> list[Sequence[Reference]]:
    return [references[start : start + _AT_ONCE] for start in range(0, len(references), _AT_ONCE)]


def _note_as_common(session: Session, reference: Reference, now: datetime) -> None:
    """Say once, in the audit trail, that so many matters share a number that it shows nothing."""
    name = str(reference)[:64]
    known = select(AuditEntry.id).where(AuditEntry.object_id == name, AuditEntry.action == "join.too_common")
    if session.exec(known).first() is None:
        log.info("%s is shared by more than %s matters: it joins nothing", reference, MOST_SHARING)
        write_audit(session, now, action="join.too_common", object_kind="reference", object_id=name)


def _join(
    session: Session,
    notice: Notice,
    references: Mapping[Reference, tuple[bool, str]],
    sharing: Mapping[Reference, Sequence[Shared]],
    now: datetime,
) -> None:
    for reference, (own, field) in references.items():
        for other in partners_of(notice, own, reference, sharing.get(reference, ())):
            cites = field if not own or reference.scheme in GATHERING else ""
            join_by_citation(session, notice, session.get_one(Notice, other), reference, cites, now)


def partners_of(notice: Notice, own: bool, reference: Reference, holders: Sequence[Shared]) -> list[int]:
    """Ids of the notices that this reference shows to be one matter with `notice`: the first of each other thread.

    Of a docket only the first of all: what an officer parts from it stays parted from the others.
    """
    mine = frozenset(notice.members or [notice.issuer])
    threads: dict[int, int] = {}
    for other in holders:
        shows = is_evidence(
            reference.scheme,
            owned=own or other.own,
            same_issuer=bool(mine & other.issuers),
            both_notified=notice.kind == other.kind == "notification",
        )
        if shows and other.thread_id != notice.thread_id:
            threads.setdefault(other.thread_id, other.notice_id)
    found = sorted(threads.values())
    return found[:1] if reference.scheme in GATHERING else found
