"""A subscriber's private calendar: the days of the warnings it was told of and did not say no to (RFC 5545)."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from alerts.calendar_dates import dated_of
from alerts.composing import told_of
from alerts.ics import Dated, calendar_of
from alerts.judging import judged_irrelevant
from alerts.unsubscribing import token_for
from alerts.versions import facts_in
from settings import Settings
from store.audit import write_audit
from store.clock import shanghai_day
from store.own import CalendarFeed
from store.subscription import Match, Subscriber
from store.warning import ACTUAL, ISSUED, TradeWarning, WarningVersion

_PURPOSE = "calendar:"
_ID_CHARS = 32
LONGEST = timedelta(days=3 * 366)  # warnings issued longer ago have no day ahead
MOST = 500  # warnings in one file, the newest
_EMPTY = "BEGIN:VCALENDAR\r\nPRODID:-//tbtwatch//dates//ZH\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"


def feed_of(session: Session, subscriber: Subscriber) -> CalendarFeed | None:
    """The address that is good now."""
    mine = (CalendarFeed.subscriber_id == subscriber.id, col(CalendarFeed.revoked_at).is_(None))
    return session.exec(select(CalendarFeed).where(*mine).order_by(col(CalendarFeed.id).desc())).first()


def renew_feed(session: Session, now: datetime, subscriber: Subscriber) -> CalendarFeed:
    """A new address; the one before answers nobody from now on."""
    if (old := feed_of(session, subscriber)) is not None:
        old.revoked_at = now
        session.add(old)
    new = CalendarFeed(subscriber_id=subscriber.id or 0, made_at=now)
    session.add(new)
    write_audit(
        session, now, action="calendar.renew", object_kind="subscriber", object_id=subscriber.public_id,
        actor="subscriber",
    )  # fmt: skip
    session.flush()
    return new


def feed_path(secret: bytes, feed: CalendarFeed) -> str:
    """The address below the service's own: the row's name and its signature, so that the store alone opens nothing."""
    return f"/calendar/{feed.public_id}{token_for(secret, feed.public_id, _PURPOSE)}.ics"


def subscriber_of_feed(session: Session, key: str, secret: bytes) -> Subscriber | None:
    """Whose calendar this key (without .ics) opens; None when it is cut, foreign or revoked, or the subscriber left."""
    public_id, token = key[:_ID_CHARS], key[_ID_CHARS:]
    if not hmac.compare_digest(token.encode(), token_for(secret, public_id, _PURPOSE).encode()):
        return None
    return session.exec(
        select(Subscriber)
        .join(CalendarFeed, col(CalendarFeed.subscriber_id) == Subscriber.id)
        .where(
            CalendarFeed.public_id == public_id,
            col(CalendarFeed.revoked_at).is_(None),
            col(Subscriber.ended_at).is_(None),
        )
    ).first()


def calendar_for(session: Session, subscriber: Subscriber, now: datetime, settings: Settings) -> bytes:
    """The file: the firm's own last day for a comment, adoption, entry into force; days past are left out."""
    return calendar_of(dates_for(session, subscriber, now, settings), stamp=now) or _EMPTY.encode()


def dates_for(session: Session, subscriber: Subscriber, now: datetime, settings: Settings) -> list[Dated]:
    """The events of `calendar_for`. A cancelled warning has none: the programme drops what is no longer there."""
    told = (
        select(WarningVersion.warning_id)
        .join(Match, col(Match.version_id) == WarningVersion.id)
        .where(Match.subscriber_id == subscriber.id)
    )
    newest = (
        select(func.max(WarningVersion.id))
        .join(TradeWarning, col(TradeWarning.id) == WarningVersion.warning_id)
        .where(
            col(WarningVersion.warning_id).in_(told),
            WarningVersion.state == ISSUED,
            TradeWarning.status == ACTUAL,
            col(WarningVersion.issued_at) > now - LONGEST,
        )
        .group_by(col(WarningVersion.warning_id))
    )
    rows = session.exec(
        select(WarningVersion, TradeWarning.public_id)
        .join(TradeWarning, col(TradeWarning.id) == WarningVersion.warning_id)
        .where(col(WarningVersion.id).in_(newest), WarningVersion.kind != "cancel")
        .order_by(col(WarningVersion.id).desc())
        .limit(MOST)
    ).all()
    dates: list[Dated] = []
    for version, public_id in rows:
        if judged_irrelevant(session, [subscriber.id or 0], version.warning_id):
            continue
        said = told_of(session, version, now)
        headline = f"{said.market}：{said.about}{said.matter}"
        dates += dated_of(facts_in(version), headline, public_id, settings.base_url, shanghai_day(now))
    return dates
