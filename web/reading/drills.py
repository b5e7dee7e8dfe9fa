"""Drills as an officer may see them: the desks of the own bureau and of those below it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, select

from alerts.drill_report import DrillReport, report_of
from alerts.drills import all_drills
from store.drill import Drill
from web.access import PROVINCE_TIER, Who, bureaus_below

MOST = 50


def drill_reports(session: Session, who: Who, now: datetime) -> list[DrillReport]:
    """The newest drills that came to a desk of this officer's line, with that line's part of each."""
    found = [_report(session, who, drill, now) for drill in all_drills(session)[:MOST]]
    return [report for report in found if report is not None]


def drill_report(session: Session, who: Who, public_id: str, now: datetime) -> DrillReport | None:
    """One of them; None when there is none, or no desk of this officer's line had it: the two look the same."""
    drill = session.exec(select(Drill).where(Drill.public_id == public_id)).first()
    return _report(session, who, drill, now) if drill else None


def _report(session: Session, who: Who, drill: Drill, now: datetime) -> DrillReport | None:
    mine = None if who.tier == PROVINCE_TIER else bureaus_below(session, who)
    report = report_of(session, drill, now, mine)
    return report if mine is None or report.desks else None
