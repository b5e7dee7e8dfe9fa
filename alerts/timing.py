"""The time limits of a version's reviews, read from the store: first sight, final date, channel, working days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session

from alerts.deadlines import Leads, Window, firms_last_day, half_time, out_by, review_due_at
from alerts.versions import facts_in
from store.bureau import Bureau
from store.calendar import mainland_calendar
from store.channel import channel_of
from store.clock import shanghai_day
from store.jurisdiction import Jurisdiction
from store.notice import Notice
from store.review import Review
from store.warning import WarningVersion

RELEASED = "released"  # see alerts/releasing.py: first sight of what the province let out is that moment


def window_of(session: Session, version: WarningVersion) -> Window:
    """What limits the reviews of this version."""
    notice = session.get_one(Notice, version.notice_id)
    facts = facts_in(version)
    deadline = date.fromisoformat(facts["comment_deadline"]) if facts["comment_deadline"] else None
    channel = channel_of(session, facts["domain"])
    leads = Leads(channel.county_days, channel.city_days, channel.province_days)
    seen = version.raised_at if notice.admitted_reason == RELEASED else min(notice.first_seen_at, version.raised_at)
    if version.number > 1:  # an addendum's own arrival counts; a version raised anew is no new sight
        seen = max(seen, version.raised_at) if notice.number > 1 else seen
    return Window(version.severity, seen, deadline, leads)


def note_window(session: Session, version: WarningVersion) -> None:
    """Write into the facts what the firm's own last day for comments rests on, for mails and the comments' pages."""
    window = window_of(session, version)
    leads = window.leads
    days = [leads.county, leads.city, leads.province]
    version.facts = {**version.facts, "seen_on": shanghai_day(window.first_seen_at).isoformat(), "leads": days}
    session.add(version)


def last_day_for_firms(session: Session, version: WarningVersion) -> date | None:
    """The firm's own last day for comments; None without a printed deadline."""
    return firms_last_day(window_of(session, version))


def set_out_by(session: Session, version: WarningVersion, now: datetime) -> None:
    """Write down when the version goes out whatever the desks do."""
    version.out_by = out_by(window_of(session, version), now, mainland_calendar())
    session.add(version)


def new_review(
    session: Session,
    version: WarningVersion,
    bureau_id: int,
    now: datetime,
    *,
    is_lead: bool = False,
    reasons: Sequence[str] = (),
    steps: int = 0,
) -> Review:
    """An open review with its due time and the moment of its reminder."""
    tier = session.get_one(Jurisdiction, session.get_one(Bureau, bureau_id).jurisdiction_id).tier
    due = review_due_at(window_of(session, version), tier, now, mainland_calendar(), steps=steps)
    return Review(
        version_id=version.id or 0,
        bureau_id=bureau_id,
        is_lead=is_lead,
        reasons=list(reasons),
        opened_at=now,
        due_at=due,
        remind_at=half_time(now, due),
    )
