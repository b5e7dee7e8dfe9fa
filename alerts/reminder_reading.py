"""Which reminders are due: the days of the warnings that stand, and the firms that were told of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from alerts.calendar_dates import COMMENT, KeyDay, key_days
from alerts.composing import told_of
from alerts.recipients import earlier_mails
from alerts.reminder_days import Told, due_step, known_days
from alerts.reminder_words import Entry
from alerts.versions import facts_in
from store.clock import shanghai_day
from store.comment import Comment
from store.email import Email
from store.reminder import Reminder
from store.subscription import Match, Subscriber
from store.warning import ACTUAL, ISSUED, TradeWarning, WarningVersion

LONGEST = timedelta(days=3 * 366)  # a warning that was issued longer ago is no longer followed

Judged = Callable[[Session, Sequence[int], int], Collection[int]]


@dataclass(frozen=True, slots=True)
class Due:
    """One reminder for one person."""

    subscriber_id: int
    warning_id: int
    step: int
    entry: Entry
    before: tuple[str, ...]  # public ids of the mails that told him of the warning


def due_warnings(session: Session, now: datetime, judged: Judged) -> list[Due]:
    """Every reminder that is due on the Shanghai day of `now` and was not written yet."""
    found: list[Due] = []
    for versions in _standing(session, now):
        found += _due(session, versions, now, judged)
    return found


def written_today(session: Session, kind: str, key: str) -> set[int]:
    """Ids of the subscribers who have this letter already."""
    rows = select(Email.subscriber_id).where(Email.kind == kind, Email.key == key, col(Email.version_id).is_(None))
    return set(session.exec(rows))


def _standing(session: Session, now: datetime) -> Iterable[list[WarningVersion]]:
    """The issued versions of each actual warning in order, unless the last one cancels it."""
    rows = session.exec(
        select(WarningVersion)
        .join(TradeWarning, col(TradeWarning.id) == WarningVersion.warning_id)
        .where(
            TradeWarning.status == ACTUAL,
            WarningVersion.state == ISSUED,
            col(WarningVersion.matched_at).is_not(None),
            col(WarningVersion.issued_at) > now - LONGEST,
        )
        .order_by(col(WarningVersion.warning_id), col(WarningVersion.number))
    )
    grouped: dict[int, list[WarningVersion]] = {}
    for row in rows:
        grouped.setdefault(row.warning_id, []).append(row)
    return [versions for versions in grouped.values() if versions[-1].kind != "cancel"]


def _due(session: Session, versions: Sequence[WarningVersion], now: datetime, judged: Judged) -> list[Due]:
    today, last = shanghai_day(now), versions[-1]
    told = [Told(shanghai_day(one.issued_at or one.raised_at), key_days(facts_in(one))) for one in versions]
    near = [(one, since) for one, since in known_days(told) if due_step(one.what, one.day, date.min, today)]
    if not near:
        return []
    firms = _firms(session, versions)
    out = set(judged(session, sorted(firms), last.warning_id))
    mails = earlier_mails(session, last, with_own=True)
    found = []
    for one, since in near:
        silent = out | (_commented(session, last.warning_id, firms) if one.what == COMMENT else set())
        had = _had(session, last.warning_id, one)
        entry: Entry | None = None
        for person, known in firms.items():
            step = due_step(one.what, one.day, max(since, known), today)
            if step is None or person in silent or (person, step) in had:
                continue
            entry = entry or _entry(session, last, one, now)
            found.append(Due(person, last.warning_id, step, entry, tuple(mails.get(person, ()))))
    return found


def _firms(session: Session, versions: Sequence[WarningVersion]) -> dict[int, date]:
    """subscriber id -> the Shanghai day on which he was first told of the warning; the ended are left out."""
    ids = [version.id for version in versions]
    rows = session.exec(
        select(Match.subscriber_id, func.min(Match.created_at))
        .join(Subscriber, col(Subscriber.id) == Match.subscriber_id)
        .where(col(Match.version_id).in_(ids), col(Subscriber.ended_at).is_(None))
        .group_by(col(Match.subscriber_id))
        .order_by(col(Match.subscriber_id))
    )
    return {person: shanghai_day(at) for person, at in rows}


def _commented(session: Session, warning_id: int, people: Collection[int]) -> set[int]:
    """Those of the people whose firm has said what it thinks of this warning."""
    rows = session.exec(
        select(Subscriber.id)
        .join(Comment, col(Comment.exporter_id) == Subscriber.exporter_id)
        .where(Comment.warning_id == warning_id)
    )
    return {key for key in rows if key is not None and key in people}


def _had(session: Session, warning_id: int, one: KeyDay) -> set[tuple[int, int]]:
    same = (Reminder.warning_id == warning_id, Reminder.what == one.what, Reminder.day == one.day)
    return set(session.exec(select(Reminder.subscriber_id, Reminder.step).where(*same)))


def _entry(session: Session, version: WarningVersion, one: KeyDay, now: datetime) -> Entry:
    told, warning = told_of(session, version, now), session.get_one(TradeWarning, version.warning_id)
    about = f"{told.market_short}{told.about}"
    return Entry(
        warning.public_id, one.what, one.day, f"{told.market}：{told.about}{told.matter}", about, told.title,
        told.symbols,
    )  # fmt: skip
