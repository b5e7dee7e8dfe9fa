"""Uniting and parting: what becomes of warnings when notices turn out to be one matter, and when they do not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from alerts.references import Reference
from alerts.threads import actual_warnings, versions_with_thread, warned_so_far
from alerts.versions import lock_version, supersede
from store.audit import write_audit
from store.join import CITED, JOINED, PROPOSED, REFUSED, UNDONE, HeldBack, NoticeJoin, joined_threads, lock_joined
from store.notice import NEWS, Notice
from store.warning import ISSUED, SUPERSEDED, UNSENT, WarningVersion

UNITED, PARTED = "与另一来源的公告为同一事项，合并处理", "与另一来源的公告不是同一事项，已拆分"


def join_by_citation(
    session: Session, notice: Notice, other: Notice, reference: Reference, stood_in: str, now: datetime
) -> NoticeJoin | None:
    """Join two notices because of a number; None when they are joined already, or an officer parted these two.

    Where an officer parted others of the two matters, the number only proposes.
    """
    threads = lock_joined(session, [notice.thread_id, other.thread_id])
    mine, theirs = joined_threads(session, [notice.thread_id]), joined_threads(session, [other.thread_id])
    if mine == theirs:
        return None
    first, second = sorted((notice.id or 0, other.id or 0))
    known = session.exec(select(NoticeJoin).where(NoticeJoin.notice_id == first, NoticeJoin.other_id == second)).first()
    if known is not None and known.state != PROPOSED:
        return None
    join = known or NoticeJoin(notice_id=first, other_id=second, how=CITED, state=PROPOSED, created_at=now)
    join.how, join.reference, join.stood_in = CITED, str(reference), stood_in
    if not _were_parted(session, mine, theirs):
        join.state, join.decided_at = JOINED, now
        details = {"reference": str(reference), "stood_in": stood_in}
        write_audit(
            session, now, action="join.cited", object_kind="join", object_id=join.public_id, details=dict(details)
        )
    session.add(join)
    session.flush()
    if join.state == JOINED:
        unite(session, threads, now)
    return join


def _were_parted(session: Session, mine: Sequence[int], theirs: Sequence[int]) -> bool:
    """Whether an officer undid or refused a join between two matters."""
    rows = session.exec(
        select(NoticeJoin.notice_id, NoticeJoin.other_id).where(
            col(NoticeJoin.state).in_((UNDONE, REFUSED)),
            col(NoticeJoin.notice_id).in_(select(Notice.id).where(col(Notice.thread_id).in_((*mine, *theirs)))),
        )
    ).all()
    ids = {key for pair in rows for key in pair}
    if not ids:
        return False
    rows_of = session.exec(select(Notice.id, Notice.thread_id).where(col(Notice.id).in_(ids)))
    thread_of = {n: t for n, t in rows_of}  # noqa: C416 - rows, not pairs
    pairs = {(thread_of[a], thread_of[b]) for a, b in rows}
    return any((a in mine and b in theirs) or (a in theirs and b in mine) for a, b in pairs)


def unite(session: Session, threads: Sequence[int], now: datetime) -> None:
    """Of threads that are one matter now, let one warning speak: what waits in the others is raised anew within it.

    What was issued stays as it was issued; from now on the warning that went out first carries the matter.
    """
    main = warned_so_far(session, threads)
    if main.warning is None or main.latest is None:
        return
    others = [w.id or 0 for w in actual_warnings(session, threads) if w.id != main.warning.id]
    for version, _ in versions_with_thread(session, others):
        if version.state in UNSENT:
            _supersede(session, version, UNITED, now)
            raise_again(session, [version.notice_id])


def part(session: Session, mine: Sequence[int], now: datetime) -> list[int]:
    """Give threads that were parted from others what is theirs; returns the ids of the notices to be raised again.

    Those are the notices that were held back beside a warning of other threads, or told of in one, and those whose own
    waiting version had given way to one of the others.
    """
    own = {w.id or 0 for w in actual_warnings(session, mine)}
    notices = select(Notice.id).where(col(Notice.thread_id).in_(mine))
    held = session.exec(
        select(HeldBack).where(
            col(HeldBack.notice_id).in_(notices),
            col(HeldBack.warning_id).not_in(own),
            col(HeldBack.released_at).is_(None),
        )
    ).all()
    for row in held:
        row.released_at = now
        session.add(row)
    abroad = session.exec(
        select(WarningVersion).where(
            col(WarningVersion.notice_id).in_(notices),
            col(WarningVersion.warning_id).not_in(own),
            col(WarningVersion.state).in_((ISSUED, *UNSENT)),
        )
    ).all()
    for version in abroad:
        _supersede(session, version, PARTED, now)
    again = {row.notice_id for row in held} | {version.notice_id for version in abroad}
    return raise_again(session, sorted(again))


def take_up(session: Session, mine: Sequence[int]) -> list[int]:
    """Raise again the notice whose waiting version gave way to another thread's, now that nothing of it stands."""
    found: set[int] = set()
    warning_ids = [w.id or 0 for w in actual_warnings(session, mine)]
    ours = [(v.warning_id, v) for v, thread in versions_with_thread(session, warning_ids) if thread in mine]
    for version in dict(ours).values():  # the last of each warning
        if version.state == SUPERSEDED:
            found.add(version.notice_id)
    return raise_again(session, sorted(found))


def raise_again(session: Session, notice_ids: Sequence[int]) -> list[int]:
    """Clear the stamp of news among these notices, and every claim on them: the stage raise takes them anew."""
    session.flush()
    news = list(
        session.scalars(
            select(col(Notice.id)).where(
                col(Notice.id).in_(notice_ids), Notice.admitted == NEWS, col(Notice.merged_into_id).is_(None)
            )
        )
    )
    unclaimed = {"claimed_by": None, "claimed_until": None, "attempts": 0, "last_error": None, "parked_at": None}
    session.execute(
        update(Notice)
        .where(col(Notice.id).in_(news))
        .values(raised_at=None, **unclaimed)
        .execution_options(synchronize_session="fetch")
    )
    return [key for key in news if key is not None]


def _supersede(session: Session, version: WarningVersion, reason: str, now: datetime) -> None:
    if lock_version(session, version.id or 0).state in UNSENT:
        supersede(session, version, now, reason)
