"""Reports that an index lists: which of them were read, which are to be read now. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from crawlers.declarations import Declaration
from crawlers.errors import BadRecord
from crawlers.formats import Record
from crawlers.mapping import day_of
from crawlers.markup import one_line
from crawlers.paths import filled, gathered
from crawlers.reading import FUTURE

KEPT = 200  # reports remembered by key; older ones count as read by their place
Place = tuple[str, str]  # (ISO day, key): the order of reports, also of those of one day
START: Place = ("", "")


@dataclass(frozen=True)
class Listed:
    """One report as the index lists it."""

    key: str
    day: date
    urls: tuple[str, ...]  # tried in turn
    told: Record  # what the index says of it: joins each record under "report"

    @property
    def place(self) -> Place:
        """Its place in the order of reports."""
        return self.day.isoformat(), self.key


def listed_reports(
    records: Sequence[Record], source: Declaration, today: date | None
) -> tuple[list[Listed], list[BadRecord]]:
    """(the reports, newest first, each key once; the lines of the index that cannot be read).

    A reader module may have `prepare_report(record) -> record or None` (None: no report). A day after `today` is an
    error of the index, unless `today` is not known.
    """
    prepare = getattr(source.module(), "prepare_report", None)
    found: dict[str, Listed] = {}
    bad = []
    for record in records:
        prepared = prepare(record) if prepare else record
        if prepared is None:
            continue
        try:
            report = _listed(prepared, source)
            if today and report.day > today + FUTURE:
                raise BadRecord(report.key, f"dated {report.day}, which lies in the future")
            found.setdefault(report.key, report)
        except BadRecord as error:
            bad.append(error)
    return sorted(found.values(), key=lambda report: report.place, reverse=True), bad


def _listed(record: Record, source: Declaration) -> Listed:
    index = source.index
    assert index is not None
    key = one_line(" ".join(gathered((index.key,), record)))[:200]
    printed = " ".join(gathered((index.day,), record))
    day = day_of(printed, source.dates)
    urls = tuple(dict.fromkeys(url for template in index.url if (url := " ".join(gathered((template,), record)))))
    if not key:
        raise BadRecord(urls[0] if urls else printed or "?", "a line of the index names no report: its key is gone")
    if day is None:
        raise BadRecord(key, f"the index gives no day that is understood ('{printed}')")
    if not urls or not urls[0].startswith(("http://", "https://")):
        raise BadRecord(key, "the index gives no address of the report")
    if elsewhere := {urlsplit(url).netloc for url in urls} - source.hosts - {""}:
        raise BadRecord(key, f"the report lies on another host: {', '.join(sorted(elsewhere))}")
    told = {name: filled(path if "{" in path else f"{{{path}}}", record) for name, path in index.take.items()}
    return Listed(key, day, urls, told)


@dataclass
class Ledger:
    """What was read of a source's reports; kept as plain JSON in SourceState.cursor.

    Reports after `above` are the visits' own, those up to it are left to a fill, which walks down to `filled`.
    """

    above: Place | None = None  # None: never visited
    read: dict[Place, str] = field(default_factory=dict)  # -> the day to read it again, "" when that is done
    filled: Place | None = None
    missed: set[str] = field(default_factory=set)  # keys of reports that a fill passed and could not read
    newest: str = ""  # ISO day of the newest report that the index ever listed

    @classmethod
    def of(cls, cursor: dict[str, Any]) -> Ledger:
        """The ledger that `as_json` wrote."""
        above, filled_to = cursor.get("above"), cursor.get("filled")
        return cls(
            tuple(above) if above else None,
            {(day, key): again for day, key, again in cursor.get("read", ())},
            tuple(filled_to) if filled_to else None,
            set(cursor.get("missed", ())),
            cursor.get("newest", ""),
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values, at most KEPT reports by key; what is forgotten counts as read by its place."""
        kept = sorted(self.read)[-KEPT:]
        forgotten = [place for place in self.read if place < kept[0]] if kept else []
        above = max([self.above or START, *forgotten]) if kept else self.above
        values = {
            "above": list(above) if above is not None else None,
            "read": [[*place, self.read[place]] for place in kept],
            "filled": list(self.filled) if self.filled else None,
            "missed": sorted(self.missed),
            "newest": self.newest,
        }
        return {name: value for name, value in values.items() if value}

    def begin(self, listed: Sequence[Listed], first: int) -> None:
        """At the first visit the newest `first` are its own, the others a fill's; later only note the newest day."""
        if self.above is None:
            self.above = listed[first].place if len(listed) > first else START
        self.newest = max(self.newest, listed[0].day.isoformat())
        known = {report.place for report in listed}
        self.read = {place: again if place in known else "" for place, again in self.read.items()}

    def unread(self, listed: Sequence[Listed]) -> list[Listed]:
        """Those never read, the oldest first."""
        return [r for r in reversed(listed) if r.place > (self.above or START) and r.place not in self.read]

    def due(self, listed: Sequence[Listed], today: date) -> list[Listed]:
        """Those to be read once more, since corrections happen in place; the oldest first."""
        return [r for r in reversed(listed) if self._is_due(self.read.get(r.place, ""), today)]

    def has_due(self, today: date) -> bool:
        """Whether there is one to be read again: then the index is needed, also an unchanged one."""
        return any(self._is_due(again, today) for again in self.read.values())

    def _is_due(self, again: str, today: date) -> bool:
        return bool(again) and again <= today.isoformat()

    def backlog(self, listed: Sequence[Listed], since: date | None) -> list[Listed]:
        """What a fill has yet to read, the newest first: what an earlier one missed, and what lies below it."""
        return [
            r
            for r in listed
            if r.place <= (self.above or START)
            and (self.filled is None or r.place < self.filled or r.key in self.missed)
            and (since is None or r.day >= since)
        ]

    def note_read(self, report: Listed, today: date, again_days: int) -> None:
        """A visit stored `report`, for the first or the second time."""
        again = report.day + timedelta(days=again_days)
        is_first = report.place not in self.read
        self.read[report.place] = again.isoformat() if is_first and again_days and again > today else ""

    def note_filled(self, report: Listed, *, missed: bool = False) -> None:
        """A fill stored `report`, or passed it because it cannot be read."""
        self.filled = min(self.filled or report.place, report.place)
        self.missed = self.missed | {report.key} if missed else self.missed - {report.key}

    def end_fill(self) -> None:
        """The fill reached its end: the next one begins anew, unless this one missed some."""
        if not self.missed:
            self.filled = None
