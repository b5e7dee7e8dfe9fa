"""Measuring in pairs: yardstick and subject alternate, the result is the median of the per-pair ratios."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

NOISY_SPREAD = 1.5  # a yardstick that moves more than this within one run judges nothing


@dataclass(frozen=True)
class Metric:
    """One figure. `ratio` is None when the peer is absent (then `note` says which) or only a full run can judge it."""

    name: str
    ratio: float | None
    ours: str  # with its unit, e.g. "0.26 ms"
    yardstick: str  # with its unit and what it is, e.g. "0.20 ms (pyroaring, 1M subs, 9508 ids)"
    pairs: int = 0
    spread: float = 1.0  # max/min of the yardstick
    size: int = 0
    note: str = ""
    full_only: bool = False


@dataclass(frozen=True)
class Paired:
    """The outcome of one paired run: medians of both sides, the median ratio ours/yardstick, the yardstick's spread."""

    ours: float
    yardstick: float
    ratio: float
    spread: float
    pairs: int


def measure_pairs(ours: Callable[[], float], yardstick: Callable[[], float], pairs: int) -> Paired:
    """Run both sides in turn, `pairs` times; each callable returns its own figure (seconds, or a rate)."""
    got: list[tuple[float, float]] = []
    gc.collect()
    gc.freeze()  # what a benchmark holds (all pages, all records) no crawl or stage would go over again and again
    for _ in range(pairs):
        base = yardstick()
        got.append((ours(), base))
    gc.unfreeze()
    mine, theirs = [g[0] for g in got], [g[1] for g in got]
    return Paired(
        ours=statistics.median(mine),
        yardstick=statistics.median(theirs),
        ratio=statistics.median(a / b for a, b in got),
        spread=max(theirs) / min(theirs),
        pairs=pairs,
    )


def timed(work: Callable[[], object], repeat: int = 1) -> float:
    """Seconds per call of `work`, over `repeat` calls."""
    began = time.perf_counter()
    for _ in range(repeat):
        work()
    return (time.perf_counter() - began) / repeat


def absent(name: str, what: str, size: int = 0) -> Metric:
    """A metric whose peer is not installed: printed, not judged."""
    return Metric(name, None, "-", "-", size=size, note=f"peer absent: {what}")
