"""Officers and joins: a proposal is joined or refused, a join is undone; once, with its audit entry."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, select

from alerts.reviewing import NotAllowed, bureau_line, check_decides
from alerts.uniting import part, take_up, unite
from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import Officer
from store.join import JOINED, OFFICER, PROPOSED, REFUSED, UNDONE, NoticeJoin, joined_threads, lock_joined
from store.notice import Notice

TIERS_ABOVE = 2  # a bureau line of the province has one code, a city's two, a county's three
STATES_IN_WORDS = {PROPOSED: "待确认", JOINED: "已合并", UNDONE: "已拆分", REFUSED: "不是同一事项"}


class UnknownJoin(TbtwatchError):
    """Raised when no join has the given public id."""


class JoinSettled(TbtwatchError):
    """Raised when a join is not in a state from which this can be done: `state`, and `by` whom (a sign-in or "")."""

    def __init__(self, join: NoticeJoin, by: str) -> None:
        who = f" by {by}" if by else ""
        when = f" at {join.decided_at:%Y-%m-%dT%H:%MZ}" if join.decided_at else ""
        super().__init__(f"join {join.public_id} is {join.state}{who}{when}: see `tbtwatch joins list --state all`")
        self.state, self.by = join.state, by


def join_by_id(session: Session, public_id: str) -> NoticeJoin:
    """The join with this public id; raises UnknownJoin."""
    found = session.exec(select(NoticeJoin).where(NoticeJoin.public_id == public_id)).first()
    if found is None:
        raise UnknownJoin(f"no join '{public_id}': `tbtwatch joins list` shows the ids")
    return found


def join(session: Session, one: NoticeJoin, officer: Officer, now: datetime) -> list[int]:
    """Make a proposal a join; returns [].

    What was issued stays; what comes later is told once. Raises NotAllowed, JoinSettled.
    """
    return _join(session, one, officer, now, (PROPOSED,))


def join_again(session: Session, one: NoticeJoin, officer: Officer, now: datetime) -> list[int]:
    """As `join`, for what was refused or undone before: an officer knows of that and says otherwise."""
    return _join(session, one, officer, now, (REFUSED, UNDONE))


def _join(session: Session, one: NoticeJoin, officer: Officer, now: datetime, states: tuple[str, ...]) -> list[int]:
    _take(session, one, officer, states)
    threads = lock_joined(session, _threads(session, one))
    one.how = one.how if one.reference else OFFICER
    _write(session, one, officer, now, JOINED)
    unite(session, joined_threads(session, threads), now)
    return []


def refuse(session: Session, one: NoticeJoin, officer: Officer, now: datetime) -> list[int]:
    """Say that a proposal is two matters: it is never proposed or joined by the machine again; returns [].

    Raises NotAllowed, JoinSettled.
    """
    _take(session, one, officer, (PROPOSED,))
    _write(session, one, officer, now, REFUSED)
    return []


def undo(session: Session, one: NoticeJoin, officer: Officer, now: datetime) -> list[int]:
    """Part two notices again: each has its own thread as before, and what the join held back is raised by itself.

    Returns the ids of the notices that the stage raise takes up; none when other joins keep the two together.
    Raises NotAllowed, JoinSettled.
    """
    _take(session, one, officer, (JOINED,))
    ends = _threads(session, one)
    lock_joined(session, ends)
    _write(session, one, officer, now, UNDONE)
    sides = [joined_threads(session, [thread]) for thread in ends]
    if sides[0] == sides[1]:
        return []
    again = {key for side in sides for key in part(session, side, now)}
    return sorted(again.union(*(take_up(session, side) for side in sides)))


def _take(session: Session, one: NoticeJoin, officer: Officer, states: tuple[str, ...]) -> None:
    """Lock the join, read it afresh, and check that this officer may decide on it now."""
    session.exec(
        select(NoticeJoin).where(NoticeJoin.id == one.id).with_for_update().execution_options(populate_existing=True)
    ).one()
    check_decides(officer)
    if len(bureau_line(session, officer.bureau_id)) > TIERS_ABOVE:
        raise NotAllowed(f"{officer.sign_in} may not decide on joins: officers of the cities and the province may")
    if one.state not in states:
        by = session.get(Officer, one.officer_id) if one.officer_id else None
        raise JoinSettled(one, by.sign_in if by else "")


def _threads(session: Session, one: NoticeJoin) -> list[int]:
    return [session.get_one(Notice, key).thread_id for key in (one.notice_id, one.other_id)]


def _write(session: Session, one: NoticeJoin, officer: Officer, now: datetime, state: str) -> None:
    before, one.state, one.decided_at, one.officer_id = one.state, state, now, officer.id
    session.add(one)
    write_audit(
        session,
        now,
        action=f"join.{state}",
        object_kind="join",
        object_id=one.public_id,
        officer_id=officer.id,
        details={"before": before, "reference": one.reference},
    )
    session.flush()
