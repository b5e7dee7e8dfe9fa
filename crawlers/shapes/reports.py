"""Sources that publish reports or issues: an index lists them, and each holds many records."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from datetime import date, timedelta
from time import monotonic
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.http import Response

from crawlers.declaration_parts import Index
from crawlers.errors import (
    LIMITED,
    AccessRefused,
    AllRejected,
    BadRecord,
    HtmlInstead,
    NothingListed,
    PageMissing,
    RequestRefused,
    RobotsRefused,
    SourceError,
    Throttled,
    TooMany,
    TruncatedAnswer,
    WrongFormat,
)
from crawlers.formats import Found, Record, find_records
from crawlers.freshness import conditions
from crawlers.mapping import is_meant, read_records
from crawlers.paths import filled
from crawlers.reading import Note, Reading
from crawlers.reports import Ledger, Listed, listed_reports
from crawlers.shapes.base import SourceSpider
from crawlers.shapes.paged import FILL_SHARE
from crawlers.visits import Answer, Mark, Page, of_records

log = logging.getLogger("crawlers")

NO_REPORT = (PageMissing, RequestRefused, HtmlInstead, WrongFormat)  # then the report's other address may have it
OUTAGE = (AccessRefused, RobotsRefused, TruncatedAnswer)  # beside those that may pass: nothing more is asked today


def is_outage(error: SourceError) -> bool:
    """Whether the source is in trouble, and not the one report."""
    return error.retry or error.status == LIMITED or isinstance(error, OUTAGE)


class ReportsSpider(SourceSpider):
    """Asks the index, then report after report; each is stored and marked as read before the next one is asked.

    `expect.least` and `expect.most` are of one report: a visit after which nothing was published reads none.
    `expect.marker` stands in every report. With `detail`, the pages of a report's records come before it is stored.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._started = monotonic()
        self._ledger = Ledger.of(dict(self.state.cursor))
        self._todo: deque[Listed] = deque()
        self._asked = self._details = 0
        self._index_mark: Mark | None = None
        self._left = False  # something stays unread: the index must not count as known

    @property
    def index(self) -> Index:
        """As declared."""
        assert self.declaration.index
        return self.declaration.index

    @property
    def _fills(self) -> bool:
        return self.job.mode == "fill"

    def first_requests(self) -> Iterator[Request]:
        """The index, if it changed or a report is to be read again."""
        known = {} if self._ledger.has_due(self.today) else self.known_answer(self.declaration.url)
        yield self.ask(dict(self.declaration.query), conditions(known))

    def read(self, response: Response, **context: Any) -> Iterator[Page | Mark | Request]:
        """The index, a report, or the page of one record of a report."""
        if "report" not in context:
            yield from self._read_index(response)
        elif "place" not in context:
            yield from self._read_report(response, context["report"])
        else:
            yield from self._read_detail(response, **context)

    def missed(self, error: SourceError, url: str, **context: Any) -> Iterator[Page | Mark | Request]:
        """Try the report's other address; else name the error, leave it unread and go on, unless all is down."""
        report: Listed | None = context.get("report")
        if report is None:
            yield from super().missed(error, url)
            return
        if "place" in context and not is_outage(error):  # the record is worth having without its page
            self.report.fail(error, self.shown(url))
            yield from self._with_details(report, context["records"], context["answer"], context["place"] + 1)
            return
        turn = context.get("turn", 0) + 1
        if "place" not in context and isinstance(error, NO_REPORT) and turn < len(report.urls):
            yield self._ask(report, turn, context.get("first_error") or error)
            return
        self.report.fail(context.get("first_error") or error, self.shown(url if "place" in context else report.urls[0]))
        self._left = True
        if not is_outage(error):
            if self._fills:
                self._ledger.note_filled(report, missed=True)
            yield from self._go_on()

    def _read_index(self, response: Response) -> Iterator[Page | Mark | Request]:
        if not self._ledger.has_due(self.today) and self.is_unchanged(response, self.declaration.url):
            self._judge_age()
            return
        found = find_records(response.body, self.index.format)
        listed, bad = listed_reports(found.records, self.declaration, self.today if self.job.judge_age else None)
        if bad and not listed:
            raise AllRejected(f"not one line of the index could be read: {bad[0]}")
        if not listed:
            raise NothingListed("the index lists no report: an empty index is not silence")
        self.report.add_bad(bad)
        self._index_mark = self.remember(response, self.declaration.url)
        self._plan(listed)
        self._judge_age()
        yield from self._go_on()

    def _plan(self, listed: list[Listed]) -> None:
        """What this visit reads."""
        if self._fills:
            self._ledger.begin(listed, 0)
            self._todo.extend(self._ledger.backlog(listed, self.job.since_day))
            return
        self._ledger.begin(listed, self.index.first)
        unread, due = self._ledger.unread(listed), self._ledger.due(listed, self.today)
        self._todo.extend([*unread, *due][: self.index.most])
        self._left = len(unread) > self.index.most
        if self._left:
            log.info("%s: %d reports are not read yet, %d this time", self.name, len(unread), self.index.most)

    def _judge_age(self) -> None:
        """An index that goes on listing what is old has been left by its publisher."""
        most = self.declaration.expect.max_age_days
        newest = self._ledger.newest
        if most and newest and self.job.judge_age and date.fromisoformat(newest) < self.today - timedelta(days=most):
            self.report.fail(NothingListed(f"the newest report is of {newest}, more than {most} days ago"))

    def _go_on(self) -> Iterator[Mark | Request]:
        """The next report, or the end of the visit."""
        detail = self.declaration.detail
        if self._todo and detail and self._details >= detail.most:
            log.info("%s: enough pages for one visit, the rest of the reports next time", self.name)
            self._todo.clear()
            self._left = True
        late = self._fills and self._asked and monotonic() - self._started > FILL_SHARE * self.job.deadline_s
        if self._todo and late:
            at = self._ledger.filled or ("", "")
            self.report.fail(Throttled(f"filled back to {at[0]} in the time allowed: run --fill again to go on"))
        elif self._todo:
            self._asked += 1
            yield self._ask(self._todo.popleft(), 0, None)
            return
        elif self._fills:
            self._ledger.end_fill()
        yield Mark(cursor=self._ledger.as_json())
        if self._index_mark and not self._left and not self._fills:
            yield self._index_mark

    def _ask(self, report: Listed, turn: int, error: SourceError | None) -> Request:
        return self.ask({}, url=report.urls[turn], report=report, turn=turn, first_error=error)

    def _read_report(self, response: Response, report: Listed) -> Iterator[Page | Mark | Request]:
        found = find_records(response.body, self.declaration.format, self.declaration.expect.marker)
        told = {**report.told, "url": response.url}
        records = [{**record, "report": told} for record in found.records]
        yield from self._with_details(report, records, self.answer(response), 0)

    def _with_details(
        self, report: Listed, records: list[Record], answer: Answer, place: int
    ) -> Iterator[Page | Mark | Request]:
        """Ask for the page of the next record that has one, from `place` on; then the report is whole."""
        for number in range(place, len(records)) if self.declaration.detail else ():
            at = urljoin(answer.url, self._page_of(records[number]))
            if at != answer.url and urlsplit(at).netloc in self.declaration.hosts:
                self._details += 1
                yield self.ask({}, url=at, report=report, records=records, answer=answer, place=number)
                return
        yield from self._store(report, records, answer)

    def _page_of(self, record: Record) -> str:
        """The address of the record's own page, from the record as the reader prepares it; "" without one."""
        prepare = getattr(self.declaration.module(), "prepare", None)
        try:
            prepared = prepare(record) if prepare else record
        except BadRecord:  # named when the report is read
            return ""
        meant = prepared is not None and is_meant(record, self.declaration)
        return filled(self.declaration.detail.url, prepared) if meant and self.declaration.detail else ""

    def _read_detail(
        self, response: Response, report: Listed, records: list[Record], answer: Answer, place: int
    ) -> Iterator[Page | Mark | Request]:
        assert self.declaration.detail
        found = find_records(response.body, self.declaration.detail.format)
        if not found.records:
            raise WrongFormat("the record's page has nothing of what is declared: the page has changed")
        records[place] = {**records[place], "detail": found.records[0]}
        yield from self._with_details(report, records, answer, place + 1)

    def _store(self, report: Listed, records: list[Record], answer: Answer) -> Iterator[Page | Mark | Request]:
        reading = self.judged(read_records(Found(records), self.declaration))
        reading.notes += _shared_keys(reading)
        yield Page(reading, of_records(answer, records))
        self._judge_number(reading, answer)
        if self._fills:
            self._ledger.note_filled(report)
        else:
            self._ledger.note_read(report, self.today, self.index.again_days)
        yield Mark(cursor=self._ledger.as_json())
        yield from self._go_on()

    def _judge_number(self, reading: Reading, answer: Answer) -> None:
        """Raises AllRejected, NothingListed, TooMany."""
        expect, nothing = self.declaration.expect, self.declaration.no_matches
        listed = len(reading.items) + len(reading.bad)
        if reading.bad and not reading.items:
            raise AllRejected(f"not one of {listed} records could be read: {reading.bad[0]}")
        says_so = nothing and answer.status == nothing.status and nothing.marker.encode() in answer.body
        if listed < expect.least and not says_so:
            raise NothingListed(f"{listed} records in a report, at least {expect.least} expected: it stays unread")
        if expect.most and listed > expect.most:
            raise TooMany(f"{listed} records in a report, at most {expect.most} expected: it is no longer understood")


def _shared_keys(reading: Reading) -> list[Note]:
    """Two records under one key with different titles: one of them would be lost."""
    titles: dict[str, str] = {}
    return [
        Note("shared_key", item.source_key, f"two records have this key: '{titles[item.source_key]}', '{item.title}'")
        for item in reading.items
        if titles.setdefault(item.source_key, item.title) != item.title
    ]
