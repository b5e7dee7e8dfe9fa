"""The process of one crawl: reads its job from standard input, runs the spider, prints its report."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from scrapy import Spider, signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from sqlalchemy import Engine

from crawlers.declarations import Declaration, declared_source
from crawlers.errors import MissingKey, SourceError
from crawlers.health import judge
from crawlers.jobs import Job, Mode
from crawlers.recording import Recorder
from crawlers.replay import ReplayServer
from crawlers.runs import begin_run, end_run, past_looks
from crawlers.settings import scrapy_settings
from crawlers.shapes.base import SourceSpider
from crawlers.visits import Report
from crawlers.writing import Writer, source_state
from settings import TbtwatchError
from store.clock import fixed_clock, shanghai_day, system_clock
from store.crawl import SourceState
from store.engine import open_store, writing

SHAPES = {
    "feed": ("paged", "PagedSpider"),  # a plain feed is a listing of one page, newest first
    "json_api": ("paged", "PagedSpider"),
    "post_search": ("paged", "PagedSpider"),
    "sparql": ("paged", "PagedSpider"),
    "listing": ("listing", "ListingSpider"),
    "xml_report": ("reports", "ReportsSpider"),
    "whole_file": ("whole_file", "WholeFileSpider"),
    "workbook": ("workbook", "WorkbookSpider"),
    "watched_page": ("watched_page", "WatchedPageSpider"),
    "id_frontier": ("id_frontier", "IdFrontierSpider"),
}


def spider_of(shape: str) -> type[SourceSpider]:
    """The spider of a shape; only its own file is imported."""
    file, name = SHAPES[shape]
    spider: type[SourceSpider] = getattr(import_module(f"crawlers.shapes.{file}"), name)
    return spider


def mode_of(job: Job, declaration: Declaration, state: SourceState) -> Mode:
    """How the notices of this visit are admitted: a source whose backlog nobody asked for begins as history."""
    if declaration.history:
        return "workbook"
    if job.mode == "recent" and state.first_crawled_at is None and declaration.first_visit == "history":
        return "first"
    return job.mode


class Watch:
    """An error of our own in a spider or a pipeline makes the visit a failure; Scrapy alone would only log it.

    Signal handlers are held weakly: it must outlive the crawl.
    """

    def __init__(self, report: Report) -> None:
        self._report = report

    def connect(self, crawler: Crawler) -> None:
        """Listen to this crawl."""
        crawler.signals.connect(self.spider_error, signals.spider_error)
        crawler.signals.connect(self.item_error, signals.item_error)

    def spider_error(self, failure: Any, response: Any) -> None:
        """A callback raised something that has no name."""
        self._report.fail(SourceError(f"reading {response.url} failed: {failure.type.__name__}: {failure.value}"))

    def item_error(self, failure: Any) -> None:
        """Writing raised something that is not the store's."""
        self._report.fail(SourceError(f"writing failed: {failure.type.__name__}: {failure.value}"))


class Drive(Protocol):
    """Runs one spider to its end and returns it."""

    def __call__(self, settings: dict[str, Any], spider: type[Spider], watch: Watch, /, **arguments: Any) -> object:
        """The spider after its crawl."""


def drive_process(settings: dict[str, Any], spider: type[Spider], watch: Watch, /, **arguments: Any) -> object:
    """Start the reactor of this process for one crawl; it cannot be started again."""
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(spider)
    watch.connect(crawler)
    process.crawl(crawler, **arguments)
    process.start()
    return crawler.spider


