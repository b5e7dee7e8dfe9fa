"""JSON operations that list records in pages: the recent window of days, or slices of days back into the past."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from time import monotonic
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawlers.declarations import Paging, Window
from crawlers.errors import AllRejected, IncompleteListing, NothingListed, Throttled
from crawlers.reading import Reading
from crawlers.shapes.base import SourceSpider
from crawlers.visits import Mark, Page
from store.clock import shanghai_day

MOST_PAGES = 2000  # of one slice; a listing that never ends is an error of the source, not work
DRIFT = 0.98  # the source's own count may move a little while its pages are read
FILL_SHARE = 0.9  # of the deadline, after which a fill begins no further slice


@dataclass(frozen=True)
class Place:
    """Where in the listing a request stands."""

    days: dict[str, str]  # the window's query parameters
    number: int  # of the page
    first_day: date | None = None  # of the slice, on a fill
    listed: int = 0  # records on the pages before


class JsonApiSpider(SourceSpider):
    """Asks page after page until the source's own count is reached or a page is short."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._started = monotonic()
        self._seen: set[str] = set()
        self._listed = 0
        self._reader = self.declaration.read()

    @property
    def _paging(self) -> Paging:
        assert self.declaration.paging  # the declaration's own check
        return self.declaration.paging

    def first_requests(self) -> Iterator[Request]:
        """The recent window's first page, or the newest slice of a fill not yet done."""
        if self.job.mode == "fill" and self.declaration.window:
            yield self._slice(*self._first_slice(self.declaration.window))
        else:
            yield self._page(Place(self._recent(), self._paging.first))

    def _recent(self) -> dict[str, str]:
        """Only the recent days, also on an empty database; after a silence of ours, back to the last good visit."""
        window = self.declaration.window
        if window is None:
            return {}
        begin = self.today - timedelta(days=window.days)
        if self.state.last_success_at:
            begin = min(begin, shanghai_day(self.state.last_success_at) - timedelta(days=window.overlap_days))
        return {window.from_parameter: begin.isoformat()}

    def _first_slice(self, window: Window) -> tuple[date, date]:
        """(first day, last day): where an interrupted fill stopped, else up to today."""
        since = self.job.since_day or window.earliest
        stopped = self.state.cursor.get("filled_down_to")
        last = date.fromisoformat(str(stopped)) - timedelta(days=1) if stopped else self.today
        if last < since:
            last = self.today
        return max(since, last - timedelta(days=window.slice_days - 1)), last

    def _slice(self, first: date, last: date) -> Request:
        window = self.declaration.window
        assert window
        days = {window.from_parameter: first.isoformat(), window.to_parameter: last.isoformat()}
        return self._page(Place(days, self._paging.first, first))

    def _page(self, place: Place) -> Request:
        paging = self._paging
        pages = {paging.parameter: str(place.number), paging.size_parameter: str(paging.size)}
        return self.ask({**self.declaration.query, **place.days, **pages}, place=place)

    def read(self, response: Response, **context: Any) -> Iterator[Page | Mark | Request]:
        """One page, then the next one, then the next slice."""
        reading = self.judged(self._reader(response.body, self.declaration.id))
        place: Place = replace(context["place"], listed=context["place"].listed + reading.rows)
        self._listed += reading.rows
        fresh = self._fresh(reading)
        yield Page(reading, self.answer(response))
        if self._more(reading, place.listed) and fresh and place.number < self._paging.first + MOST_PAGES:
            yield self._page(replace(place, number=place.number + 1))
            return
        if reading.total is not None and place.listed < int(reading.total * DRIFT):
            raise IncompleteListing(f"the source counts {reading.total} records but lists {place.listed}")
        if place.first_day is None:
            self._judge(place.listed)
        else:
            yield from self._next_slice(place.first_day)

    def _fresh(self, reading: Reading) -> bool:
        """Whether the page brought a record that no earlier one had: pages that repeat must not be read for ever."""
        before = len(self._seen)
        self._seen.update(item.source_key for item in reading.items)
        return len(self._seen) > before or bool(reading.bad)

    def _more(self, reading: Reading, listed: int) -> bool:
        size = min(self._paging.size, reading.page_size or self._paging.size)  # the source may cap what we asked for
        return reading.rows >= size and (reading.total is None or listed < reading.total)

    def _judge(self, listed: int) -> None:
        if listed and not self._seen:
            raise AllRejected(f"not one of {listed} records could be read: a field that must be there was renamed")
        if listed < self.declaration.expect.least:
            raise NothingListed(
                f"{listed} records in the window, at least {self.declaration.expect.least} expected: "
                "an empty answer is not silence"
            )

    def _next_slice(self, first_day: date) -> Iterator[Mark | Request]:
        window = self.declaration.window
        assert window
        since = self.job.since_day or window.earliest
        if first_day <= since:
            self._judge(self._listed)
            yield Mark(cursor={})
            return
        yield Mark(cursor={"filled_down_to": first_day.isoformat()})
        if monotonic() - self._started > FILL_SHARE * self.job.deadline_s:
            raise Throttled(f"filled back to {first_day} in the time allowed: run --fill again to go on")
        last = first_day - timedelta(days=1)
        yield self._slice(max(since, last - timedelta(days=window.slice_days - 1)), last)
