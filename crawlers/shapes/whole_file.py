"""A whole publication in one file: fetched only when it changed, read in batches, compared with the last visit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawlers.details import key_of
from crawlers.errors import AllRejected, IncompleteListing, NothingListed, TooMany
from crawlers.formats import Found, Record, each_record
from crawlers.freshness import conditions
from crawlers.mapping import is_meant, read_records
from crawlers.reading import Note, Reading
from crawlers.shapes.base import SourceSpider
from crawlers.visits import Answer, Mark, Page, of_records

BATCH_RECORDS = 500
SHOWN = 5  # keys in the note on what is no longer listed


class WholeFileSpider(SourceSpider):
    """Asks with the validators of the last visit; the same bytes, read by the same parser, are not read again.

    Every record goes to the store, which knows those that say what they said. Records that are no longer in the file
    are counted and noted, never deleted. A reader module may have `read_file(body) -> dict`: what the file holds
    beside its records (a table of codes), joined to each of them as "file"; and `keys_of(record) -> list`: every key
    under which the store may hold a record, where it has other ones at other times.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._listed: set[str] = set()  # keys of all records in the file, also of those that are not meant
        self._read: set[str] = set()  # keys of the items
        self._bad = 0
        self._newest: date | None = None

    def first_requests(self) -> Iterator[Request]:
        """The file, if it changed."""
        yield self.ask(self.declaration.query, conditions(self.known_answer(self.declaration.url)))

    def read(self, response: Response, **context: Any) -> Iterator[Page | Mark | Request]:
        """The records in batches, and at the end what to remember: only of a file that was found whole."""
        url = self.declaration.url
        if self.is_unchanged(response, url):
            return
        known = self.known_answer(url)
        yield from self._pages(response.body, self.answer(response))
        self._judge(int(known.get("notices", 0)))
        gone = self._note_gone(int(known.get("gone", 0)))
        (kept,) = (self.remember(response, url).validators or {}).values()
        yield Mark(validators={url: {**kept, "notices": len(self._read), "gone": gone}})

    def _pages(self, body: bytes, answer: Answer) -> Iterator[Page]:
        source, module = self.declaration, self.declaration.module()
        beside = {"file": module.read_file(body)} if hasattr(module, "read_file") else {}
        records = self._meant(each_record(body, source.format, source.expect.marker))
        while batch := list(islice(records, BATCH_RECORDS)):
            reading = self.judged(read_records(Found([{**record, **beside} for record in batch]), source))
            self._count(reading)
            yield Page(reading, of_records(answer, batch, beside))
            self._refuse_too_many()

    def _meant(self, records: Iterable[Record]) -> Iterator[Record]:
        """Those that are meant; the key of each counts as listed, so that one that is passed over is not missed."""
        keys_of = getattr(self.declaration.module(), "keys_of", None)
        for record in records:
            self._listed.update(keys_of(record) if keys_of else [key_of(record, self.declaration)])
            if is_meant(record, self.declaration):
                yield record

    def _count(self, reading: Reading) -> None:
        self._read.update(item.source_key for item in reading.items)
        self._bad += len(reading.bad)
        days = [item.published_on for item in reading.items if item.published_on]
        self._newest = max(filter(None, (self._newest, *days)), default=None)

    def _refuse_too_many(self) -> None:
        most = self.declaration.expect.most
        if most and len(self._read) > most:
            raise TooMany(f"more than the {most} records expected at most: the file is not what it was")

    def _judge(self, before: int) -> None:
        """Raises AllRejected, NothingListed, IncompleteListing; `before`: notices of the last good visit."""
        expect, found = self.declaration.expect, len(self._read) + self._bad
        if self._bad and not self._read:
            raise AllRejected(f"not one of {found} records could be read: a field that must be there was renamed")
        if found < expect.least:
            raise NothingListed(f"{found} records in the file, at least {expect.least} expected: it was cut or emptied")
        if found < before * expect.share:
            raise IncompleteListing(
                f"{found} records where the last visit found {before}: the file is not whole; if the publisher "
                f"did shorten it, take it as it is with `tbtwatch crawl {self.declaration.id} --fill`"
            )
        oldest = self.today - timedelta(days=expect.max_age_days) if expect.max_age_days else None
        if oldest and self.job.judge_age and self._newest and self._newest < oldest:
            raise NothingListed(f"the newest record is of {self._newest}: the file is no longer kept up")

    def _note_gone(self, before: int) -> int:
        """How many stored records the file does not list; noted when there are more than at the last visit."""
        gone = self.writer.unlisted_keys(self._listed | self._read)
        if len(gone) > before:
            some = ", ".join(gone[:SHOWN]) + (" ..." if len(gone) > SHOWN else "")
            words = f"{len(gone)} stored records are no longer in the file ({before} before): {some}; they are kept"
            self.report.add_notes([Note("no_longer_listed", "", words)])
        return len(gone)
