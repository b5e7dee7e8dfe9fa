"""The recording of a source as exchanges that can be broken: which of them holds the records, and which the index."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawlers.declarations import Declaration, declared_source
from crawlers.formats import find_records
from crawlers.recording import ABOUT, EXCHANGES
from settings import TbtwatchError
from tests.crawlers.broken_bodies import form_of, holds
from tests.crawlers.driving import write_recording

Line = dict[str, Any]


@dataclass(frozen=True)
class Recorded:
    """A recording in memory: `body` of a line is bytes or None. Positions count the lines."""

    source: Declaration
    lines: tuple[Line, ...]
    counts: tuple[int, ...]  # records of the source's main form in each answer
    recorded_at: str
    texts: dict[str, list[str] | None] = field(default_factory=dict)  # faults.json

    @property
    def main(self) -> int:
        """The answer that holds the most records."""
        return max(range(len(self.lines)), key=lambda n: self.counts[n])

    @property
    def listings(self) -> list[int]:
        """Every answer that holds records."""
        return [n for n, count in enumerate(self.counts) if count]

    @property
    def when_read_again(self) -> str:
        """When reports that a visit took for whole are read once more, since corrections happen in place."""
        days = self.source.index.again_days if self.source.index else 0
        return (datetime.fromisoformat(self.recorded_at) + timedelta(days=days)).isoformat()

    @property
    def index(self) -> int | None:
        """The answer that lists the reports, where there is such a list."""
        if self.source.index is None:
            return None
        return next(n for n, line in enumerate(self.lines) if line["url"] == self.source.url)

    def holding(self, text: str) -> list[int]:
        """Every answer whose body holds `text`, the main one first."""
        order = [self.main, *(n for n in range(len(self.lines)) if n != self.main)]
        return [n for n in order if self.lines[n]["body"] and holds(self.lines[n]["body"], self.source, text)]

    def beside(self, at: int) -> list[int]:
        """The answers that stand for the one at `at`: a report may be asked for at several addresses of one path."""
        if self.source.index is None:
            return [at]
        paths = [urlsplit(line["url"]).path for line in self.lines]
        return [n for n, path in enumerate(paths) if path == paths[at]]

    def changed(self, positions: list[int], change: Callable[[Line], Line]) -> list[Line]:
        """The lines, with `change` applied to those at `positions`."""
        return [change(dict(line)) if n in positions else line for n, line in enumerate(self.lines)]

    def write(self, folder: Path, lines: list[Line]) -> Path:
        """A recording of these lines with the clock of this one."""
        return write_recording(folder, *lines, recorded_at=self.recorded_at)


@cache
def recorded(source: str) -> Recorded:
    """The recording of `source`, read once."""
    declaration = declared_source(source)
    folder = declaration.recording
    lines = [json.loads(line) for line in (folder / EXCHANGES).read_text(encoding="utf-8").splitlines() if line]
    for line in lines:
        line["body"] = (folder / line["body"]).read_bytes() if line.get("body") else None
    faults = folder / "faults.json"
    return Recorded(
        source=declaration,
        lines=tuple(lines),
        counts=tuple(_records_in(line, declaration) for line in lines),
        recorded_at=json.loads((folder / ABOUT).read_text(encoding="utf-8"))["recorded_at"],
        texts=json.loads(faults.read_text(encoding="utf-8")) if faults.is_file() else {},
    )


def _records_in(line: Line, source: Declaration) -> int:
    """How many records of the source's main form an answer holds; none where it is no such answer."""
    body = line["body"]
    if not body or line.get("status", 200) != 200:
        return 0
    try:
        if form_of(source) == "workbook":
            return int(body.startswith(b"PK"))
        if source.reads_whole_answers:
            return source.read()(body, source.id).rows
        return len(find_records(body, source.format).records)
    except TbtwatchError:
        return 0
