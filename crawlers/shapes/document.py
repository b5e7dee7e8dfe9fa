"""The spider of documents: one file at a time from each host, read on arrival, stored before the next is asked for."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import scrapy
from scrapy import Request
from scrapy.http import Response
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from twisted.python.failure import Failure

from crawlers import errors
from crawlers.declaration_parts import Politeness
from crawlers.document_job import DocumentJob
from crawlers.document_rows import Taken, give_back, note_try, store_answer, store_failure
from crawlers.extracting import Extracted, extract_text
from crawlers.outcomes import pause_after
from crawlers.replay import ReplayServer
from crawlers.shapes.base import error_of, error_of_status
from crawlers.visits import Report
from store.clock import Clock
from store.document import FETCHED, UNREADABLE

MOST_BYTES = 15_000_000
ASKING_SHARE = 0.6  # of the deadline, in which new requests are begun; what is under way may end in the rest
_POLITENESS = Politeness(delay_s=2.0, retries=1, timeout_s=60, max_bytes=MOST_BYTES, longest_wait_s=60)


@dataclass(frozen=True)
class DocumentManners:
    """The manners at every host that has documents, obeying its robots.txt; none of them has a key of ours."""

    politeness: Politeness = _POLITENESS
    key: None = None


@dataclass
class Visit:
    """What one visit has before it, and what came of it: counts per status or problem, hosts that were left and why."""

    engine: Engine
    clock: Clock
    taken: Sequence[Taken]
    counts: Counter[str] = field(default_factory=Counter)
    hosts_left: dict[str, str] = field(default_factory=dict)
    open: dict[int, Taken] = field(default_factory=dict)  # not yet let go of
    asked: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.open = {each.id: each for each in self.taken}

    def begin(self, taken: Taken) -> None:
        """Count the try before the request is sent."""
        note_try(self.engine, taken.id)
        self.asked.add(taken.id)

    def keep(self, taken: Taken, values: dict[str, Any]) -> None:
        """Write what was read, or why it cannot be."""
        store_answer(self.engine, taken.id, values)
        self.counts[values["status"]] += 1
        self.open.pop(taken.id, None)

    def fail(self, taken: Taken, error: errors.SourceError) -> None:
        """Write why there is no file; some failures end the visit to the host."""
        if store_failure(self.engine, taken, error, self.clock()):
            self.hosts_left[taken.host] = str(error)
        self.counts[error.kind] += 1
        self.open.pop(taken.id, None)

    def end(self) -> None:
        """Let go of everything: what an error of ours stopped counts as tried, what was not asked for does not."""
        for taken in list(self.open.values()):
            if taken.id in self.asked:
                self.fail(taken, errors.SourceError("the visit ended before the file was read, see the log"))
                continue
            pause = self.clock() + pause_after(1) if taken.host in self.hosts_left else None
            give_back(self.engine, taken, pause)
            self.counts["not_asked"] += 1
        self.open.clear()


class DocumentSpider(scrapy.Spider):
    """Asks for the documents of a visit, host by host."""

    name = "documents"

    def __init__(self, job: DocumentJob, visit: Visit, report: Report, replay: ReplayServer | None = None) -> None:
        super().__init__(name=self.name)
        self.declaration, self.job, self.visit, self.report, self.replay = DocumentManners(), job, visit, report, replay
        self.recorder = None
        self.broken: DBAPIError | None = None  # why the store could not be written
        self._queues: dict[str, deque[Taken]] = {}
        for taken in visit.taken:
            self._queues.setdefault(taken.host, deque()).append(taken)
        self._until = time.monotonic() + job.deadline_s * ASKING_SHARE
        self._reading = asyncio.Lock()  # one file is read at a time, whatever comes meanwhile

    async def start(self) -> AsyncIterator[Request]:
        """The first file of each host."""
        for host in self._queues:
            for request in self._next(host):
                yield request

    def _next(self, host: str) -> Iterator[Request]:
        """The next request to a host, unless it wants to be left alone or the time is over."""
        queue = self._queues[host]
        if not queue or self.broken or host in self.visit.hosts_left or time.monotonic() > self._until:
            return
        taken = queue.popleft()
        if self._written(lambda: self.visit.begin(taken)):
            yield Request(
                taken.url, callback=self.received, errback=self.failed, cb_kwargs={"taken": taken}, dont_filter=True
            )

    async def received(self, response: Response, taken: Taken) -> AsyncIterator[Request]:
        """Have the file read and write what it holds, or what is wrong with the answer."""
        self.report.requests += 1
        error = error_of_status(response.status, keyed=False, retry_after=b"Retry-After" in response.headers)
        if error is None and not response.body:
            error = errors.EmptyAnswer(f"status {response.status} without a body")
        if error is None:
            async with self._reading:
                found = await asyncio.to_thread(extract_text, response.body)
            if found.problem == "web_page":
                error = errors.HtmlInstead(found.reason)
        if error is not None:
            told = error
            self._written(lambda: self.visit.fail(taken, told))
        else:
            self._written(lambda: self.visit.keep(taken, self._values(response, found)))
        for request in self._next(taken.host):
            yield request

    def failed(self, failure: Failure) -> Iterator[Request]:
        """Name what the downloader raised."""
        self.report.requests += 1
        request: Request = failure.request  # type: ignore[attr-defined] # Scrapy sets it on every errback
        taken: Taken = request.cb_kwargs["taken"]
        error = error_of(failure.value or RuntimeError("no cause given"))
        self._written(lambda: self.visit.fail(taken, error))
        yield from self._next(taken.host)

    def _values(self, response: Response, found: Extracted) -> dict[str, Any]:
        content_type = (response.headers.get(b"Content-Type") or b"").decode("latin-1")
        return {
            "status": UNREADABLE if found.problem else FETCHED,
            "problem": found.problem,
            "reason": found.reason,
            "content_type": content_type[:120],
            "size_bytes": len(response.body),
            "sha256": hashlib.sha256(response.body).hexdigest(),
            "pages": found.pages,
            "is_cut": found.is_cut,
            "text": found.text,
            "fetched_at": self.visit.clock(),
        }

    def _written(self, write: Any) -> bool:
        """Run a write; a store that cannot be written ends the visit."""
        try:
            write()
        except DBAPIError as error:
            self.broken = self.broken or error
        return self.broken is None
