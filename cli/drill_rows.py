"""The rows of `tbtwatch drill`: drills, and the report of one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from alerts.drill_report import DeskLine, report_of
from cli.warning_rows import industries_in
from store.bureau import Officer
from store.drill import Drill
from store.warning import TradeWarning


def drill_row(session: Session, drill: Drill, now: datetime) -> dict[str, Any]:
    """What a list says of one drill."""
    report = report_of(session, drill, now)
    ended_by = session.get_one(Officer, drill.ended_by_id).sign_in if drill.ended_by_id else None
    return {
        "id": drill.public_id,
        "warning": session.get_one(TradeWarning, drill.warning_id).public_id,
        "title": drill.title,
        "severity": report.newest.severity,
        "state": report.newest.state,
        "industries": industries_in(session, [report.newest.id or 0])[report.newest.id or 0],
        "started_by": session.get_one(Officer, drill.started_by_id).sign_in,
        "started_at": drill.started_at,
        "ended_by": ended_by,
        "ended_at": drill.ended_at,
        "desks": len(report.desks),
    }


def report_row(session: Session, drill: Drill, now: datetime) -> dict[str, Any]:
    """A drill with each desk, each tier, and who never acted."""
    report = report_of(session, drill, now)
    return {
        **drill_row(session, drill, now),
        "desks": [_desk_row(line) for line in report.desks],
        "tiers": [
            {"tier": t.tier, "desks": t.desks, "acted": t.acted, "median_minutes": t.median_minutes}
            for t in report.tiers
        ],
        "never_acted": list(report.never_acted),
    }


def _desk_row(line: DeskLine) -> dict[str, Any]:
    return {
        "bureau": line.place,
        "bureau_name": line.bureau,
        "tier": line.tier,
        "lead": line.is_lead,
        "review": line.review,
        "opened_at": line.opened_at,
        "due": line.due_at,
        "outcome": line.outcome,
        "settled_at": line.settled_at,
        "minutes": line.minutes,
        "late": line.late,
        "by": line.by,
    }
