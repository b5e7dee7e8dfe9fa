"""Dates, instants and spans in plain Chinese, always in Shanghai's calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from store.clock import SHANGHAI, days_left, shanghai_day

SOON_DAYS = 14  # from here on a deadline is shown as pressing


def day_zh(day: date | str | None) -> str:
    """`2026年6月3日`; "" for none. Takes ISO text too: dates in a warning's facts are text."""
    if not day:
        return ""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{day.year}年{day.month}月{day.day}日"


def instant_zh(instant: datetime | None) -> str:
    """`2026年6月3日 09:00` in Shanghai; "" for none."""
    if instant is None:
        return ""
    local = instant.astimezone(SHANGHAI)
    return f"{day_zh(local.date())} {local:%H:%M}"


def days_left_zh(deadline: date | str | None, now: datetime) -> str:
    """How long a calendar deadline still lies ahead, in words."""
    if not deadline:
        return ""
    deadline = date.fromisoformat(deadline) if isinstance(deadline, str) else deadline
    left = days_left(deadline, now)
    if left < 0:
        return "已截止"
    return "今天截止" if left == 0 else f"还剩{left}天"


def urgency(deadline: date | str | None, now: datetime) -> str:
    """`past`, `soon`, `ahead`, or "" without a date: how a deadline is marked beside its words."""
    if not deadline:
        return ""
    deadline = date.fromisoformat(deadline) if isinstance(deadline, str) else deadline
    left = days_left(deadline, now)
    if left < 0:
        return "past"
    return "soon" if left <= SOON_DAYS else "ahead"


def due_zh(due_at: datetime, now: datetime) -> str:
    """When a review falls due, in words: hours on the last day, Shanghai days before it."""
    days = days_left(shanghai_day(due_at), now)
    if due_at < now:
        return f"已逾期{_span_zh(now - due_at)}"
    if due_at - now < timedelta(hours=24):
        return f"还剩{_span_zh(due_at - now)}"
    return f"还剩{days}天"


def due_urgency(due_at: datetime, now: datetime) -> str:
    """`past` when overdue, `soon` within two days, else `ahead`."""
    if due_at < now:
        return "past"
    return "soon" if due_at - now <= timedelta(days=2) else "ahead"


def _span_zh(span: timedelta) -> str:
    hours = int(span.total_seconds() // 3600)
    if hours >= 24:
        return f"{hours // 24}天"
    return f"{hours}小时" if hours else "不到1小时"


def of_hundred_zh(ratio: float | None) -> str:
    """A ratio as "87" of a hundred; 100 and 0 only where it is all or nothing; — for none."""
    if ratio is None:
        return "—"
    rounded = round(ratio * 100)
    return str(rounded if ratio in (0, 1) else min(99, max(1, rounded)))


def share_zh(ratio: float | None) -> str:
    """A ratio as "87%"; — for none."""
    return "—" if ratio is None else f"{of_hundred_zh(ratio)}%"


def score_zh(number: float | None) -> str:
    """A number from 0 to 1 with two places; — for none."""
    return "—" if number is None else f"{number:.2f}"
