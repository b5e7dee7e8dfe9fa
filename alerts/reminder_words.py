"""What a reminder says: the days that come near, in Chinese, for the templates. Pure but for the templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from string import ascii_lowercase

from alerts.calendar_dates import ADOPTION, COMMENT, FORCE, LABELS, KeyDay, event_of
from alerts.ics import calendar_of
from alerts.rendering import Rendered, render_letter
from alerts.wording import day_zh, left_zh
from settings import Settings
from store.clock import shanghai_day

KIND = "reminder"
_DO = {
    COMMENT: "觉得要求不合理、做不到或时间太紧，请在这一天以前把意见写给主管部门；没有意见，不用回复。",
    ADOPTION: "对方快要批准了。请再看一遍原文，算一算改设计、备料、检测认证各要多久。",
    FORCE: "实施以后到港的货要符合新要求。请查一查在产、库存和在途的货，标签和检测报告够不够。",
}
_SHORT = {COMMENT: "交意见截止", ADOPTION: "拟批准", FORCE: "开始实施"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One day of one warning that comes near; equal entries give equal mails."""

    public_id: str  # of the warning
    what: str  # comment | adoption | force
    day: date
    headline: str
    about: str  # 欧盟玩具
    title: str
    symbols: str


def render_reminder(entries: Sequence[Entry], now: datetime, settings: Settings) -> Rendered:
    """The body for whoever has these entries on the Shanghai day of `now`, the nearest day first."""
    today = shanghai_day(now)
    shown = [_shown(one, place, today, settings) for place, one in zip(ascii_lowercase, entries, strict=False)]
    first = entries[0]
    when = f"{day_zh(first.day, today)}{_SHORT[first.what]}"
    more = f"等{len(entries)}项" if len(entries) > 1 else ""
    dates = [
        event_of(one.public_id, KeyDay(one.what, one.day), one.headline.replace("：", "", 1), settings.base_url)
        for one in entries
    ]
    rendered = render_letter(
        KIND,
        is_demo=settings.is_demo,
        about=first.about,
        when=when,
        more=more,
        preheader=f"{first.about}｜{when}，{left_zh((first.day - today).days)}",
        entries=shown,
        sent_on=day_zh(today),
        has_calendar=True,
    )
    return Rendered(rendered.subject, rendered.text, rendered.html, calendar_of(dates, stamp=now).decode())


def _shown(one: Entry, place: str, today: date, settings: Settings) -> dict[str, str]:
    return {
        "headline": one.headline,
        "label": LABELS[one.what],
        "day": day_zh(one.day),
        "left": left_zh((one.day - today).days) if one.day > today else "就是今天",
        "do": _DO[one.what],
        "title": one.title,
        "symbols": one.symbols,
        "url": f"{settings.base_url}/warnings/{one.public_id}",
        "comment": f"comment_{place}" if one.what == COMMENT else "",
    }
