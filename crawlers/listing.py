"""What is known of the sources, and which notifications are missing from each member's series."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from crawlers.declarations import Declaration, switched_sources
from crawlers.recording import EXCHANGES
from crawlers.symbols import find_symbols
from settings import ROOT
from store.crawl import SourceState
from store.engine import reading
from store.notice import NoticeSymbol
from store.source_health import SourceHealth, health_of


def list_sources(
    engine: Engine, now: datetime, on: Iterable[str] = (), off: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Each declared source: what it is, how its last visit ended and why, and how it keeps up.

    `on` and `off` are ids that are switched whatever their declarations say; raises UnknownSource.
    `items_per_day` and `lag_days` (median days from printed date to first sight) are of the news of 30 days.
    """
    rows: Any = SourceState
    declared = switched_sources(on, off)
    with reading(engine) as session:
        states = {state.source: state for state in session.execute(select(rows)).scalars()}
        figures = health_of(session, {s.id: (s.schedule, s.enabled, s.jitter_s) for s in declared.values()}, now)
    return [_listed(source, states.get(source.id), figures[source.id]) for source in declared.values()]


def _listed(source: Declaration, state: SourceState | None, figures: SourceHealth) -> dict[str, Any]:
    return {
        "id": source.id,
        "name_zh": source.name_zh,
        "name_en": source.name_en,
        "publisher": source.publisher,
        "kind": source.kind,
        "country": source.country,
        "enabled": source.enabled,
        "grade": source.grade,
        "verified_on": source.verified_on,
        "status": state.status if state else "",
        "reason": state.reason if state else "",
        "last_success": state.last_success_at if state else None,
        "failing_since": state.failing_since if state else None,
        "late_since": figures.late_since,
        "next_run": figures.next_run,
        "lag_days": figures.lag_days,
        "items_per_day": figures.items_per_day,
        "licence": source.licence,
        "attribution": source.attribution,
        "recording": str(source.recording.relative_to(ROOT)) if (source.recording / EXCHANGES).is_file() else None,
    }


def missing_numbers(engine: Engine) -> list[dict[str, Any]]:
    """Per domain and member: the first and last number known, how many originals are present, and those missing.

    Missing are the originals between the first one present and the highest number any document bears, and
    those of which only a revision, addendum or corrigendum is present. Symbols from before 2000 name no member.
    """
    rows: Any = NoticeSymbol
    present: dict[tuple[str, str], set[int]] = defaultdict(set)
    mentioned: dict[tuple[str, str], set[int]] = defaultdict(set)
    with reading(engine) as session:
        for text in session.execute(select(rows.symbol)).scalars():
            for symbol in find_symbols(text):
                if symbol.code:
                    series = symbol.domain, symbol.code
                    (present if symbol.is_original else mentioned)[series].add(symbol.number)
    return [
        _series(domain, member, present[domain, member], mentioned[domain, member])
        for domain, member in sorted({*present, *mentioned})
    ]


def _series(domain: str, member: str, present: set[int], mentioned: set[int]) -> dict[str, Any]:
    last = max(present | mentioned)
    between = range(min(present), last + 1) if present else ()
    return {
        "domain": domain,
        "member": member,
        "first": min(present | mentioned),
        "last": last,
        "present": len(present),
        "missing": sorted((set(between) | mentioned) - present),
    }


def number_ranges(numbers: Iterable[int]) -> str:
    """[1, 2, 3, 7] as "1-3, 7"."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)
