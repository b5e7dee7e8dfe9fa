"""What goes into a digest: of several versions of a thread the last, nothing a warning told, and not too much. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from alerts.facts import Facts
from alerts.severity import SEVERITIES
from alerts.telling import DateLine, about_zh, dates_of, matter_zh
from alerts.wording import listed_zh, market_zh, shortened
from store.digest import LEFT, REPLACED, TOLD, WARNED
from store.warning import DISMISSED, ISSUED, SUPERSEDED

MOST_ENTRIES = 20  # told in the mail itself; the rest stands on the digest's page
MOST_REASONS = 3
_MOST_TITLE = 120  # characters of a foreign title
UNREVIEWED_MARK = "未经研判"
MARKS = {
    DISMISSED: "已研判，没有列为预警",
    ISSUED: "已作为预警发给其他行业或地区的企业",
    SUPERSEDED: f"{UNREVIEWED_MARK}；此后有更新，请看网页",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """An item as the choice sees it: of which thread and warning, from which version, of which notice."""

    item_id: int
    thread_id: int
    warning_id: int
    version_id: int
    notice_id: int


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning version that the same person was matched with: its mail is out or on its way."""

    version_id: int
    warning_id: int
    notice_id: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One notice as a digest tells it, in Chinese; foreign words stand only in `title` and `products`."""

    market: str
    what: str
    title: str
    products: str
    date: DateLine | None
    mark: str
    path: str
    order: tuple[int, str, str]  # the most urgent colour first, then the nearest deadline


@dataclass(frozen=True, slots=True)
class Group:
    """The entries of one market."""

    market: str
    entries: tuple[Entry, ...]


def outcomes_of(items: Sequence[Waiting], warned: Collection[Warned], *, has_left: bool = False) -> dict[int, str]:
    """item id -> told | warned | replaced | left.

    Nothing comes twice: what a warning told, this version or a later one, is left out; so is every version of a thread
    but the last.
    """
    last = {item.thread_id: item.version_id for item in sorted(items, key=lambda item: item.version_id)}

    def outcome(item: Waiting) -> str:
        if has_left:
            return LEFT
        if any(_covers(one, item) for one in warned):
            return WARNED
        return TOLD if last[item.thread_id] == item.version_id else REPLACED

    return {item.item_id: outcome(item) for item in items}


def _covers(warned: Warned, item: Waiting) -> bool:
    same = warned.warning_id == item.warning_id or warned.notice_id == item.notice_id
    return same and warned.version_id >= item.version_id


def entry_of(facts: Facts, industries: Sequence[str], severity: str, state: str, path: str, today: date) -> Entry:
    """The entry of one version on the Shanghai day `today`; `industries` are names, the surest first."""
    dates, deadline = dates_of(facts, today), facts["comment_deadline"] or ""
    passed = bool(deadline) and deadline < today.isoformat()
    return Entry(
        market=market_zh(facts),
        what=f"{about_zh(industries) or '出口产品'}{matter_zh(facts)}",
        title=shortened(facts["title"], _MOST_TITLE),
        products=shortened(facts["products"], _MOST_TITLE),
        date=dates[0] if dates else None,
        mark=MARKS.get(state, UNREVIEWED_MARK),
        path=path,
        order=(SEVERITIES.index(severity), "9" if passed or not deadline else deadline, facts["title"]),
    )


def chosen(entries: Sequence[Entry], most: int = MOST_ENTRIES) -> tuple[list[Group], int]:
    """The most urgent entries by market, and how many are left for the page."""
    urgent = sorted(entries, key=lambda entry: entry.order)[:most]
    markets = dict.fromkeys(entry.market for entry in urgent)
    groups = [Group(market, tuple(entry for entry in urgent if entry.market == market)) for market in markets]
    return groups, len(entries) - len(urgent)


def summary_zh(entries: Sequence[Entry]) -> str:
    """The markets of a digest for its subject, the most frequent first: 欧盟、美国等5个国家（地区）."""
    counted: dict[str, int] = {}
    for entry in entries:
        counted[entry.market] = counted.get(entry.market, 0) + 1
    names = sorted(counted, key=lambda market: (-counted[market], market))
    return listed_zh(names, 3, "个国家（地区）")


def reason_of(reasons: Sequence[str]) -> str:
    """Why this person gets it: the reasons of its items, each once, at most three."""
    several = list(dict.fromkeys(reasons))
    return "".join(several[:MOST_REASONS]) + ("等。" if len(several) > MOST_REASONS else "")
