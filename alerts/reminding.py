"""Reminders: at half time of a review, one mail to those who answer at the desk, for all that is due together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import col, select

from alerts.officer_mails import tell_officers
from alerts.versions import facts_in
from store.bureau import called_now
from store.clock import SHANGHAI
from store.display_names import display_name
from store.engine import reading, writing
from store.review import OPEN, Review
from store.warning import UNDER_REVIEW, WarningVersion

SHOWN = 10  # warnings named in one mail; the rest are counted


def remind_desks(engine: Engine, now: datetime) -> int:
    """Remind of open reviews whose half time has passed; returns how many reviews. Each is reminded of once."""
    waiting = (
        select(Review.id)
        .join(WarningVersion, col(WarningVersion.id) == Review.version_id)
        .where(
            Review.state == OPEN,
            WarningVersion.state == UNDER_REVIEW,
            col(Review.remind_at) <= now,
            col(Review.reminded_at).is_(None),
        )
    )
    with reading(engine) as session:
        if session.exec(waiting.limit(1)).first() is None:
            return 0
    with writing(engine) as session:
        rows = session.exec(
            select(Review, WarningVersion)
            .join(WarningVersion, col(WarningVersion.id) == Review.version_id)
            .where(col(Review.id).in_(waiting))
            .order_by(col(Review.due_at), col(Review.id))
            .with_for_update(of=Review)
            .execution_options(populate_existing=True)
        ).all()
        by_bureau: dict[int, list[tuple[Review, WarningVersion]]] = defaultdict(list)
        for review, version in rows:
            if review.reminded_at is None:
                review.reminded_at = now
                session.add(review)
                by_bureau[review.bureau_id].append((review, version))
        for bureau_id, due in by_bureau.items():
            still = [pair for pair in due if pair[0].due_at > now]
            if still:
                tell_officers(
                    session,
                    now,
                    called_now(session, bureau_id, now),
                    kind="reminder",
                    key=still[0][0].public_id,
                    title=f"有{len(still)}件预警等待研判，时间已过半",
                    lines=lines_of(still),
                    path="/desk",
                )
        return len(rows)


def lines_of(due: Sequence[tuple[Review, WarningVersion]]) -> list[str]:
    """A line for each review: until when, which severity, what."""
    lines = []
    for review, version in due[:SHOWN]:
        until = review.due_at.astimezone(SHANGHAI)
        severity = display_name("severity", version.severity)
        lines.append(f"{until.month}月{until.day}日{until:%H:%M}前：（{severity}）{facts_in(version)['title'][:120]}")
    if len(due) > SHOWN:
        lines.append(f"另有{len(due) - SHOWN}件，见研判工作台。")
    return [*lines, "到期仍未研判的，自动上报上一级；企业的信息摘要不受影响。"]
