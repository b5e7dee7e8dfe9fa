"""What an update changes, in Chinese: each field with its value before and now. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from alerts.facts import Facts
from alerts.places import plain
from alerts.wording import day_zh, listed_zh, name_of_market, shortened
from store.display_names import display_name

_DATES = {"comment_deadline": "提意见（评议）截止", "adoption_on": "拟批准", "force_on": "开始实施"}
_CODES = {"hs": "海关编码（HS）", "ics": "国际标准分类（ICS）"}


@dataclass(frozen=True, slots=True)
class Change:
    """One change: what, and how it reads."""

    label: str
    text: str


def changes_of(changes: Mapping[str, Sequence[Any]], severity_before: str | None, severity: str) -> tuple[Change, ...]:
    """The changes between two versions, the dates first; fields without a Chinese form are left out."""
    found = [
        Change(label, f"{_day(changes[name][0])}，改为{_day(changes[name][1])}")
        for name, label in _DATES.items()
        if name in changes
    ]
    if "comment_deadline_text" in changes and "comment_deadline" not in changes:
        found.append(Change(_DATES["comment_deadline"], f"原文改为“{changes['comment_deadline_text'][1]}”"))
    if "stage" in changes:
        before, now = (display_name("stage", str(stage)) for stage in changes["stage"])
        found.append(Change("进展", f"{before}，变为{now}"))
    found += [Change(label, _codes(*changes[name])) for name, label in _CODES.items() if name in changes]
    if "products" in changes:
        found.append(Change("产品范围", "文字有改动，请看原文"))
    if severity_before and severity_before != severity:
        before, now = display_name("severity", severity_before), display_name("severity", severity)
        found.append(Change("预警级别", f"{before}，改为{now}"))
    return tuple(found)


def amended_zh(facts: Facts) -> tuple[Change, ...]:
    """What officers changed of a warning that was out: the industries, and why."""
    amended = facts.get("amended")
    if not amended:
        return ()
    found = []
    if "industries" in amended:
        before, now = amended["industries"]
        found.append(Change("涉及的行业", f"{listed_zh(before, 6) or '无'}，更正为{listed_zh(now, 6)}"))
    if amended["note"]:
        found.append(Change("更正说明", plain(amended["note"])))
    return tuple(found)


def revoked_zh(facts: Facts) -> str:
    """Who cancelled the warning and why, when it was an officer; "" when the publisher withdrew the measure."""
    amended = facts.get("amended")
    return f"{amended['by']}撤销，理由：{plain(amended['note'])}" if amended else ""


def added_zh(facts: Facts) -> str:
    """What a joined source adds: 另有来源补充（加拿大，召回，2026年6月8日）：新的市场加拿大；产品“...”."""
    added = facts.get("added")
    if not added:
        return ""
    said = [f"{_DATES[name]}{_day(day)}" for name, day in added["dates"].items()]
    if added["markets"]:
        said.append("涉及的市场" + listed_zh([name_of_market(one, added["kind"]) for one in added["markets"]]))
    if added["products"]:
        said.append("产品" + listed_zh([shortened(plain(name), 60) for name in added["products"]]))
    if added["measure"]:
        kind = "notice_kind" if added["measure"] in ("recall", "border") else "stage"
        said.append("进展" + display_name(kind, added["measure"]))
    who = [name_of_market(added["market"], added["kind"]), display_name("notice_kind", added["kind"])]
    when = [_day(added["published_on"])] if added["published_on"] else []
    return f"另有来源补充（{'，'.join(who + when)}）：{'；'.join(said) or '涉及的行业或预警级别有变化'}。"


def news_of(facts: Facts, today: date) -> str:
    """The one change that a subject line names: 提意见截止改为8月31日, 措施已通过, 9月1日起实施, 内容有更新."""
    changes = facts["changes"]
    if changes.get("comment_deadline", [None, None])[1] and facts["thread_reason"] in (None, "deadline_changed"):
        return f"提意见截止改为{day_zh(date.fromisoformat(changes['comment_deadline'][1]), today)}"
    if changes.get("force_on", [None, None])[1]:
        return f"{day_zh(date.fromisoformat(changes['force_on'][1]), today)}起实施"
    if facts["thread_reason"] in ("adopted", "in_force", "deadline_changed", "scope_changed"):
        return display_name("thread_reason", facts["thread_reason"])
    return "内容有更新"


def _day(iso: str | None) -> str:
    return day_zh(date.fromisoformat(iso)) if iso else "未定"


def _codes(before: Sequence[str], now: Sequence[str]) -> str:
    added = [code for code in now if code not in before]
    gone = [code for code in before if code not in now]
    parts = [f"增加{listed_zh(added, 6)}" if added else "", f"去掉{listed_zh(gone, 6)}" if gone else ""]
    return "，".join(part for part in parts if part) or "顺序有改动"
