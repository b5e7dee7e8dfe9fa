"""What the timetable and the demo ask of the crawl command: each crawl in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from settings import Settings, TbtwatchError

FAILING = 3  # the crawl command's exit code for a source failing, limited or without key: an answer, not an accident


class CrawlDied(TbtwatchError):
    """Raised when the crawl command ended without an answer."""

    exit_code = 3


def declared_sources(settings: Settings) -> list[dict[str, Any]]:
    """Every declared source as plain values: id, name_zh, kind, country, publisher, enabled, schedule, grade ..."""
    from crawlers.declarations import switched_sources

    switched = switched_sources(settings.switched("on"), settings.switched("off"))
    return [declaration.model_dump(mode="json") for declaration in switched.values()]


def crawl_by_command(source: str, *options: str, settings: Settings | None = None) -> dict[str, Any]:
    """Run `tbtwatch crawl SOURCE --json` in a process of its own and return its answer line; raises CrawlDied."""
    command = [sys.executable, "-c", "from cli import main; main()", "crawl", source, *options, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment_of(settings), check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode not in (0, FAILING) or not lines:
        told = done.stderr.strip().splitlines()
        raise CrawlDied(f"crawl {source} ended with {done.returncode}: {told[-1] if told else 'no message'}")
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer


def environment_of(settings: Settings | None) -> dict[str, str]:
    """The crawl sees the same profile, store and folder, also where they came from defaults or options."""
    if settings is None:
        return dict(os.environ)
    return {
        **os.environ,
        "TBTWATCH_PROFILE": settings.profile,
        "TBTWATCH_DATABASE_URL": settings.database_url,
        "TBTWATCH_VAR": str(settings.var),
    }
