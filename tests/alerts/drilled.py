"""A drill on the desks, for tests: started by the province, with a store that has firms to leave alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from alerts.composing import compose_pending
from alerts.drill_report import DrillReport, report_of
from alerts.drills import start_drill
from alerts.escalation import escalate_overdue
from alerts.matching import match_pending
from settings import Settings
from store.bureau import Officer
from store.drill import Drill
from store.engine import reading, writing
from tests.cast import TOYS


def start(engine: Engine, officer: Officer, now: datetime, **given: Any) -> Drill:
    """A drill about toys, orange unless said otherwise."""
    asked = {"title": "玩具中限制使用某类增塑剂", "severity": "orange", "industries": [TOYS]} | given
    with writing(engine) as session:
        return start_drill(session, officer, now, **asked)


def report(engine: Engine, drill: Drill, now: datetime) -> DrillReport:
    """The whole report at `now`."""
    with reading(engine) as session:
        return report_of(session, session.get_one(Drill, drill.id), now)


def pass_time(engine: Engine, now: datetime, settings: Settings) -> None:
    """Everything the stages would do at `now`."""
    escalate_overdue(engine, now)
    while match_pending(engine, now):
        pass
    while compose_pending(engine, now, settings):
        pass
