"""What one crawl is to do: plain values that a parent hands to the crawl's process. Light: it imports no store."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

Mode = Literal["recent", "fill", "workbook", "import", "as_news", "first", "reparse"]


@dataclass(frozen=True)
class Job:
    """The order for one crawl; goes to its process as JSON on standard input."""

    source: str
    run: str  # public id of its CrawlRun
    database_url: str
    var: str
    mode: Mode
    now: str | None = None  # the set clock; None: the recording's in a replay, else the machine's
    replay: str | None = None
    record: str | None = None
    since: str | None = None  # how far back a fill walks
    key: str | None = None
    contact: str = ""
    deadline_s: float = 1800.0

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values, for the child process."""
        return asdict(self)

    @property
    def instant(self) -> datetime | None:
        """The set clock: `now`, else when the recording was made. Raises BadInstant, BadRecording."""
        if self.now:
            from store.clock import parse_instant

            return parse_instant(self.now)
        if self.replay:
            from crawlers.recording import Recording

            return Recording(Path(self.replay)).recorded_at
        return None

    @property
    def judge_age(self) -> bool:
        """False in a replay without a clock: nobody knows how old its notices are."""
        return self.replay is None or self.instant is not None

    @property
    def since_day(self) -> date | None:
        """The day a fill ends with."""
        return date.fromisoformat(self.since) if self.since else None

    @property
    def var_folder(self) -> Path:
        """Where everything written at run time goes."""
        return Path(self.var)
