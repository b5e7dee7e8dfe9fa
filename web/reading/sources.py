"""The sources we watch, with how each is doing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from store.crawl import CrawlRun, SourceState


@dataclass(frozen=True)
class WatchedSource:
    """A declared source with its state and last visit; neither exists before the first visit."""

    declared: Mapping[str, Any]
    state: SourceState | None
    last_run: CrawlRun | None

    @property
    def status(self) -> str:
        """The key of what to say about it."""
        return (self.state.status if self.state else "") or "never"


def watched_sources(session: Session, declared: Sequence[Mapping[str, Any]]) -> list[WatchedSource]:
    """The declared sources, and those that only the store knows (imports, retired ones)."""
    states = {state.source: state for state in session.exec(select(SourceState))}
    newest = select(func.max(CrawlRun.id)).group_by(CrawlRun.source)
    runs = {run.source: run for run in session.exec(select(CrawlRun).where(col(CrawlRun.id).in_(newest)))}
    known = [dict(source) for source in declared]
    ids = {str(source["id"]) for source in known}
    known += [{"id": source} for source in sorted((set(states) | set(runs)) - ids)]
    return [WatchedSource(source, states.get(str(source["id"])), runs.get(str(source["id"]))) for source in known]
