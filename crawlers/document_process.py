"""The process of one visit to the documents: takes what is due, runs the spider, prints what came of it."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError

from crawlers.document_job import DocumentJob
from crawlers.document_rows import DocumentsBusy, take_documents
from crawlers.process import Drive, Watch, drive_process, main
from crawlers.replay import ReplayServer
from crawlers.settings import scrapy_settings
from crawlers.shapes.document import DocumentManners, DocumentSpider, Visit
from crawlers.visits import Report
from settings import TbtwatchError
from store.clock import fixed_clock, system_clock
from store.engine import first_line, open_store

GRACE = timedelta(minutes=2)  # a visit ends itself at its deadline; its claims live a little longer


def run_visit(job: DocumentJob, drive: Drive = drive_process) -> dict[str, Any]:
    """Fetch what is due and store it; returns counts as JSON values. Raises TbtwatchError when the store fails."""
    clock = fixed_clock(job.instant) if job.instant else system_clock
    engine = open_store(job.database_url)
    report = Report("documents")
    try:
        lease = timedelta(seconds=job.deadline_s) + GRACE
        visit = Visit(engine, clock, take_documents(engine, clock(), job.limit, lease))
        if visit.taken:
            _drive(job, visit, report, drive)
            visit.end()
        return _answer(visit, report)
    except DocumentsBusy as busy:
        return {"reason": str(busy)}
    except DBAPIError as error:  # what this process holds is free again as soon as it is dead
        raise TbtwatchError(
            f"documents: the store failed: {first_line(error)}; the next visit fetches the rest"
        ) from None
    finally:
        engine.dispose()


def _drive(job: DocumentJob, visit: Visit, report: Report, drive: Drive) -> None:
    with ExitStack() as stack:
        replay = stack.enter_context(ReplayServer(Path(job.replay))) if job.replay else None
        settings = scrapy_settings(DocumentManners(), contact=job.contact, replaying=replay is not None)
        settings["ITEM_PIPELINES"] = {}
        settings["DOWNLOADER_MIDDLEWARES"]["crawlers.middlewares.PublicAddressesOnly"] = (
            50  # before robots.txt is asked
        )
        spider = drive(settings, DocumentSpider, Watch(report), job=job, visit=visit, report=report, replay=replay)
    broken = getattr(spider, "broken", None)
    if isinstance(broken, DBAPIError):
        raise broken


def _answer(visit: Visit, report: Report) -> dict[str, Any]:
    counts = dict(sorted(visit.counts.items()))
    return {"asked": len(visit.asked), "counts": counts, "hosts_left": visit.hosts_left, "reason": report.reason}


def visit_ordered(order: dict[str, Any]) -> dict[str, Any]:
    """Make the visit that a job, as JSON values, asks for."""
    return run_visit(DocumentJob(**order))


if __name__ == "__main__":
    main(work=visit_ordered)
