"""What one visit to the documents is to do. Light: it imports no store and no scrapy."""

from __future__ import annotations

from dataclasses import dataclass

from crawlers.jobs import Job

MOST_AT_ONCE = 60  # documents a visit: some three minutes at one host
DEADLINE_S = 600.0


@dataclass(frozen=True)
class DocumentJob(Job):
    """The order for one visit; `source` and `run` are those of no source."""

    limit: int = MOST_AT_ONCE
