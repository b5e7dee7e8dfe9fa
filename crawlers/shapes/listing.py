"""Listings whose records are told in full on pages of their own: the list in pages, then the details it calls for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from scrapy import Request
from scrapy.http import Response
from sqlalchemy.exc import DBAPIError
from twisted.python.failure import Failure

from crawlers.details import IN_CURSOR, Details, Waiting, address_of, digest_of, key_of
from crawlers.errors import LIMITED, AllRejected, BadRecord, WrongFormat
from crawlers.formats import Found, Record, find_records
from crawlers.mapping import is_meant, read_records
from crawlers.reading import Note, Reading
from crawlers.shapes.paged import PagedSpider, Place
from crawlers.visits import Answer, Mark, Page, of_records
from settings import TbtwatchError

GONE = (404, 410)
MOST_FAILURES = 3  # details that fail, after which no more are asked for at this visit


class ListingSpider(PagedSpider):
    """Asks as PagedSpider does; with `detail`, a record is stored together with its detail.

    A detail is asked for when its record is not known or is listed otherwise than before, at most `detail.most` a
    visit, one after the other. What could not be asked or read waits in SourceState.cursor, also when the list has
    dropped it by then. What a visit read is remembered at its end: one that was killed is asked again.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._details = Details.of_cursor(self.state.cursor)
        self._safe = Details.of_cursor(self.state.cursor)  # what is true whenever the visit ends
        self._cursor = {name: value for name, value in self.state.cursor.items() if name != IN_CURSOR}
        self._queue: deque[str] = deque()
        self._page_keys: list[str] = []
        self._own: list[Record] = []  # of the page: those that are told in full there
        self._left: set[str] = set()  # known, listed as before
        self._tried: set[str] = set()
        self._read = self._unread = self._failures = 0
        self._busy = self._stopped = False

    def read(self, response: Response, **context: Any) -> Iterator[Page | Mark | Request]:
        """A page of the list and what follows, or one detail."""
        if "key" in context:
            yield from self._read_detail(response, context["key"])
            return
        for part in super().read(response, **context):
            yield self._marked(part) if isinstance(part, Mark) else part
            if isinstance(part, Page):
                yield from self._go_on()

    def page_reading(self, response: Response) -> tuple[Reading, str]:
        """The records without a detail of their own; the keys of the others are put into the queue."""
        if self.declaration.detail is None:
            return super().page_reading(response)
        found = self.found(response)
        reading = Reading(rows=len(found.records), total=found.total)
        self._page_keys, self._own = [], []
        for position, record in enumerate(found.records, 1):
            if self._is_meant(record):
                self._sort_in(record, position, response.url, reading)
        return self.judged(reading), found.next_url

    def kept(self, response: Response) -> Answer:
        """Of a page of the list only the records that are stored from it: the others are kept with their details."""
        whole = self.answer(response)
        return whole if self.declaration.detail is None else of_records(whole, self._own)

    def _is_meant(self, record: Record) -> bool:
        """By what the list says; `where` on details is judged when they are there."""
        early = tuple(one for one in self.declaration.where if not one.field.startswith("detail"))
        return is_meant(record, self.declaration.model_copy(update={"where": early})) if early else True

    def _sort_in(self, record: Record, position: int, listing: str, reading: Reading) -> None:
        source = self.declaration
        key = key_of(record, source)
        if not key:
            reading.bad.append(
                BadRecord(f"record {position}", "no key: the field was renamed, or the record is broken")
            )
            return
        if key in self._seen or key in self._page_keys:  # listed before at this visit
            return
        self._page_keys.append(key)
        if self._details.knows(key, digest_of(record, source)):
            self._left.add(key)
            return
        url, elsewhere = address_of(record, source, listing)
        if url:
            self._wait(key, url, record)
            return
        own = self._read_record(record, {})
        self._own.append(record)
        if elsewhere:
            own.notes.append(Note("detail_elsewhere", key, f"its page lies on {elsewhere}: not asked for"))
        if not own.bad:
            self._details.settle(key, digest_of(record, source), notice=bool(own.items))
        reading.add(replace(own, rows=0))

    def _wait(self, key: str, url: str, record: Record) -> None:
        earlier = self._details.waiting.get(key)
        mode = earlier.mode if earlier else self.writer.mode  # history stays history, whenever its detail is read
        self._details.waiting[key] = self._safe.waiting[key] = Waiting(url, record, mode)
        self._queue.append(key)

    def _read_record(self, record: Record, detail: Record) -> Reading:
        return self.judged(read_records(Found([{**record, "detail": detail}]), self.declaration))

    def _fresh(self, reading: Reading) -> bool:
        if self.declaration.detail is None:
            return super()._fresh(reading)
        before = len(self._seen)
        self._seen.update(self._page_keys)
        return len(self._seen) > before or bool(reading.bad)

    def all_known(self, reading: Reading) -> bool:
        """Whether every record of the page was read with its detail and is listed as it was then."""
        if self.declaration.detail is None:
            return super().all_known(reading)
        return bool(self._page_keys) and set(self._page_keys) <= self._left

    def _end(self, place: Place) -> Iterator[Mark | Request]:
        """After the list, what waits since an earlier visit."""
        yield from super()._end(place)
        if not self._open:
            queued = {*self._queue, *self._tried}
            self._queue.extend(key for key in self._details.waiting if key not in queued)
            yield from self._go_on()

    def _go_on(self) -> Iterator[Request]:
        """The next detail, unless one is under way."""
        detail = self.declaration.detail
        while detail and self._queue and not self._busy and not self._stopped and len(self._tried) < detail.most:
            key = self._queue.popleft()
            self._tried.add(key)
            self._busy = True
            request = self.ask({}, url=self._details.waiting[key].url, key=key)
            yield request.replace(callback=self.detail_received, errback=self.detail_failed)

    def detail_received(self, response: Response, key: str) -> Iterator[Page | Mark | Request]:
        """One detail, then the next; one that is gone leaves what the list said."""
        if response.status in GONE:
            self.report.requests += 1
            note = Note("detail_missing", key, f"its page {self.shown(response.url)} is gone: the list's data was kept")
            yield from self._settled(key, {}, response, note)
        else:
            yield from self.received(response, key=key)
        yield from self._after(key)

    def detail_failed(self, failure: Failure) -> Iterator[Page | Mark | Request]:
        """Name what went wrong; the record waits for the next visit."""
        yield from self.failed(failure)
        request: Request = failure.request  # type: ignore[attr-defined] # Scrapy sets it on every errback
        yield from self._after(request.cb_kwargs["key"])

    def _after(self, key: str) -> Iterator[Request]:
        self._busy = False
        self._failures += key in self._details.waiting
        limited = self.report.error is not None and self.report.error.status == LIMITED
        self._stopped = self._failures >= MOST_FAILURES or limited
        yield from self._go_on()

    def _read_detail(self, response: Response, key: str) -> Iterator[Page | Mark | Request]:
        assert self.declaration.detail
        body = self.answer(response).body  # without what must not be kept
        found = find_records(body, self.declaration.detail.format)
        if not any(value for name, value in (found.records[:1] or [{}])[0].items() if name != "page"):
            raise WrongFormat(f"the page of {key} holds no detail: see detail.format in the source's YAML")
        yield from self._settled(key, found.records[0], response)

    def _settled(self, key: str, detail: Record, response: Response, *notes: Note) -> Iterator[Page]:
        """The record with its detail, stored; a record that cannot be read is named, and asked again when listed."""
        waiting = self._details.waiting[key]
        reading = self._read_record(waiting.record, detail)
        reading.rows, self._read, self._unread = 0, self._read + 1, self._unread + bool(reading.bad)
        reading.notes += notes
        yield Page(reading, of_records(self.answer(response), [{**waiting.record, "detail": detail}]), waiting.mode)
        if reading.bad:
            del self._details.waiting[key]
        else:
            self._details.settle(key, digest_of(waiting.record, self.declaration), notice=bool(reading.items))

    def _marked(self, mark: Mark) -> Mark:
        """`mark` beside what is true of the details however this visit ends."""
        if self.declaration.detail is None:
            return mark
        if mark.validators is not None:
            known = {url: {**kept, "notices": len(self._seen)} for url, kept in mark.validators.items()}
            return replace(mark, validators=known)
        self._cursor = dict(mark.cursor or {})
        return Mark(cursor={**self._cursor, **self._safe.in_cursor(self._seen)})

    def closed(self, reason: str) -> None:
        """All is stored: remember what was read and what waits."""
        if self.declaration.detail is None or self.broken is not None:
            return
        waiting = len(self._details.waiting)
        if self._left:
            notices = len(self._left) - self._details.without_notice(self._left)
            self.report.counted_before = (self.report.counted_before or 0) + notices
        elif self.report.counted_before:  # the list is the one of the last visit
            others = self._read + waiting + self._details.without_notice(self._details.done)
            self.report.counted_before = max(0, self.report.counted_before - others)
        if self._read and self._unread == self._read and not self._left:
            self.report.fail(AllRejected(f"not one of {self._read} details could be read: see detail in the YAML"))
        if waiting:
            words = f"{waiting} records wait for their details until the next visit"
            self.report.add_notes([Note("details_waiting", "", words)])
        try:
            mark = Mark(cursor={**self._cursor, **self._details.in_cursor(self._seen)})
            self.writer.store(mark, self.report)
        except (DBAPIError, TbtwatchError) as error:
            self.broken = error
