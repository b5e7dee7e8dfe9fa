"""Pages with running numbers and no list: asked upward from the last one found, a few a visit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawlers.declaration_parts import Frontier
from crawlers.errors import AllRejected, PageMissing
from crawlers.formats import Found, Record, find_records
from crawlers.mapping import read_records
from crawlers.places import placed
from crawlers.shapes.base import SourceSpider, error_of_status
from crawlers.visits import Mark, Page, of_records


@dataclass(frozen=True)
class Walk:
    """How far a visit has come. `last`: the highest number found; `next_up`: the number to ask for next."""

    last: int
    next_up: int
    asked: int = 0
    missed: int = 0  # in a row
    again: tuple[int, ...] = ()  # the numbers still to be read once more
    step: str = "control"  # control, then up, then again


class IdFrontierSpider(SourceSpider):
    """The last number found is asked first: where that is said to be missing, the source is out of order.

    Nothing is asked twice in a visit, not even after an error of the server: to such a source that means "no such
    number", and it counts our requests.
    """

    @property
    def rules(self) -> Frontier:
        """How the numbers are walked."""
        assert self.declaration.frontier
        return self.declaration.frontier

    def first_requests(self) -> Iterator[Request]:
        """The last number found; at the first visit the declared one."""
        last = int(str(self.state.cursor.get("last") or self.rules.first))
        next_up = max(int(str(self.state.cursor.get("next_up") or 0)), last + 1)
        yield self._number(last, Walk(last, next_up, again=self._due(last)))

    def _due(self, last: int) -> tuple[int, ...]:
        """The numbers whose turn it is to be read once more: those after the last that was, then from below again."""
        rules = self.rules
        lowest = max(rules.first, last - rules.back)
        span = range(lowest, last)  # the last one itself is asked anyway
        begin = int(str(self.state.cursor.get("again") or 0)) + 1
        ordered = [*(n for n in span if n >= begin), *(n for n in span if n < begin)]
        return tuple(ordered[: rules.again])

    def _number(self, number: int, walk: Walk) -> Request:
        url = placed(self.declaration.url, {"number": str(number)})
        request = self.ask({}, url=url, number=number, walk=replace(walk, asked=walk.asked + 1))
        request.meta["dont_retry"] = True
        return request

    def _check(self, response: Response) -> None:
        if response.status not in self.rules.missing:
            super()._check(response)

    def read(self, response: Response, **context: Any) -> Iterator[Page | Mark | Request]:
        """One page, how far we are, and the next number."""
        number: int = context["number"]
        walk: Walk = context["walk"]
        found = response.status not in self.rules.missing
        if walk.step == "control" and not found:
            known = error_of_status(response.status, keyed=False, retry_after=False)
            raise known or PageMissing(f"number {number}, which exists, is said to be missing")
        if found:
            records = self._records(response, number)
            reading = self.judged(read_records(Found(records), self.declaration))
            yield Page(reading, of_records(self.answer(response), records))
            if walk.step == "control" and reading.bad:
                raise AllRejected(f"number {number} could be read before and cannot now: the page has changed")
        walk = self._went_on(walk, number, found)
        yield Mark(cursor_parts=self._place(walk, number))
        yield from self._next(walk)

    def _records(self, response: Response, number: int) -> list[Record]:
        found = find_records(response.body, self.declaration.format, self.declaration.expect.marker)
        return [{**record, "number": str(number)} for record in found.records]

    def _went_on(self, walk: Walk, number: int, found: bool) -> Walk:
        """The walk after this answer."""
        if walk.step == "control":
            return replace(walk, step="up")
        if walk.step == "up":
            last, missed = (number, 0) if found else (walk.last, walk.missed + 1)
            next_up = number + 1 if number - last < self.rules.ahead else last + 1
            return replace(walk, last=last, next_up=next_up, missed=missed)
        return walk

    def _place(self, walk: Walk, number: int) -> dict[str, int]:
        """What to remember once everything before it is stored."""
        place = {"last": walk.last, "next_up": walk.next_up}
        return {**place, "again": number} if walk.step == "again" else place

    def _next(self, walk: Walk) -> Iterator[Request]:
        """Upward while there is something, then the numbers to be read again; never past the visit's share."""
        if walk.step == "up":
            turned = walk.next_up == walk.last + 1 and walk.missed > 0
            left = self.rules.most - walk.asked - len(walk.again)
            if left > 0 and walk.missed < self.rules.misses and not turned:
                yield self._number(walk.next_up, walk)
                return
            walk = replace(walk, step="again")
        if walk.again and walk.asked < self.rules.most:
            yield self._number(walk.again[0], replace(walk, again=walk.again[1:]))
