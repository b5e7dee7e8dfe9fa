"""Documents from the outside: write down what is wanted, fetch it in a process of its own, bring its text to bear."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from crawlers.document_job import DEADLINE_S, MOST_AT_ONCE, DocumentJob
from crawlers.document_rows import count_due, want_documents
from crawlers.errors import CrawlKilled
from crawlers.reading_in import read_in
from crawlers.run import CrawlProcess
from settings import Settings
from store.clock import Clock

COMMAND = (sys.executable, "-m", "crawlers.document_process")


def fetch_documents(
    engine: Engine,
    settings: Settings,
    clock: Clock,
    *,
    replay: Path | None = None,
    now: str | None = None,
    limit: int = MOST_AT_ONCE,
    command: Sequence[str] = COMMAND,
) -> dict[str, Any]:
    """Fetch the documents that notices want; returns what was wanted, asked and read as JSON values.

    `now` is the set clock of `clock`, for the visit's own process. Text that a killed run left is read in first. A
    second run finds nothing to do. `reason` tells why the visit itself did not go well, "" when it did; raises
    CrawlFailed when the visit's process cannot use the store.
    """
    wanted = want_documents(engine, clock())
    read = read_in(engine, clock())
    visit: dict[str, Any] = {"asked": 0, "counts": {}, "hosts_left": {}, "reason": ""}
    if count_due(engine, clock()):
        visit |= _visit(_job(settings, replay, now, limit), settings, command)
        read += read_in(engine, clock())
    return {"wanted": wanted, **visit, "notices_read_in": read}


def _job(settings: Settings, replay: Path | None, now: str | None, limit: int) -> DocumentJob:
    return DocumentJob(
        source="documents",
        run="",
        database_url=settings.database_url,
        var=str(settings.var),
        mode="recent",
        now=now,
        replay=str(replay.absolute()) if replay else None,
        contact=settings.contact,
        deadline_s=min(DEADLINE_S, settings.crawl_deadline_s),
        limit=limit,
    )


def _visit(job: DocumentJob, settings: Settings, command: Sequence[str]) -> dict[str, Any]:
    """What the process reports; what it held when it was killed is taken up by the next visit."""
    process = CrawlProcess(command)
    try:
        return process.run(job, settings.crawl_memory_mb)
    except CrawlKilled as error:
        return {"reason": str(error)}
    finally:
        process.close()
