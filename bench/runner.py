"""Running groups of benchmarks and judging them against bench/goals.yaml."""

from __future__ import annotations

import importlib
import importlib.util
import operator
import os
import platform
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from bench.measure import NOISY_SPREAD, Metric
from settings import TbtwatchError

GROUPS = ("ingest", "search", "classify", "match", "mail", "latency", "page", "workbench")
GOALS = Path(__file__).parent / "goals.yaml"
RETRIES_WHEN_NOISY = 2
COMPARED = {">=": operator.ge, "<=": operator.le, "=": operator.eq}  # how a goal begins


class UnknownGroup(TbtwatchError):
    """Raised when a group of benchmarks is not one of GROUPS."""


def read_goals() -> dict[str, dict[str, str]]:
    """metric -> {"goal": ">=0.6", "quick": ">=0.5"}."""
    goals: dict[str, dict[str, str]] = yaml.safe_load(GOALS.read_text(encoding="utf-8"))
    return goals


def verdict(metric: Metric, goal: str | None) -> str:
    """PASS, MISS, noisy, absent or full-only; `-` where no goal is set."""
    if metric.full_only:
        return "full-only"
    if metric.ratio is None:
        return "absent"
    if metric.spread > NOISY_SPREAD:
        return "noisy"
    if not goal:
        return "-"
    sign, bound = goal.rstrip("0123456789."), float(goal.lstrip("<>="))
    return "PASS" if COMPARED[sign](metric.ratio, bound) else "MISS"


def run_groups(names: list[str], *, quick: bool, size: int | None) -> list[dict[str, Any]]:
    """Run the groups (all that are there when none is named) and judge each metric; raises UnknownGroup."""
    for name in names:
        if name not in GROUPS:
            raise UnknownGroup(f"no group '{name}' of benchmarks: there are {', '.join(GROUPS)}")
    goals = read_goals()
    results: list[dict[str, Any]] = []
    for name in names or GROUPS:
        if name not in unmeasured([name]):
            run = partial(importlib.import_module(f"bench.{name}").run, quick, size)
            results += judged_when_quiet(run, goals, quick)
    return results


def unmeasured(names: Sequence[str]) -> list[str]:
    """Those of the groups (of all when none is named) that have no figures yet."""
    return [name for name in names or GROUPS if importlib.util.find_spec(f"bench.{name}") is None]


def judged_when_quiet(
    run: Callable[[], list[Metric]], goals: dict[str, dict[str, str]], quick: bool
) -> list[dict[str, Any]]:
    """The judged metrics of one group; when one is noisy the group is run again, twice at most."""
    for attempt in range(1 + RETRIES_WHEN_NOISY):
        rows = [_judged(metric, goals, quick) for metric in run()]
        if attempt == RETRIES_WHEN_NOISY or not any(row["verdict"] == "noisy" for row in rows):
            break
    return rows


def _judged(metric: Metric, goals: dict[str, dict[str, str]], quick: bool) -> dict[str, Any]:
    entry = goals.get(metric.name, {})
    goal = entry.get("quick" if quick and "quick" in entry else "goal")
    return {**asdict(metric), "goal": goal, "verdict": verdict(metric, goal)}


def line_of(row: dict[str, Any]) -> str:
    """One metric as one line, the form of the summary."""
    note = f"  ({row['note']})" if row["note"] else ""
    return (
        f"{row['name']:<16} ratio {_ratio(row['ratio']):<7} ours {row['ours']:<14} yardstick {row['yardstick']}  "
        f"pairs {row['pairs']}  spread {row['spread']:.2f}  size {row['size']}  goal {row['goal'] or '-'}  "
        f"{row['verdict']}{note}"
    )


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return "-"
    return f"{ratio:.3g}" if ratio < 1000 else f"{ratio:.0f}"


def machine_line(rows: Sequence[dict[str, Any]]) -> str:
    """What the figures were measured on, and which peers were not there."""
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    gone = sorted({row["note"] for row in rows if row["verdict"] == "absent"})
    return (
        f"# load {load}; {os.cpu_count()} cores; python {platform.python_version()}; "
        f"sqlite {sqlite3.sqlite_version}; seed 7; {'; '.join(gone) or 'peers absent: none'}"
    )
