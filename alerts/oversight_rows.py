"""A place of the network as one flat row: for tables, downloads and the command line. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from alerts.network_figures import SEVERITIES
from alerts.oversight import Oversight, Watched
from store.clock import SHANGHAI

# key -> heading of the download, in the order of its columns
COLUMNS_ZH = {
    "code": "代码",
    "name": "地区",
    "tier": "层级",
    "served_by": "承担研判的地区代码",
    "bureau": "主管部门",
    "confirmed": "信息已确认",
    "open": "待研判",
    "overdue": "逾期",
    "due_this_week": "本周到期",
    "decided": "近90天已研判",
    "escalated": "近90天逾期上报",
    "unreviewed": "近90天未经研判发出",
    "median_hours": "研判用时中位数（小时）",
    "red": "近90天红色预警",
    "orange": "近90天橙色预警",
    "yellow": "近90天黄色预警",
    "blue": "近90天蓝色预警",
    "exporters": "订阅企业",
    "clusters": "产业集群",
    "unreached": "未覆盖集群",
    "officers": "工作人员",
    "present": "在岗",
    "last_sign_in": "最近登录",
}


def row_of(place: Watched) -> dict[str, Any]:
    """The keys of COLUMNS_ZH; figures are those of the place and all below it, officers those of its own bureau."""
    total = place.total
    return {
        "code": place.code,
        "name": place.name_zh,
        "tier": place.tier,
        "served_by": place.served_by,
        "bureau": place.bureau.name_zh if place.bureau else "",
        "confirmed": bool(place.bureau and place.bureau.confirmed),
        "open": total.open,
        "overdue": total.overdue,
        "due_this_week": total.due_this_week,
        "decided": total.decided,
        "escalated": total.escalated,
        "unreviewed": total.unreviewed,
        "median_hours": total.median_hours,
        **{severity: total.by_severity()[severity] for severity in SEVERITIES},
        "exporters": total.exporters,
        "clusters": total.clusters,
        "unreached": total.unreached,
        "officers": len(place.posts),
        "present": place.present,
        "last_sign_in": place.last_sign_in,
    }


def subtree(oversight: Oversight, code: str) -> list[Watched]:
    """The place and all below it, by code."""
    return [place for key, place in sorted(oversight.places.items()) if code in oversight.line(key)]


def as_csv(places: Sequence[Watched]) -> str:
    """The rows as CSV with Chinese headings; instants in Shanghai's time."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS_ZH.values())
    for place in places:
        writer.writerow([_cell(row_of(place)[key]) for key in COLUMNS_ZH])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return "" if value is None else value
