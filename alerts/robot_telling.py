"""The stage robots: a message for each group robot that asks for it is kept once for each version that went out."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from alerts.candidates import eu_members
from alerts.criteria import markets_met
from alerts.facts import Facts
from alerts.inserting import insert_ignoring
from alerts.severity import SEVERITIES
from alerts.telling import about_zh, matter_zh, when_zh
from alerts.versions import concerns_in, facts_in, industries_of, lock_version
from alerts.wording import DEMO_PREFIX, LEVEL_NOTE, UNREVIEWED_NOTE, listed_zh, market_zh, shortened
from settings import Settings
from store.clock import shanghai_day
from store.columns import new_public_id
from store.display_names import display_name
from store.email import PENDING
from store.engine import reading, writing
from store.robot import GroupRobot, RobotMessage
from store.warning import ACTUAL, ISSUED, UNREVIEWED, TradeWarning, WarningVersion

log = logging.getLogger(__name__)

_MARKS = {"update": "【更新】", "cancel": "【已撤销】"}
_UNTOLD = (WarningVersion.state == ISSUED, col(WarningVersion.robots_told_at).is_(None))


def tell_robots(engine: Engine, now: datetime, settings: Settings, *, limit: int = 50) -> int:
    """Keep messages about the versions that no robot was told of; returns how many versions. One transaction each."""
    with reading(engine) as session:
        untold = session.exec(select(WarningVersion.id).where(*_UNTOLD).order_by(col(WarningVersion.id)).limit(limit))
        ids = [key or 0 for key in untold]
    return sum(_tell(engine, version_id, now, settings) for version_id in ids)


def _tell(engine: Engine, version_id: int, now: datetime, settings: Settings) -> bool:
    try:
        with writing(engine) as session:
            version = lock_version(session, version_id)
            if version.robots_told_at is not None or version.state != ISSUED:
                return False  # another worker was first
            version.robots_told_at = now
            session.add(version)
            insert_ignoring(session, RobotMessage, messages_for(session, version, now, settings))
            return True
    except Exception:  # the others must not wait for one broken row; the next tick tries it again
        log.exception("keeping the warning version %s for the group robots failed", version_id)
        return False


def messages_for(session: Session, version: WarningVersion, now: datetime, settings: Settings) -> list[dict[str, Any]]:
    """A row for `robotmessage` per robot that asks for this version, or that got an earlier one of its warning."""
    warning = session.get_one(TradeWarning, version.warning_id)
    robots = session.exec(
        select(GroupRobot)
        .where(col(GroupRobot.is_on), col(GroupRobot.since) <= version.issued_at)
        .order_by(col(GroupRobot.id))
    ).all()
    if warning.status != ACTUAL or not robots:
        return []
    facts, industries = facts_in(version), industries_of(session, concerns_in(session, version))
    slugs, met = {i.slug for i in industries}, markets_met(facts["members"] or [facts["market"]], eu_members(session))
    before = _got_earlier(session, version)
    names = [industry.name_zh for industry in industries]
    row = {
        "version_id": version.id,
        "warning_id": version.warning_id,
        "title": title_zh(version, facts, names, is_demo=settings.is_demo),
        "text": "\n".join(lines_zh(version, facts, names, shanghai_day(now))),
        "path": f"/warnings/{warning.public_id}",
        "state": PENDING,
        "answer": "",
        "created_at": now,
        "attempts": 0,
    }
    told = [r for r in robots if r.id in before or (version.kind != "cancel" and asks_for(r, version, slugs, met))]
    return [{**row, "robot_id": robot.id, "public_id": new_public_id()} for robot in told]


def asks_for(robot: GroupRobot, version: WarningVersion, slugs: Collection[str], met: Collection[str]) -> bool:
    """Whether a robot asks for a version about these industries that meets these market terms. Pure."""
    if robot.severity_floor and SEVERITIES.index(version.severity) > SEVERITIES.index(robot.severity_floor):
        return False
    in_industries = not robot.industries or bool(set(robot.industries) & set(slugs))
    return in_industries and (not robot.markets or bool(set(robot.markets) & set(met)))


def _got_earlier(session: Session, version: WarningVersion) -> set[int]:
    """The robots for which a message about another version of this warning was kept."""
    if version.kind == "issue":
        return set()
    return set(session.exec(select(RobotMessage.robot_id).where(RobotMessage.warning_id == version.warning_id)))


def title_zh(version: WarningVersion, facts: Facts, industries: Sequence[str], *, is_demo: bool) -> str:
    """`【更新】【黄色预警】日本：水产品新规草案`. Pure."""
    demo, mark = DEMO_PREFIX if is_demo else "", _MARKS.get(version.kind, "")
    head = f"{demo}{mark}【{display_name('severity', version.severity)}预警】"
    return f"{head}{market_zh(facts)}：{about_zh(industries) or '出口产品'}{matter_zh(facts)}"


def lines_zh(version: WarningVersion, facts: Facts, industries: Sequence[str], today: date) -> list[str]:
    """What a room reads below the title: short, the rest is on the page. Pure."""
    if version.kind == "cancel":
        return ["这份预警已撤销，原因见网页。"]
    lines = [f"原标题：{shortened(facts['title'], 120)}"] if facts["title"] else []
    if when := when_zh(facts, today):
        lines.append(f"时间：{when}")
    lines.append(f"涉及行业：{listed_zh(industries, 5, '个行业') or '未归入行业'}")
    if version.severity_reason:
        lines.append(f"评定理由：{version.severity_reason}")
    if version.basis == UNREVIEWED:
        lines.append(UNREVIEWED_NOTE)
    return [*lines, LEVEL_NOTE]
