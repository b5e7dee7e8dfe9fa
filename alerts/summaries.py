"""The weekly summaries: one mail to whoever answers now at each bureau with anything to say, and a webhook's call."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, select

from alerts.network_figures import Week, week_of
from alerts.officer_mails import tell_officers
from alerts.oversight import Oversight, Watched, read_oversight
from alerts.summary_words import Summary, summary_of
from alerts.webhook import keep_call
from settings import Settings
from store.bureau import OFFICER, Officer, answering
from store.engine import reading, writing
from store.officer_mail import OfficerMail

KIND = "summary"


def write_summaries(engine: Engine, now: datetime, settings: Settings) -> int:
    """Write the summaries of the week of `now`; returns mails written. A second run in the same week writes none.

    A city's and the province's tell of all below them. With A absent B gets it; a county without a desk of its own
    gets none, since its city's tells of it.
    """
    week = week_of(now)
    with reading(engine) as session:
        oversight = read_oversight(session, now)
    due = [(place, summary) for place in oversight.places.values() if (summary := _summary(oversight, place, week))]
    with writing(engine) as session:
        told = _told(session, week)
        return sum(_write(session, now, settings, oversight, place, summary, week, told) for place, summary in due)


def _summary(oversight: Oversight, place: Watched, week: Week) -> Summary | None:
    if place.bureau is None or not place.is_node:
        return None
    parent = oversight.places[place.parent] if place.parent else None
    above = parent.bureau.called_zh if parent and parent.bureau else ""
    unreached = [one.name_zh for one in place.hosted if not one.is_reached]
    return summary_of(place.name_zh, place.total, week, unreached, above=above)


def _told(session: Session, week: Week) -> set[int]:
    """Ids of the bureaus whose officers have this week's: who comes back from leave gets no second one."""
    mine = select(Officer.bureau_id).join(OfficerMail).where(OfficerMail.kind == KIND, OfficerMail.key == week.key)
    return set(session.exec(mine.distinct()))


def _write(
    session: Session,
    now: datetime,
    settings: Settings,
    oversight: Oversight,
    place: Watched,
    summary: Summary,
    week: Week,
    told: set[int],
) -> int:
    matter = {"kind": KIND, "key": week.key, "title": summary.title, "lines": summary.lines}
    path = f"/network/{place.code}"
    is_province = place.code == oversight.province
    keep_call(session, now, settings, bureau=place.code, is_province=is_province, path=path, **matter)  # type: ignore[arg-type]
    if place.bureau is None or place.bureau.id in told:
        return 0
    officers = answering([post.officer for post in place.posts if post.officer.kind == OFFICER], now)
    tell_officers(session, now, officers, path=path, **matter)  # type: ignore[arg-type]
    return len(officers)
