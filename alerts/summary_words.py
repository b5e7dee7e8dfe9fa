"""What a bureau's weekly summary says, in Chinese; or that there is nothing to say. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from alerts.network_figures import Figures, Week
from alerts.wording import listed_zh
from store.display_names import display_name


@dataclass(frozen=True, slots=True)
class Summary:
    """Subject and paragraphs of one summary."""

    title: str
    lines: tuple[str, ...]


def summary_of(name: str, figures: Figures, week: Week, unreached: Sequence[str] = (), *, above: str) -> Summary | None:
    """The summary of a place's figures for the week; None when nothing is open and nothing came last week.

    `unreached` names the industries without a subscriber where the place is a single county; `above` is the bureau an
    undecided review goes to ("" for the province).
    """
    new = figures.by_severity(week.before.begin, week.before.end)
    if not figures.open and not any(new.values()):
        return None
    late = f"，逾期{figures.overdue}件" if figures.overdue else ""
    title = f"每周摘要：{name}待研判{figures.open}件{late}，上周新增预警{sum(new.values())}件"
    return Summary(title, (_open_zh(figures, above), _new_zh(new, week.before), _firms_zh(figures, unreached)))


def _open_zh(figures: Figures, above: str) -> str:
    if not figures.open:
        return "目前没有待研判的预警。"
    counted = f"待研判{figures.open}件，其中已逾期{figures.overdue}件，本周内到期{figures.due_this_week}件。"
    then = f"逾期不研判的，自动上报{above}。" if above else "省级逾期不研判的，预警发出并标注“未经研判”。"
    return counted + then


def _new_zh(new: dict[str, int], week: Week) -> str:
    sunday = week.monday + timedelta(days=6)
    days = f"上周（{week.monday.month}月{week.monday.day}日至{sunday.month}月{sunday.day}日）"
    if not any(new.values()):
        return f"{days}没有新增预警。"
    parts = "、".join(f"{display_name('severity', code)}{count}件" for code, count in new.items() if count)
    return f"{days}新增预警{sum(new.values())}件：{parts}。"


def _firms_zh(figures: Figures, unreached: Sequence[str]) -> str:
    firms = f"订阅企业{figures.exporters}家。"
    if not figures.clusters:
        return firms
    if not figures.unreached:
        return f"{firms}产业集群{figures.clusters}个，都有企业订阅。"
    named = f"：{listed_zh(unreached, 5, '个')}" if unreached else ""
    return f"{firms}产业集群{figures.clusters}个，其中{figures.unreached}个还没有企业订阅{named}。"
