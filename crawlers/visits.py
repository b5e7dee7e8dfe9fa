"""One visit to one source: what came, and the report on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawlers.errors import BadRecord, SourceError
from crawlers.jobs import Mode
from crawlers.reading import Note, Reading

OK, UNCHANGED = "ok", "unchanged"
_RANK = {"new": 3, "changed": 2, "unchanged": 1}


@dataclass(frozen=True, repr=False)
class Answer:
    """A raw answer as it came."""

    method: str
    url: str  # keys blanked
    status: int
    headers: dict[str, str]
    fetched_at: datetime
    body: bytes
    request_body: str | None = None


@dataclass(frozen=True, repr=False)
class Page:
    """The records of one answer (or of one run of rows) and the answer itself; passes through the item pipeline."""

    reading: Reading
    answer: Answer
    mode: Mode | None = None  # of the visit that listed the records, where that was an earlier one


@dataclass(frozen=True)
class Mark:
    """What to remember of the source once everything before it is stored: a fill's cursor, an answer's validators."""

    cursor: dict[str, Any] | None = None
    validators: dict[str, dict[str, Any]] | None = None  # address -> what crawlers.freshness remembers of its answer


@dataclass
class Report:
    """What one visit found. Notices count once each, at their best: new before changed before unchanged."""

    source: str
    error: SourceError | None = None
    issues: list[Note] = field(default_factory=list)
    requests: int = 0
    rows: int = 0
    rejected: int = 0
    counted_before: int | None = None  # notices of answers that are those of the last visit, and were not read again
    _notices: dict[int, str] = field(default_factory=dict)
    _merged: set[int] = field(default_factory=set)

    def fail(self, error: SourceError, record: str = "") -> None:
        """Note an error that the source answers for; the first one gives the status."""
        self.error = self.error or error
        self.issues.append(Note(error.kind, record, str(error)))

    def add_bad(self, errors: Iterable[BadRecord]) -> None:
        """Note the records that could not be read."""
        for error in errors:
            self.rejected += 1
            self.issues.append(Note("BadRecord", error.record, error.message))

    def add_notes(self, notes: Iterable[Note]) -> None:
        """Keep each note once."""
        known = set(self.issues)
        self.issues += [note for note in notes if note not in known]

    def count(self, statuses: dict[int, str], merged: Iterable[int] = ()) -> None:
        """Take over what the store did with one batch: notice id -> new | changed | unchanged."""
        self._merged.update(merged)
        for notice, status in statuses.items():
            if _RANK[status] > _RANK.get(self._notices.get(notice, ""), 0):
                self._notices[notice] = status

    def _number(self, status: str) -> int:
        return sum(1 for n, s in self._notices.items() if s == status and n not in self._merged)

    @property
    def new(self) -> int:
        """Notices seen for the first time."""
        return self._number("new")

    @property
    def changed(self) -> int:
        """Notices with a new version."""
        return self._number("changed")

    @property
    def unchanged(self) -> int:
        """Notices that say what they said."""
        return self._number("unchanged") + (self.counted_before or 0)

    @property
    def read(self) -> int:
        """Notices of the answers that were read at this visit."""
        return len(self._notices.keys() - self._merged)

    @property
    def total(self) -> int:
        """Notices of this visit."""
        return self.new + self.changed + self.unchanged

    @property
    def status(self) -> str:
        """ok | unchanged | limited | needs_key | failing."""
        if self.error:
            return self.error.status
        return OK if self.new or self.changed else UNCHANGED

    @property
    def reason(self) -> str:
        """Why it is not well, in one line; "" when it is."""
        return str(self.error) if self.error else ""

    def as_json(self) -> dict[str, Any]:
        """What `tbtwatch crawl --json` prints."""
        return {
            "source": self.source,
            "status": self.status,
            "reason": self.reason,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "rows": self.rows,
            "requests": self.requests,
            "issues": [{"kind": n.kind, "record": n.record, "message": n.message} for n in self.issues],
        }
