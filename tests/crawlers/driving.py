"""Crawls inside the test process: one reactor in a thread of its own, the real spider, downloader and write path."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.utils.reactor import install_reactor

from crawlers.jobs import Job
from crawlers.process import Watch, run_job
from crawlers.shapes.base import SourceSpider
from crawlers.visits import Report
from store.columns import new_public_id

NOW = "2026-06-03T09:00:00+08:00"


@lru_cache(maxsize=1)
def reactor_loop() -> asyncio.AbstractEventLoop:
    """The loop of the one reactor, started on first use."""
    started = threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    def work() -> None:
        install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
        from twisted.internet import reactor

        loops.append(reactor._asyncioEventloop)
        reactor.callWhenRunning(started.set)
        reactor.run(installSignalHandlers=False)

    threading.Thread(target=work, daemon=True).start()
    assert started.wait(20)
    return loops[0]


def drive_here(settings: dict[str, Any], spider: type[SourceSpider], watch: Watch, /, **arguments: Any) -> object:
    """Run one spider in the test's reactor."""

    async def go() -> object:
        crawler = AsyncCrawlerRunner(settings).create_crawler(spider)
        watch.connect(crawler)
        await crawler.crawl_async(**arguments)
        return crawler.spider

    return asyncio.run_coroutine_threadsafe(go(), reactor_loop()).result(60)


def crawl_here(url: str, source: str, folder: Path, **changes: Any) -> Report:
    """Visit `source` as recorded in `folder`, writing into the store at `url`."""
    values: dict[str, Any] = {
        "source": source,
        "run": new_public_id(),
        "database_url": url,
        "var": str(folder.parent / "var"),
        "mode": "recent",
        "now": NOW,
        "replay": str(folder),
    }
    return run_job(Job(**{**values, **changes}), drive=drive_here)


def write_recording(folder: Path, *exchanges: Mapping[str, Any], recorded_at: str | None = NOW) -> Path:
    """A recording of these exchanges; a `body` in bytes is written to a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, exchange in enumerate(exchanges):
        line = {"method": "GET", "match": "path", "status": 200, **exchange}
        if isinstance(line.get("body"), bytes):
            (folder / f"{number}.bin").write_bytes(line["body"])
            line["body"] = f"{number}.bin"
        lines.append(json.dumps(line))
    (folder / "exchanges.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if recorded_at:
        (folder / "recording.json").write_text(json.dumps({"recorded_at": recorded_at}), encoding="utf-8")
    return folder
