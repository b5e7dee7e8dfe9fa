"""Chinese for dates, lists, markets and codes, as mails say them. Pure, but for tables read once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from alerts.facts import Facts
from alerts.places import plain
from store.display_names import WTO, issuer_name
from store.hs_names import hs_name_zh

SERVICE = "广东省技术性贸易措施预警"
DEMO_PREFIX = "【演示】"
DEMO_BANNER = "演示邮件：由演示系统用往期公告生成，请勿据此安排生产和出口。"
LEVEL_NOTE = "本级别由本系统按公开规则评定，不属于突发事件预警级别。"
UNREVIEWED_NOTE = "机器初判，未经研判"


def day_zh(day: date, today: date | None = None) -> str:
    """`2026年7月31日`; without the year when it is that of `today`."""
    year = "" if today and today.year == day.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def left_zh(days: int) -> str:
    """How far a deadline is away, in whole days: 还剩58天, 今天截止, 已过3天."""
    if days < 0:
        return f"已过{-days}天"
    return f"还剩{days}天" if days else "今天截止"


def listed_zh(names: Sequence[str], most: int = 3, unit: str = "项") -> str:
    """玩具、婴童用品、文具等5项."""
    more = f"等{len(names)}{unit}" if len(names) > most else ""
    return "、".join(names[:most]) + more


def shortened(text: str, most: int) -> str:
    """Foreign text on one line, cut at `most` characters."""
    text = plain(text).strip()
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def name_of_market(symbol: str, notice_kind: str) -> str:
    """A market by wto_symbol; as the WTO calls its member when the notice is a notification (中国台北)."""
    return issuer_name(symbol, context=WTO if notice_kind == "notification" else None)


def market_zh(facts: Facts) -> str:
    """Who issued it: 欧盟, or 阿联酋等7个成员 for a joint notification."""
    members = facts["members"] or [facts["market"]]
    first = name_of_market(members[0], facts["kind"])
    if len(members) == 1:
        return first
    if len(members) == 2:
        return f"{first}和{name_of_market(members[1], facts['kind'])}"
    return f"{first}等{len(members)}个{'成员' if facts['kind'] == 'notification' else '国家（地区）'}"


def short_market_zh(facts: Facts) -> str:
    """The first of the markets, for a subject: 欧盟, 阿联酋等."""
    members = facts["members"] or [facts["market"]]
    return name_of_market(members[0], facts["kind"]) + ("等" if len(members) > 1 else "")


def hs_lines(codes: Sequence[str], most: int = 8) -> list[str]:
    """`9503 玩具、童车、拼图` for the first codes, named by their beginning; a last line counts the rest."""
    lines = [f"{code} {hs_name_zh(code)}".rstrip() for code in codes[:most]]
    return [*lines, f"另有{len(codes) - most}个编码，见原文"] if len(codes) > most else lines
