"""Waves: the same product recalled or refused for the same hazard again and again, from several firms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlmodel import Session, col, select

from alerts.hazards import HAZARDS
from alerts.incidents import KINDS
from alerts.policy import WaveRule
from store.incident import incident_of_notice, like_incidents
from store.join import joined_threads
from store.notice import Notice
from store.warning import SUPERSEDED, WarningVersion


@dataclass(frozen=True, slots=True)
class Seen:
    """One incident of a product and hazard: `matter` is the same where several notices tell of one thing.

    `told`: a warning of it was raised as a wave, so that the bureaus know.
    """

    day: date
    matter: int
    firm: str
    told: bool = False


@dataclass(frozen=True, slots=True)
class Wave:
    """How many matters, of how many firms, within how many days, for which hazard."""

    hazard: str
    count: int
    firms: int
    days: int


def wave_of(hazard: str, this: Seen, others: Iterable[Seen], rule: WaveRule) -> Wave | None:
    """The wave that `this` incident makes known, `others` being like ones that came before it; else None.

    A matter told by several notices counts once, a firm that is not named counts as none. A wave is told once: while
    another matter that told of it lies within the days, those that follow are single incidents.
    """
    since = this.day - timedelta(days=rule.days - 1)
    near = [one for one in others if since <= one.day <= this.day]
    if any(one.told and one.matter != this.matter for one in near):
        return None
    matters = {one.matter for one in (*near, this)}
    firms = {one.firm for one in (*near, this)} - {""}
    if len(matters) < rule.size or len(firms) < rule.firms:
        return None
    return Wave(hazard, len(matters), len(firms), rule.days)


def wave_in_words(wave: Wave) -> str:
    """The hazard and the count, in Chinese, as they follow the reason of a severity."""
    return f"（危害：{HAZARDS[wave.hazard]}；{wave.days}天内第{wave.count}起，涉及{wave.firms}个品牌或企业）"


def wave_at(session: Session, notice: Notice, rule: WaveRule) -> Wave | None:
    """The wave that this notice makes known; news and history of all sources count, joined notices once."""
    if notice.kind not in KINDS:
        return None
    own = incident_of_notice(session, notice.id or 0)
    if own is None:
        return None
    since = own.published_on - timedelta(days=rule.days - 1)
    like = like_incidents(session, own.product, own.hazard, since, own.published_on)
    if len(like) < rule.size:
        return None
    told = _told_as_wave(session, [one.notice_id for one, _ in like])
    seen = {one.notice_id: Seen(one.published_on, thread, one.firm, one.notice_id in told) for one, thread in like}
    this = seen.pop(own.notice_id)
    if wave_of(own.hazard, this, seen.values(), rule) is None:  # most end here, before joins are looked up
        return None
    return wave_of(own.hazard, _in_matters(session, [this])[0], _in_matters(session, list(seen.values())), rule)


def _in_matters(session: Session, seen: Sequence[Seen]) -> list[Seen]:
    """With the first of the threads that joins put together in the place of each thread."""
    first = {thread: joined_threads(session, [thread])[0] for thread in {one.matter for one in seen}}
    return [replace(one, matter=first[one.matter]) for one in seen]


def _told_as_wave(session: Session, notice_ids: Sequence[int]) -> set[int]:
    versions = session.exec(
        select(WarningVersion).where(col(WarningVersion.notice_id).in_(notice_ids), WarningVersion.state != SUPERSEDED)
    )
    return {version.notice_id for version in versions if version.facts.get("wave")}
