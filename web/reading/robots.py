"""群机器人: the robots that the person before the page may see, and how their messages fared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from store.bureau import ASSOCIATION, OFFICER, Bureau
from store.email import ACCEPTED, CAPTURED, PENDING
from store.jurisdiction import Jurisdiction
from store.robot import GroupRobot, RobotMessage
from web.access import Who, bureaus_below

_WORDS = {
    "": "尚未发送",
    "ok": "正常",
    "unreachable": "连不上对方服务器",
    "strange": "对方的回答不像这一类机器人，请核对种类和地址",
    "inside": "地址指向内部网络，已拒绝发送",
    "bad": "地址不合规定",
    "lost": "系统密钥已更换，请停用后重新添加",
    "broken": "系统内部错误，请联系运维人员",
}
# Codes that the vendors' documents name, in words; others are shown as numbers.
_CODES = {
    "93000": "地址中的 key 不对，或机器人已被移出群",
    "45009": "发送太频繁",
    "310000": "安全设置不符：请核对加签密钥，或在机器人里加关键词“预警”",
    "300001": "地址中的 access_token 不对，或机器人已被移出群",
    "130101": "发送太频繁",
    "19001": "地址不对，或机器人已被移出群",
    "19021": "签名校验没有通过，请核对密钥",
    "19024": "关键词不符：请在机器人里加关键词“预警”",
    "9499": "发送太频繁",
}


@dataclass(frozen=True)
class ShownRobot:
    """A robot, its bureau, and its newest message that was tried; `waiting` and `parked` count messages."""

    robot: GroupRobot
    bureau: Bureau
    is_own: bool
    industries: str
    markets: str
    tried_at: datetime | None
    answer: str  # in Chinese
    is_well: bool
    sent: int
    waiting: int
    parked: int


def answer_zh(answer: str) -> str:
    """The code kept of a try, in Chinese. Pure."""
    kind, _, number = answer.partition(":")
    if kind == "http":
        return f"对方服务器回答 {number}"
    if kind == "code":
        return f"对方拒收：{_CODES.get(number, f'代码 {number}')}"
    return _WORDS.get(answer, answer)


def seen_robots(session: Session, who: Who) -> list[tuple[GroupRobot, Bureau]]:
    """Those in use: of the own bureau and those below it; an association's person sees the own ones alone."""
    rows = (
        select(GroupRobot, Bureau)
        .join(Bureau, col(Bureau.id) == GroupRobot.bureau_id)
        .join(Jurisdiction, col(Jurisdiction.id) == Bureau.jurisdiction_id)
        .where(col(GroupRobot.ended_at).is_(None), col(GroupRobot.bureau_id).in_(bureaus_below(session, who)))
        .order_by(col(GroupRobot.bureau_id) != who.bureau_id, Jurisdiction.code, col(GroupRobot.id))
    )
    if who.kind == ASSOCIATION:
        rows = rows.where(GroupRobot.added_by_id == who.officer_id)
    return [(robot, bureau) for robot, bureau in session.exec(rows)]


def robot_seen(session: Session, who: Who, public_id: str) -> GroupRobot | None:
    """One of them; None when there is none, or when it is not this person's to see: the two look the same."""
    return next((robot for robot, _ in seen_robots(session, who) if robot.public_id == public_id), None)


def is_own(robot: GroupRobot, who: Who) -> bool:
    """Whether it is of the own desk: those above may only pause and end it. Pure."""
    return robot.bureau_id == who.bureau_id and (who.kind == OFFICER or robot.added_by_id == who.officer_id)


def shown_robots(session: Session, who: Who, industries: dict[str, str], markets: dict[str, str]) -> list[ShownRobot]:
    """What the page tells of each; `industries` and `markets` name slugs and symbols in Chinese."""
    found = []
    for robot, bureau in seen_robots(session, who):
        counts, last = _counts(session, robot), _last_tried(session, robot)
        found.append(
            ShownRobot(
                robot=robot,
                bureau=bureau,
                is_own=is_own(robot, who),
                industries="、".join(industries.get(slug, slug) for slug in robot.industries),
                markets="、".join(markets.get(symbol, symbol) for symbol in robot.markets),
                tried_at=last.tried_at if last else None,
                answer=answer_zh(last.answer if last else ""),
                is_well=last is None or last.answer == "ok",
                sent=counts.get((ACCEPTED, False), 0) + counts.get((CAPTURED, False), 0),
                waiting=counts.get((PENDING, False), 0),
                parked=counts.get((PENDING, True), 0),
            )
        )
    return found


def _last_tried(session: Session, robot: GroupRobot) -> RobotMessage | None:
    tried = select(RobotMessage).where(RobotMessage.robot_id == robot.id, RobotMessage.answer != "")
    return session.exec(tried.order_by(col(RobotMessage.tried_at).desc()).limit(1)).first()


def _counts(session: Session, robot: GroupRobot) -> dict[tuple[str, bool], int]:
    """(state, whether parked) -> how many messages about warnings."""
    is_parked = col(RobotMessage.parked_at).is_not(None)
    rows = session.exec(
        select(RobotMessage.state, is_parked, func.count())
        .where(RobotMessage.robot_id == robot.id, col(RobotMessage.version_id).is_not(None))
        .group_by(col(RobotMessage.state), is_parked)
    )
    return {(state, bool(parked)): number for state, parked, number in rows}
