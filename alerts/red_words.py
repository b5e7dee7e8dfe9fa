"""What officers are told of a red warning, in Chinese. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from alerts.facts import Facts
from alerts.telling import about_zh, matter_zh, when_zh
from alerts.wording import day_zh, listed_zh, market_zh
from store.clock import SHANGHAI
from store.warning import UNDER_REVIEW

_KINDS = {"update": "更新", "cancel": "解除"}


def red_title(kind: str, state: str, facts: Facts, industries: Sequence[str], *, is_exercise: bool) -> str:
    """`红色预警待研判：美国：玩具新规草案`; an exercise says so first."""
    exercise = "【演练】" if is_exercise else ""
    what = "待研判" if state == UNDER_REVIEW else "已发出"
    head = f"{exercise}红色预警{_KINDS.get(kind, '')}{what}"
    return f"{head}：{market_zh(facts)}：{about_zh(industries) or '出口产品'}{matter_zh(facts)}"


def red_lines(
    facts: Facts,
    industries: Sequence[str],
    reason: str,
    desks: Sequence[tuple[str, bool]],
    due_at: datetime | None,
    today: date,
) -> list[str]:
    """The paragraphs: until when to decide, why it is red, which industries, who looks (name, whether it leads)."""
    lines = []
    if due_at is not None:
        local = due_at.astimezone(SHANGHAI)
        lines.append(f"请在{day_zh(local.date(), today)}{local:%H:%M}前研判，逾期自动上报上一级。")
    if reason:
        lines.append(f"定为红色的原因：{reason}")
    if when := when_zh(facts, today):
        lines.append(f"时间：{when}")
    lines.append(f"涉及行业：{listed_zh(industries, 5, '个行业') or '未归入行业'}")
    lines.append(f"研判部门：{listed_zh([f'{name}（牵头）' if leads else name for name, leads in desks], 6, '个部门')}")
    return lines
