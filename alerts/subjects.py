"""Subjects and preheaders: product, market and date within the twenty characters that a phone shows. Pure."""

from __future__ import annotations

import re

from alerts.telling import Telling

SHOWN = 20  # characters of a subject or preheader that a phone's list shows for certain
_LEAST = 2  # characters of a product's name that still say something
_MOVED = "提意见截止改为"
_DAY = re.compile(r"(?:\d{4}年)?\d{1,2}月\d{1,2}日")


def subject_of(told: Telling, kind: str) -> str:
    """The subject of one warning's mail, by its kind: issue, update or cancel.

    `【黄色预警】欧盟玩具 7月10日前可提意见（新规草案）`. Where product, market and date would not all stand within the
    first twenty characters, the mark in brackets goes to the end; a name that is still too long is shortened.
    """
    mark, when, rest = _parts(told, kind)
    mark = f"【{mark}】"
    for head, tail in ((mark, ""), ("", mark)):
        if len(head) + len(_who(told, told.about)) + 1 + _until_day(when) <= SHOWN:
            return _joined(f"{head}{_who(told, told.about)}", when, rest, tail)
    room = SHOWN - 1 - _until_day(when) - len(_market(told))
    return _joined(_who(told, shortened_name(told.about, room)), when, rest, mark)


def preheader_of(told: Telling, kind: str) -> str:
    """The line that a list shows behind the subject: `玩具｜欧盟｜7月10日前可提意见，还剩37天`."""
    when = _parts(told, kind)[1]
    room = SHOWN - len(_market(told)) - 2 - _until_day(when)
    said = [shortened_name(told.about, room), _market(told), when]
    left = told.lead[1] if kind == "issue" else ""
    return "｜".join(part for part in said if part) + (f"，{left}" if left else "")


def shortened_name(name: str, room: int) -> str:
    """A product's name in `room` characters, never below two and the mark that something was left out."""
    first = name.split("、")[0].split("和")[0]
    for candidate in (name, f"{first}等" if first != name else name):
        if len(candidate) <= room:
            return candidate
    return first[: max(room - 1, _LEAST)] + "…"


def _parts(told: Telling, kind: str) -> tuple[str, str, str]:
    """(the mark in brackets, the date with what it is for, what stands behind)."""
    colour = f"{told.severity_zh}预警"
    if kind == "cancel":
        return "预警撤销", "主管部门撤销" if told.revoked else "措施已撤回", told.matter
    if kind == "update":
        news = told.news
        if news.startswith(_MOVED) and told.comment_until:  # what a firm must know is its own last day
            news = f"改为{told.comment_until}前提意见"
        return "更新", news, f"{told.matter}，{colour}"
    return colour, told.lead[0], told.matter


def _market(told: Telling) -> str:
    return told.market_short


def _who(told: Telling, about: str) -> str:
    return f"{_market(told)}{about or '出口产品'}"


def _until_day(when: str) -> int:
    """Up to which character `when` must be seen: the end of its day, or all of it when it names none."""
    found = _DAY.search(when)
    return found.end() if found else min(len(when), 6)


def _joined(who: str, when: str, rest: str, mark: str) -> str:
    said = f"{who} {when}".rstrip()
    return said + (f"（{rest}）" if rest else "") + mark