def run_job(job: Job, drive: Drive = drive_process) -> Report:
    """Make the visit and write all of it into the store; raises TbtwatchError when the store fails."""
    declaration = declared_source(job.source)
    instant = job.instant
    clock = fixed_clock(instant) if instant else system_clock
    engine = open_store(job.database_url)
    report = Report(job.source)
    with writing(engine) as session:
        state = source_state(session, job.source)
    mode = mode_of(job, declaration, state)
    run_id = begin_run(engine, job.source, mode, clock(), job.run)
    try:
        if declaration.key and not declaration.key.optional and not job.key and not job.replay:
            report.fail(MissingKey(f"{declaration.key.setting} is not set: register for a key and put it into .env"))
        else:
            now = clock() if job.judge_age else None
            writer = Writer(
                engine, run_id, job.source, mode, now, clock, declaration.history, last_success_at=state.last_success_at
            )
            _visit(declaration, job, state, report, writer, drive)
            _judge(engine, declaration, job, report, run_id, now)
    finally:
        end_run(engine, run_id, report, clock())
        engine.dispose()
    return report


def _judge(
    engine: Engine, declaration: Declaration, job: Job, report: Report, run_id: int, now: datetime | None
) -> None:
    """Hold a visit that went well against what is expected and usual: silence is a failure."""
    if report.error or job.mode != "recent":
        return
    paging = declaration.paging
    most = paging.size if paging and paging.until_known else None
    past = past_looks(engine, declaration.id, run_id, history=declaration.history)
    for error in judge(report.look, past, declaration.expect, shanghai_day(now) if now else None, most):
        report.fail(error, declaration.url)


def _visit(
    declaration: Declaration, job: Job, state: SourceState, report: Report, writer: Writer, drive: Drive
) -> None:
    with ExitStack() as stack:
        replay = stack.enter_context(ReplayServer(Path(job.replay))) if job.replay else None
        spider = drive(
            scrapy_settings(declaration, contact=job.contact, replaying=replay is not None),
            spider_of(declaration.shape),
            Watch(report),
            declaration=declaration,
            job=job,
            state=state,
            report=report,
            writer=writer,
            replay=replay,
            recorder=_recorder(job) if job.record else None,
        )
    broken = getattr(spider, "broken", None)
    if isinstance(broken, Exception):
        raise (
            broken if isinstance(broken, TbtwatchError) else TbtwatchError(f"{job.source}: the store failed: {broken}")
        )
    if not report.requests and not report.error:
        report.fail(SourceError("nothing was asked: the spider did not start, see the log"))


def _worth_telling(record: logging.LogRecord) -> bool:
    """Our own progress, and what an operator can act on; a robots.txt that cannot be fetched is told by its request."""
    if record.name == "scrapy.downloadermiddlewares.robotstxt":
        return False
    return record.levelno >= logging.WARNING or record.name.startswith("crawlers")


def _recorder(job: Job) -> Recorder:
    return Recorder(
        Path(str(job.record)), recorded_at=job.instant or system_clock(), secrets=(job.key,) if job.key else ()
    )


def _die_with_parent() -> None:
    """A crawl whose parent was killed has nobody to report to: it ends where it stands, and the next run goes on."""
    sys.stdin.read()
    os._exit(1)


def crawl_ordered(order: dict[str, Any]) -> dict[str, Any]:
    """Make the visit that a job, as JSON values, asks for; returns its report as JSON values."""
    return run_job(Job(**order)).as_json()


def main(
    prepare: Callable[[], None] = lambda: None, work: Callable[[dict[str, Any]], dict[str, Any]] = crawl_ordered
) -> None:
    """Read a job, make the visit, print the report (or the error) as one line of JSON.

    `prepare` is called before the visit: the command line has the store upgraded there.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_worth_telling)  # Scrapy sets the levels of its loggers itself
    logging.basicConfig(handlers=[handler], level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    line = sys.stdin.readline()
    if not line.strip():
        return  # started ahead and not needed
    threading.Thread(target=_die_with_parent, daemon=True).start()
    answer: dict[str, Any]
    try:
        prepare()
        answer = work(json.loads(line))
    except TbtwatchError as error:
        answer = {"error": str(error), "exit_code": error.exit_code}
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, default=_plain) + "\n")
    sys.stdout.flush()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


if __name__ == "__main__":
    main()
