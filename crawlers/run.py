"""Crawls from the outside: one subprocess each, with a deadline and a memory limit."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from crawlers.errors import CrawlKilled, SourceError
from crawlers.jobs import Job
from settings import ROOT, Settings, TbtwatchError

AT_ONCE = 2  # crawls side by side; each waits for its own source most of the time
LOOK_EVERY_S = 0.05
COMMAND = (sys.executable, "-m", "crawlers.process")


class CrawlFailed(TbtwatchError):
    """Raised when a crawl's process reports an error that is not the source's (the store, a setting)."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True)
class Order:
    """What was asked for on the command line, for every source alike."""

    fill: bool = False
    since: date | None = None
    replay: Path | None = None
    record: Path | None = None
    now: str | None = None


def job_for(source: str, order: Order, settings: Settings) -> Job:
    """The job of one crawl. A replay takes its clock from --now, else from the recording, else judges no age."""
    key = settings.source_key(source)
    return Job(
        source=source,
        run=secrets.token_hex(16),
        database_url=settings.database_url,
        var=str(settings.var),
        mode="fill" if order.fill else "recent",
        now=order.now,
        replay=str(_recording_of(source, order.replay)) if order.replay else None,
        record=str(order.record) if order.record else None,
        since=order.since.isoformat() if order.since else None,
        key=key.get_secret_value() if key else None,
        contact=settings.contact,
        deadline_s=settings.crawl_deadline_s,
    )


def _recording_of(source: str, folder: Path) -> Path:
    """`folder` itself, or the folder of that source in it."""
    own = folder.absolute() / source
    return own if own.is_dir() else folder.absolute()


class CrawlProcess:
    """A process that has loaded its libraries and waits for its job, so that starting up is not waited for twice."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=self._output,
            cwd=ROOT,
            start_new_session=True,
        )

    def run(self, job: Job, memory_mb: int) -> dict[str, Any]:
        """The report of the crawl as JSON values; raises CrawlKilled and CrawlFailed."""
        stdin = self.process.stdin
        assert stdin is not None
        with suppress(BrokenPipeError):
            stdin.write(json.dumps(job.as_json()).encode() + b"\n")
            stdin.flush()
        begun = time.monotonic()
        while self.process.poll() is None:
            if time.monotonic() - begun > job.deadline_s:
                self._kill(f"the crawl ran longer than {job.deadline_s:.0f} s (TBTWATCH_CRAWL_DEADLINE_S)")
            if resident_mb(self.process.pid) > memory_mb:
                self._kill(f"the crawl used more than {memory_mb} MB (TBTWATCH_CRAWL_MEMORY_MB)")
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(LOOK_EVERY_S)
        return self._result()

    def _result(self) -> dict[str, Any]:
        self._output.seek(0)
        text = self._output.read().decode().strip()
        if not text:
            raise CrawlKilled(f"the crawl's process ended with code {self.process.returncode}, see the log above")
        answer: dict[str, Any] = json.loads(text.splitlines()[-1])
        if "error" in answer:
            raise CrawlFailed(answer["error"], answer["exit_code"])
        return answer

    def _kill(self, why: str) -> None:
        self.close()
        raise CrawlKilled(why)

    def close(self) -> None:
        """End the process, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdin:
            with suppress(OSError):
                self.process.stdin.close()


def resident_mb(pid: int) -> float:
    """Memory of a process in MB; 0 where /proc does not exist."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


class Crawls:
    """Crawls of several sources, some at once. As a context manager: the first processes start while you prepare."""

    def __init__(self, count: int, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._ready = [CrawlProcess(command) for _ in range(min(count, AT_ONCE))]
        self._made = list(self._ready)

    def __enter__(self) -> Crawls:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every process that still runs."""
        for one in self._made:
            one.close()

    def run(self, sources: Sequence[str], order: Order, settings: Settings) -> Iterator[dict[str, Any]]:
        """The report of each source as JSON values, in the order of `sources`; raises CrawlFailed."""
        jobs = [job_for(source, order, settings) for source in sources]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                yield from pool.map(lambda job: self._crawl(job, settings.crawl_memory_mb), jobs)
            except BaseException:
                self.close()  # else the pool would wait for crawls whose reports nobody reads
                raise

    def _crawl(self, job: Job, memory_mb: int) -> dict[str, Any]:
        process = self._ready.pop() if self._ready else self._another()
        try:
            return process.run(job, memory_mb)
        except CrawlKilled as error:
            return _report_death(job, error)

    def _another(self) -> CrawlProcess:
        process = CrawlProcess(self._command)
        self._made.append(process)
        return process


def _report_death(job: Job, error: SourceError) -> dict[str, Any]:
    """Close the run of a crawl that died, and report it like one that failed."""
    from crawlers.runs import end_killed_run
    from crawlers.visits import Report
    from store.clock import system_clock
    from store.engine import open_store

    at = job.instant or system_clock()
    engine = open_store(job.database_url)
    end_killed_run(engine, job.run, job.source, error, at)
    engine.dispose()
    report = Report(job.source)
    report.fail(error)
    return report.as_json()
