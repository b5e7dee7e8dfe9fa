"""The sources we watch, with how each is doing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from store.crawl import CrawlRun, SourceState
from store.source_health import SourceHealth, health_of

WELL = ("ok", "unchanged")


@dataclass(frozen=True)
class WatchedSource:
    """A declared source with its state and last visit; neither exists before the first visit."""

    declared: Mapping[str, Any]
    state: SourceState | None
    last_run: CrawlRun | None
    health: SourceHealth | None = None

    @property
    def status(self) -> str:
        """The key of what to say about it: how the last visit ended, or that the next one is missing."""
        said = (self.state.status if self.state else "") or "never"
        return "late" if said in WELL and self.health and self.health.late_since else said


def watched_sources(session: Session, declared: Sequence[Mapping[str, Any]], now: datetime) -> list[WatchedSource]:
    """The declared sources, and those that only the store knows (imports, retired ones)."""
    states = {state.source: state for state in session.exec(select(SourceState))}
    newest = select(func.max(CrawlRun.id)).group_by(CrawlRun.source)
    runs = {run.source: run for run in session.exec(select(CrawlRun).where(col(CrawlRun.id).in_(newest)))}
    known = [dict(source) for source in declared]
    ids = {str(source["id"]) for source in known}
    known += [{"id": source} for source in sorted((set(states) | set(runs)) - ids)]
    figures = health_of(session, {str(source["id"]): _timetable(source) for source in known}, now)
    watched = [WatchedSource(s, states.get(str(s["id"])), runs.get(str(s["id"])), figures[str(s["id"])]) for s in known]
    return sorted(watched, key=_rank)


def _rank(item: WatchedSource) -> int:
    """What needs somebody first, then what runs, then what was never visited, then what is switched off."""
    if not item.declared.get("enabled", True):
        return 3
    return 1 if item.status in WELL else 2 if item.status == "never" else 0


def _timetable(source: Mapping[str, Any]) -> tuple[str, bool, int]:
    return str(source.get("schedule") or ""), bool(source.get("enabled")), int(source.get("jitter_s") or 0)
