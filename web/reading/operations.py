"""How the machine is doing: what waits, what is parked, what went wrong with the sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from store.columns import Claimable
from store.crawl import CrawlRun, SourceIssue
from store.digest import Digest
from store.document import Document
from store.drill import is_no_drill
from store.email import PENDING, Email
from store.join import HeldBack
from store.notice import Notice
from store.officer_mail import OfficerMail
from store.operator_mail import OperatorMail
from store.review import OPEN, Review
from store.robot import RobotMessage
from store.slot import PlannedSlot
from store.warning import ISSUED, WarningVersion
from store.webhook_call import WebhookCall
from store.work import parked_rows

SHOWN = 50


@dataclass(frozen=True)
class Waiting:
    """A stage and how many rows lack its stamp."""

    stage: str
    rows: int


@dataclass(frozen=True)
class Parked:
    """A row that was tried five times and waits for a person."""

    what: str
    number: int
    error: str
    at: datetime


def waiting(session: Session, now: datetime) -> list[Waiting]:
    """What each stage has before it; reviews of drills are not counted."""
    actual = col(Review.version_id).in_(select(WarningVersion.id).where(is_no_drill()))
    pending: list[tuple[str, ColumnElement[bool]]] = [
        ("待归类的公告", col(Notice.classified_at).is_(None)),
        ("待判定预警的公告", col(Notice.classified_at).is_not(None) & col(Notice.raised_at).is_(None)),
        ("待匹配订阅的预警", (col(WarningVersion.state) == ISSUED) & col(WarningVersion.matched_at).is_(None)),
        ("待撰写邮件的预警", col(WarningVersion.matched_at).is_not(None) & col(WarningVersion.composed_at).is_(None)),
        ("待撰写的汇总邮件", col(Digest.written_at).is_(None)),
        ("待发送的邮件", col(Email.state) == PENDING),
        ("待研判", (col(Review.state) == OPEN) & actual),
        ("已逾期的研判", (col(Review.state) == OPEN) & (col(Review.due_at) < now) & actual),
    ]
    return [Waiting(name, int(session.exec(select(func.count()).where(which)).one())) for name, which in pending]


def parked(session: Session) -> list[Parked]:
    """All parked work, the newest first."""
    tables: list[tuple[str, type[Claimable]]] = [
        ("公告", Notice),
        ("预警", WarningVersion),
        ("邮件", Email),
        ("给工作人员的邮件", OfficerMail),
        ("给运维人员的邮件", OperatorMail),
        ("给工作人员的即时消息", WebhookCall),
        ("群机器人的消息", RobotMessage),
        ("未单独发出的公告", HeldBack),
        ("汇总邮件", Digest),
        ("定时任务", PlannedSlot),
        ("公告文件", Document),
    ]
    rows = [
        Parked(what, number, error or "", at)
        for what, table in tables
        for number, error, at in parked_rows(session, table)
    ]
    return sorted(rows, key=lambda row: row.at, reverse=True)[:SHOWN]


def source_issues(session: Session) -> list[SourceIssue]:
    """What went wrong with the sources or their records, the newest first."""
    return list(session.exec(select(SourceIssue).order_by(col(SourceIssue.id).desc()).limit(SHOWN)))


def crawl_runs(session: Session) -> list[CrawlRun]:
    """The last visits to sources, the newest first."""
    return list(session.exec(select(CrawlRun).order_by(col(CrawlRun.id).desc()).limit(SHOWN)))
