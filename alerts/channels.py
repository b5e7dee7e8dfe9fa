"""Changing a channel: who, from when, with the entry in the audit trail; running reviews keep their times."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import Officer
from store.channel import Channel, channel_of

MOST_DAYS = 60


class BadLadder(TbtwatchError):
    """Raised when the days do not fall from county to province, or are out of range."""


class StaleChannel(TbtwatchError):
    """Raised when the channel was changed after the page that changes it was made."""


def change_channel(
    session: Session,
    domain: str,
    officer: Officer,
    now: datetime,
    *,
    name_zh: str,
    days: tuple[int, int, int],
    expected_revision: int,
) -> Channel:
    """Write name and days (county, city, province) of one channel. Raises BadLadder, StaleChannel."""
    county, city, province = days
    if not name_zh.strip() or not 0 <= province <= city <= county <= MOST_DAYS:
        raise BadLadder(f"{domain}: give county >= city >= province, 0 to {MOST_DAYS} days each, and a name")
    channel = channel_of(session, domain)
    if channel.id is not None:
        session.refresh(channel, with_for_update=True)
    if channel.revision != expected_revision:
        raise StaleChannel(f"{domain} was changed in the meantime: load the page again")
    before = [channel.county_days, channel.city_days, channel.province_days]
    channel.name_zh, channel.revision = name_zh.strip(), channel.revision + 1
    channel.county_days, channel.city_days, channel.province_days = days
    session.add(channel)
    try:
        session.flush()
    except IntegrityError:  # another made the first row in the same moment
        raise StaleChannel(f"{domain} was changed in the meantime: load the page again") from None
    write_audit(
        session,
        now,
        action="channel.change",
        object_kind="channel",
        object_id=domain,
        officer_id=officer.id,
        details={"before": before, "after": list(days)},
    )
    session.flush()
    return channel
