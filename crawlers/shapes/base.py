"""What every spider does: ask politely, name what went wrong, hand pages on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode, urlsplit

import scrapy
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from twisted.internet.error import ConnectError, ConnectionDone, ConnectionLost
from twisted.python.failure import Failure

from crawlers import errors
from crawlers.declarations import Declaration
from crawlers.freshness import NOT_MODIFIED, is_unchanged, remembered
from crawlers.jobs import Job
from crawlers.lookups import ids_in
from crawlers.middlewares import headers_of
from crawlers.places import placed
from crawlers.reading import Reading, without_future
from crawlers.recording import Recorder, blank_keys
from crawlers.replay import ReplayServer
from crawlers.visits import Answer, Mark, Page, Report
from crawlers.writing import Writer
from store.clock import shanghai_day, system_clock
from store.crawl import SourceState

_EXCEPTIONS: tuple[tuple[tuple[type[BaseException], ...], type[errors.SourceError], str], ...] = (
    ((DownloadTimeoutError, TimeoutError), errors.TimedOut, "no whole answer in time"),
    ((CannotResolveHostError,), errors.DeadHost, "the host's name is unknown"),
    ((DownloadConnectionRefusedError, ConnectError), errors.DeadHost, "nobody answers there"),
    (
        (DownloadFailedError, ResponseDataLossError, ConnectionDone, ConnectionLost),
        errors.ConnectionCut,
        "the connection ended before the whole answer had come",
    ),
    ((DownloadCancelledError,), errors.TooBig, "the answer is larger than the source's limit (politeness.max_bytes)"),
)
_UNPACKERS = ("zlib", "brotli", "brotlicffi", "_brotli", "zstandard")  # their errors have no common class


def error_of(exception: BaseException) -> errors.SourceError:
    """The named error for what the downloader raised."""
    if isinstance(exception, errors.SourceError):
        return exception
    if isinstance(exception, IgnoreRequest):
        if "robots" in str(exception):
            return errors.RobotsRefused("robots.txt forbids this address: ask the publisher, or disable the source")
        if "redirect" in str(exception):
            return errors.RedirectLoop("the address redirects again and again: look where it has moved")
        return errors.TooBig(str(exception) or "the answer was refused")
    for kinds, named, words in _EXCEPTIONS:
        if isinstance(exception, kinds):
            return named(words)
    if type(exception).__module__ in _UNPACKERS:
        return errors.TruncatedAnswer(f"the answer cannot be unpacked ({exception})")
    if isinstance(exception, OSError):
        return errors.ConnectionCut(f"the answer could not be unpacked or read ({exception})")
    return errors.SourceError(f"{type(exception).__name__}: {exception}")


def error_of_status(status: int, *, keyed: bool, retry_after: bool) -> errors.SourceError | None:
    """The named error for a status; None for one that carries an answer. Decided by status, never by the body."""
    if status < 300 or status == 304:
        return None
    if status < 400:  # a redirect that was not followed: without an address, or to one that is none of the web's
        return errors.PageMissing(f"status {status}: the address has moved, and not to one we can follow")
    if status in (401, 403):
        if keyed:
            return errors.KeyRefused(f"status {status}: the key was refused or its quota is used up; check the setting")
        return errors.AccessRefused(f"status {status}: the source refuses us")
    if status in (404, 410):
        return errors.PageMissing(f"status {status}: the address has moved, or the key is missing")
    if status == 429 or (status == 503 and retry_after):
        return errors.Throttled(f"status {status}: the source asks us to slow down; the next visit tries again")
    if status >= 500:
        return errors.ServerTrouble(f"status {status}: the source is in trouble")
    return errors.RequestRefused(f"status {status}: the question is not understood; compare the YAML with the source")


class SourceSpider(scrapy.Spider):
    """The base of the shapes: a shape gives `first_requests` and `read`."""

    name = "source"

    def __init__(
        self,
        declaration: Declaration,
        job: Job,
        state: SourceState,
        report: Report,
        writer: Writer,
        replay: ReplayServer | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        super().__init__(name=declaration.id)
        self.declaration, self.job, self.state, self.report, self.writer = declaration, job, state, report, writer
        self.replay, self.recorder = replay, recorder
        self.broken: Exception | None = None  # why the store could not be written
        self._ids: dict[str, str] = {}  # what lookups found

    @property
    def today(self) -> date:
        """Today in Guangdong, by the set clock or the machine's."""
        return shanghai_day(self.job.instant or system_clock())

    async def start(self) -> AsyncIterator[Request]:
        """The first requests, after the lookups that they need."""
        for request in self._look_up(0) if self.declaration.lookups else self.first_requests():
            yield request

    def _look_up(self, number: int) -> Iterator[Request]:
        lookup = self.declaration.lookups[number]
        request = self.ask({}, url=lookup.url, number=number)
        yield request.replace(callback=self.looked_up)

    def looked_up(self, response: Response, number: int) -> Iterator[Request]:
        """One list of ids, then the next one, then the question itself; without an id nothing is asked."""
        self.report.requests += 1
        try:
            self._check(response)
            self._ids |= ids_in(response.body, self.declaration.lookups[number])
        except errors.SourceError as error:
            self.report.fail(error, self.shown(response.url))
            return
        yield from self._look_up(number + 1) if number + 1 < len(self.declaration.lookups) else self.first_requests()

    def first_requests(self) -> Iterator[Request]:
        """What to ask first."""
        raise NotImplementedError

    def read(self, response: Response, **context: Any) -> Iterator[Page | Mark | Request]:
        """Pages, marks and further requests out of a good answer; raises SourceError."""
        raise NotImplementedError

    def ask(
        self,
        query: dict[str, str],
        headers: dict[str, str] | None = None,
        *,
        url: str = "",
        body: str | None = None,
        **context: Any,
    ) -> Request:
        """A request to `url` (else the declared address) with `query`; `context` comes back to `read`.

        A `body` is posted: as JSON when it begins with a brace or bracket, else as a form.
        """
        if self._ids:
            url, body = placed(url, self._ids), placed(body, self._ids) if body is not None else None
        parts = urlsplit(url or self.declaration.url)
        pairs = list(query.items())
        key = self.declaration.key
        if key and key.parameter and self.job.key:
            pairs.append((key.parameter, self.job.key))
        asked = "&".join(filter(None, (parts.query, urlencode(pairs))))  # a query that is given stays as it was given
        sent = {**self.declaration.headers, **(headers or {})}
        if body is not None:
            form = "application/json" if body[:1] in "{[" else "application/x-www-form-urlencoded"
            sent.setdefault("Content-Type", form)
        return Request(
            parts._replace(query=asked).geturl(),
            method="GET" if body is None else "POST",
            body=body,
            callback=self.received,
            errback=self.failed,
            headers=sent or None,
            cb_kwargs=context,
            dont_filter=True,
        )

    def known_answer(self, url: str) -> dict[str, Any]:
        """What the last good visit remembered of the answer at `url`; nothing when another parser read it."""
        known = self.state.validators.get(url)
        same = isinstance(known, dict) and known.get("parser") == self.declaration.parser_version
        return known if same and isinstance(known, dict) and self.job.mode != "fill" else {}

    def is_unchanged(self, response: Response, url: str) -> bool:
        """Whether the answer at `url` is that of the last visit; its notices then count as unchanged, unread."""
        known = self.known_answer(url)
        if response.status == NOT_MODIFIED and not known:  # an intermediary's mistake: nothing was ever read here
            raise errors.ServerTrouble(f"status {NOT_MODIFIED} to a question that set no condition: nothing was read")
        if not is_unchanged(response.status, response.body, known, self.declaration.parser_version):
            return False
        self.report.look.records += int(known.get("rows", 0))
        self.report.counted_before = (self.report.counted_before or 0) + int(known.get("notices", 0))
        return True

    def remember(self, response: Response, url: str) -> Mark:
        """The mark that keeps the validators of an answer that was read to its end."""
        kept = remembered(response.status, headers_of(response), response.body, self.declaration.parser_version)
        return Mark(validators={url: kept})

    def received(self, response: Response, **context: Any) -> Iterator[Page | Mark | Request]:
        """Check the status, read, and put every named error into the report; what was read before it is kept."""
        self.report.requests += 1
        try:
            self._check(response)
            for part in self.read(response, **context):
                if self.broken is not None:
                    return
                yield part
        except errors.SourceError as error:
            yield from self.missed(error, response.url, **context)
        except errors.BadFile as error:
            yield from self.missed(errors.TruncatedAnswer(str(error)), response.url, **context)

    def failed(self, failure: Failure) -> Iterator[Page | Mark | Request]:
        """Name what the downloader raised."""
        self.report.requests += 1
        request: Request = failure.request  # type: ignore[attr-defined] # Scrapy sets it on every errback
        error = error_of(failure.value or RuntimeError("no cause given"))
        yield from self.missed(error, request.url, **request.cb_kwargs)

    def missed(self, error: errors.SourceError, url: str, **context: Any) -> Iterator[Page | Mark | Request]:
        """Put a named error about the answer at `url` into the report; a shape may go on elsewhere."""
        self.report.fail(error, self.shown(url))
        yield from ()

    def _check(self, response: Response) -> None:
        nothing = self.declaration.no_matches
        if nothing and response.status == nothing.status and nothing.marker.encode() in response.body:
            return
        error = error_of_status(
            response.status, keyed=self.declaration.key is not None, retry_after=b"Retry-After" in response.headers
        )
        if error:
            raise error

    def judged(self, reading: Reading) -> Reading:
        """`reading` without records of the future, where the clock is known."""
        return without_future(reading, self.today) if self.job.judge_age else reading

    def shown(self, url: str) -> str:
        """`url` fit for reports: keys blanked."""
        return blank_keys(url, (self.job.key,) if self.job.key else ())

    def answer(self, response: Response) -> Answer:
        """The raw answer to keep: what the reader's `kept_body(body)` leaves of it, where it must not be kept whole."""
        keep = getattr(self.declaration.module(), "kept_body", None)
        method = response.request.method if response.request else "GET"
        url = self.shown(response.url)
        sent = response.request.body.decode("utf-8", "replace") if response.request and response.request.body else None
        body = keep(response.body) if keep else response.body
        return Answer(method, url, response.status, headers_of(response), system_clock(), body, sent)
