"""The rows about visits: beginning one, ending one, and those whose process died."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session

from crawlers.declarations import declared_sources
from crawlers.errors import CrawlKilled, SourceError
from crawlers.health import Look, look_of
from crawlers.jobs import Mode
from crawlers.visits import OK, UNCHANGED, Report
from crawlers.writing import source_state
from store.columns import new_public_id
from store.crawl import CrawlRun, SourceIssue
from store.engine import reading, writing
from store.inserting import add_rows
from store.work import is_dead, worker_name

RUNNING = "running"
REMEMBERED = 8  # past visits that a visit is held against
_RUN_MODES = {"workbook": "fill", "as_news": "import", "first": "recent"}


def begin_run(engine: Engine, source: str, mode: Mode, started_at: datetime, public_id: str = "") -> int:
    """Write that a visit begins; returns its key. Visits of this source whose process died are closed first.

    While a visit runs, `reason` says which process makes it.
    """
    with writing(engine) as session:
        _close_dead(session, source, started_at)
        run = CrawlRun(
            public_id=public_id or new_public_id(),
            source=source,
            mode=_RUN_MODES.get(mode, mode),
            started_at=started_at,
            status=RUNNING,
            reason=worker_name(),
        )
        session.add(run)
        session.flush()
        assert run.id is not None
        return run.id


def past_looks(engine: Engine, source: str, before: int, *, history: bool = False) -> list[Look]:
    """The last visits that listed something, the newest first, as crawlers.health wants them.

    Those that failed count too: a source that has really become smaller is well again when half of them are small.
    """
    rows: Any = CrawlRun
    wanted = (
        select(rows.rows, rows.filled, rows.newest_on)
        .where(rows.source == source, rows.id < before, rows.rows > 0)
        .where(rows.mode == ("fill" if history else "recent"))
        .order_by(rows.id.desc())
        .limit(REMEMBERED)
    )
    with reading(engine) as session:
        return [look_of(*row) for row in session.execute(wanted)]


def _close_dead(session: Session, source: str, at: datetime) -> None:
    rows: Any = CrawlRun
    for run in session.execute(select(rows).where(rows.source == source, rows.status == RUNNING)).scalars():
        if is_dead(run.reason):
            run.status, run.reason, run.finished_at = CrawlKilled.status, "the process ended before the visit did", at


def end_run(engine: Engine, run_id: int, report: Report, finished_at: datetime) -> None:
    """Write the end of a visit: its figures, its issues, and where we stand with the source."""
    with writing(engine) as session:
        run = session.get(CrawlRun, run_id)
        assert run is not None
        run.finished_at, run.status, run.reason = finished_at, report.status, report.reason
        run.new, run.changed, run.unchanged = report.new, report.changed, report.unchanged
        run.rejected, run.requests = report.rejected, report.requests
        run.rows, run.newest_on, run.filled = report.look.records, report.look.newest_on, report.look.as_json()
        session.add(run)
        add_rows(
            session,
            SourceIssue,
            [
                {
                    "crawl_run_id": run_id,
                    "source": report.source,
                    "kind": note.kind[:40],
                    "record": note.record[:300],
                    "message": note.message,
                    "at": finished_at,
                }
                for note in report.issues
            ],
        )
        if run.mode != "reparse":  # what was read again on our side says nothing of the source, and is no visit to it
            _note_state(session, run, report)


def _note_state(session: Session, run: CrawlRun, report: Report) -> None:
    state = source_state(session, report.source)
    state.status, state.reason = report.status, report.reason
    state.error_kind = report.error.kind if report.error else ""
    declared = declared_sources().get(report.source)
    state.name_zh = declared.name_zh if declared else report.source
    if report.status in (OK, UNCHANGED):
        state.last_success_at, state.failing_since = run.finished_at, None
        state.first_crawled_at = state.first_crawled_at or run.finished_at
    else:
        state.failing_since = state.failing_since or run.finished_at
    session.add(state)


def end_killed_run(engine: Engine, public_id: str, source: str, error: SourceError, at: datetime) -> None:
    """Close the visit of a process that was killed or died; it may not even have begun."""
    report = Report(source)
    report.fail(error)
    rows: Any = CrawlRun
    with writing(engine) as session:
        run_id = session.execute(select(rows.id).where(rows.public_id == public_id)).scalar_one_or_none()
    end_run(engine, run_id or begin_run(engine, source, "recent", at, public_id), report, at)
