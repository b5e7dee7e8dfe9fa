"""Sources that list records in pages: a window of days, newest first until known, or one page; by GET or POST."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from time import monotonic
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.http import Response

from crawlers.declaration_parts import Paging, Window
from crawlers.errors import AllRejected, IncompleteListing, NothingListed, Throttled, TooMany, WrongFormat
from crawlers.formats import Found
from crawlers.freshness import conditions
from crawlers.mapping import found_in, read_records
from crawlers.places import day_parameters, day_places, page_parameters, page_places, placed
from crawlers.reading import Reading
from crawlers.shapes.base import SourceSpider
from crawlers.visits import Answer, Mark, Page
from store.clock import shanghai_day

DRIFT = 0.98  # the source's own count may move a little while its pages are read
FILL_SHARE = 0.9  # of the deadline, after which a fill begins no further slice
ONE_PAGE = Paging(size=1_000_000, most=1)


@dataclass(frozen=True)
class Place:
    """Where in the listing a request stands."""

    number: int  # of the page
    first: date | None = None  # of the days asked for
    last: date | None = None
    fills: bool = False  # a slice of a fill, after which the next one comes
    listed: int = 0  # records on the pages before
    bad: int = 0  # and those of them that could not be read
    base: str = ""  # the declared address of this listing, where there are several


class PagedSpider(SourceSpider):
    """Asks page after page until the source's own count is reached, a page is short, or all on it is known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._started = monotonic()
        self._seen: set[str] = set()
        self._listed = self._bad = 0
        self._open = 0  # listings not read to their end
        left: Any = self.state.cursor.get("unfinished", ())
        self._cut: set[str] = set(left)  # listings of which a visit read only a part
        self._unfinished = set(self._cut)
        self._first_pages: dict[str, Mark] = {}  # what to remember of them once their listings are read to the end
        self._whole_reader = self.declaration.read() if self.declaration.reads_whole_answers else None

    @property
    def paging(self) -> Paging:
        """As declared; a source without pages has one."""
        return self.declaration.paging or ONE_PAGE

    def first_requests(self) -> Iterator[Request]:
        """The recent window's first page of each listing, or the newest slice of a fill not yet done."""
        filling = self.job.mode == "fill" and self.declaration.window is not None
        asked = [self._first_slice()] if filling else self._recent()
        self._open = len(self.declaration.urls) * len(asked)
        for base in self.declaration.urls:
            for days in asked:
                yield self._page(Place(self.paging.first, *days, fills=filling, base=base))

    def _recent(self) -> Sequence[tuple[date | None, date | None]]:
        """Only the recent days, also on an empty database; after a silence of ours, back to the last good visit."""
        window = self.declaration.window
        if window is None:
            return [(None, None)]
        begin = self.today - timedelta(days=window.days)
        if self.state.last_success_at:
            begin = min(begin, shanghai_day(self.state.last_success_at) - timedelta(days=window.overlap_days))
        if window.daily:
            days = [begin + timedelta(days=n) for n in range((self.today - begin).days + 1)]
            return list(zip(days, days, strict=True))
        return [(begin, self.today if self._names_end(window) else None)]

    def _names_end(self, window: Window) -> bool:
        """Whether the question has a place for the last day in the query or body itself."""
        return "{to}" in self.declaration.body or any("{to}" in value for value in self.declaration.query.values())

    @property
    def _window(self) -> Window:
        assert self.declaration.window
        return self.declaration.window

    def _first_slice(self) -> tuple[date, date]:
        """(first day, last day): where an interrupted fill stopped, else up to today."""
        window = self._window
        since = self.job.since_day or window.earliest
        stopped = self.state.cursor.get("filled_down_to")
        last = date.fromisoformat(str(stopped)) - timedelta(days=1) if stopped else self.today
        if last < since:
            last = self.today
        return max(since, last - timedelta(days=window.slice_days - 1)), last

    def _page(self, place: Place) -> Request:
        source, paging = self.declaration, self.paging
        places = {**day_places(source.window, place.first, place.last), **page_places(paging, place.number)}
        query = {name: placed(value, places) for name, value in source.query.items()}
        query |= day_parameters(source.window, places) | page_parameters(paging, places)
        body = placed(source.body, places) if source.body else None
        known = self.known_answer(place.base) if self._asks_conditionally(place) else {}
        return self.ask(query, conditions(known), url=placed(place.base, places), body=body, place=place)

    def _asks_conditionally(self, place: Place) -> bool:
        """A first page that stands for all that is new: the same bytes again hold nothing to read.

        Not where the question changes with the day: then the answer to another question is no measure.
        """
        is_first = place.number == self.paging.first and self.declaration.window is None
        return is_first and (self.paging.most == 1 or self.paging.until_known)

    def read(self, response: Response, **context: Any) -> Iterator[Page | Mark | Request]:
        """One page, then the next one, then the next slice."""
        if self._asks_conditionally(context["place"]) and self.is_unchanged(response, context["place"].base):
            yield from self._end(context["place"])
            return
        if self._asks_conditionally(context["place"]):
            self._first_pages[context["place"].base] = self.remember(response, context["place"].base)
        reading, next_url = self.page_reading(response)
        place: Place = context["place"]
        place = replace(place, listed=place.listed + reading.rows, bad=place.bad + len(reading.bad))
        self._listed, self._bad = self._listed + reading.rows, self._bad + len(reading.bad)
        fresh = self._fresh(reading)
        # After a cut the first page may be known and the second not: then all are read.
        known = self.paging.until_known and place.base not in self._cut and self.all_known(reading)
        if self.paging.until_known and not known:
            yield from self._note_finished(place, finished=False)
        yield Page(reading, self.kept(response))
        if fresh and not known and place.number < self.paging.first + self.paging.most - 1:
            following = self._following(response, reading, place, next_url)
            if following is not None:
                yield following
                return
        if not known and self._is_incomplete(reading.total, place.listed):
            raise IncompleteListing(f"the source counts {reading.total} records but lists {place.listed}")
        yield from self._end(place)
        if place.base in self._first_pages:
            yield self._first_pages.pop(place.base)

    def _is_incomplete(self, total: int | None, listed: int) -> bool:
        return total is not None and listed < int(total * DRIFT) and self.paging.most > 1

    def kept(self, response: Response) -> Answer:
        """The raw answer to keep of a page."""
        return self.answer(response)

    def page_reading(self, response: Response) -> tuple[Reading, str]:
        """What one answer holds, and the next page's address where the answer names it."""
        if self._whole_reader:
            return self.judged(self._whole_reader(response.body, self.declaration.id)), ""
        found = self.found(response)
        return self.judged(read_records(found, self.declaration)), found.next_url

    def found(self, response: Response) -> Found:
        """The records of an answer; what the source calls "nothing found" is none."""
        nothing = self.declaration.no_matches
        if nothing and response.status == nothing.status:
            return Found()
        return found_in(response.body, self.declaration)

    def _following(self, response: Response, reading: Reading, place: Place, next_url: str) -> Request | None:
        if self.paging.by == "next":
            return self._next_page(response, place, next_url) if next_url else None
        size = min(self.paging.size, reading.page_size or self.paging.size)  # the source may cap what we asked for
        if reading.rows >= size and (reading.total is None or place.listed < reading.total):
            return self._page(replace(place, number=place.number + 1))
        return None

    def _next_page(self, response: Response, place: Place, next_url: str) -> Request:
        url = urljoin(response.url, next_url)
        if urlsplit(url).netloc != urlsplit(place.base).netloc:  # an answer must not send us elsewhere
            raise WrongFormat(f"the next page lies on another host: {urlsplit(url).netloc}")
        return self.ask({}, url=url, place=replace(place, number=place.number + 1))

    def _fresh(self, reading: Reading) -> bool:
        """Whether the page brought a record that no earlier one had: pages that repeat must not be read for ever."""
        before = len(self._seen)
        self._seen.update(item.source_key for item in reading.items)
        return len(self._seen) > before or bool(reading.bad)

    def all_known(self, reading: Reading) -> bool:
        """Whether the store has every record of the page already."""
        keys = [item.source_key for item in reading.items]
        return bool(keys) and self.writer.known_keys(keys) >= set(keys)

    def _end(self, place: Place) -> Iterator[Mark | Request]:
        """A listing is read to its end: judge it, or go on with the next slice of a fill.

        Raises AllRejected also when another listing of the source could be read.
        """
        window = self.declaration.window
        whole = not place.fills and not (window and window.daily)  # a bad slice or day is no bad listing
        if whole and place.bad and place.bad == place.listed:
            raise _all_rejected(place.listed)
        if place.fills and place.first:
            yield from self._next_slice(place, place.first)
            return
        yield from self._note_finished(place, finished=True)
        self._open -= 1
        if not self._open and self.report.counted_before is None:
            self.judge_number(self._listed)

    def _note_finished(self, place: Place, *, finished: bool) -> Iterator[Mark]:
        """Remember that a listing's pages are being read, and that they were read to the end."""
        if (place.base in self._unfinished) is finished:
            self._unfinished ^= {place.base}
            yield Mark(cursor={"unfinished": sorted(self._unfinished)} if self._unfinished else {})

    def judge_number(self, listed: int) -> None:
        """Raises AllRejected, NothingListed, TooMany."""
        expect = self.declaration.expect
        if self._bad and not self._seen:
            raise _all_rejected(listed)
        if listed < expect.least:
            raise NothingListed(
                f"{listed} records in the window, at least {expect.least} expected: an empty answer is not silence"
            )
        if expect.most and listed > expect.most:
            raise TooMany(f"{listed} records, at most {expect.most} expected: the question is no longer understood")

    def _next_slice(self, place: Place, first_day: date) -> Iterator[Mark | Request]:
        window = self._window
        since = self.job.since_day or window.earliest
        if first_day <= since:
            self.judge_number(self._listed)
            yield Mark(cursor={})
            return
        yield Mark(cursor={"filled_down_to": first_day.isoformat()})
        if monotonic() - self._started > FILL_SHARE * self.job.deadline_s:
            raise Throttled(f"filled back to {first_day} in the time allowed: run --fill again to go on")
        last = first_day - timedelta(days=1)
        first = max(since, last - timedelta(days=window.slice_days - 1))
        yield self._page(replace(place, number=self.paging.first, first=first, last=last, listed=0, bad=0))


def _all_rejected(listed: int) -> AllRejected:
    return AllRejected(f"not one of {listed} records could be read: a field that must be there was renamed")
