"""match.floor, match.sql, match.p99 and match.reasons: how long the production lookup takes."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Collection, Sequence
from functools import partial

from sqlalchemy import Engine

from alerts.bitmap_rows import rows_of, wanted_of
from alerts.criteria import Told, hit_of
from alerts.match_index import index_of
from bench.match_yardsticks import Asked, BareBitmaps, query
from bench.measure import Metric, measure_pairs, timed
from store.engine import reading

PAIRS = 9
PASSES = 3  # over the mix of notices
AT = ("0.1", "1", "5")  # per cent of the subscriptions


def floor(notice: Asked, engine: Engine, members: Collection[str], bare: BareBitmaps, number: int) -> Metric:
    """The whole lookup in the store, ids out, over the bare algebra."""
    paired = measure_pairs(_ours(engine, notice, members, 300), lambda: timed(lambda: bare.ids(notice), 300), PAIRS)
    return Metric(
        "match.floor",
        paired.ratio,
        f"{paired.ours * 1e3:.3f} ms",
        f"{paired.yardstick * 1e3:.3f} ms (pyroaring, {number} subscriptions, {len(bare.ids(notice))} ids)",
        pairs=paired.pairs,
        spread=paired.spread,
        size=number,
    )


def sql(
    asked: Sequence[Asked], engine: Engine, members: Collection[str], tables: sqlite3.Connection, number: int
) -> list[Metric]:
    """Time of the normalised query over ours, at each share of hits."""
    found = []
    for per_cent, each in zip(AT, asked, strict=True):
        paired = measure_pairs(
            _ours(engine, each, members, 300), partial(timed, partial(query, tables, each), 3), PAIRS
        )
        hits = len(query(tables, each))
        found.append(
            Metric(
                "match.sql" if per_cent == AT[0] else f"match.sql_{per_cent}",
                1 / paired.ratio,
                f"{paired.ours * 1e3:.3f} ms",
                f"{paired.yardstick * 1e3:.2f} ms (SQLite, normalised, {hits} ids)",
                pairs=paired.pairs,
                spread=paired.spread,
                size=number,
            )
        )
    return found


def tail(mix: Sequence[Sequence[Asked]], engine: Engine, members: Collection[str], number: int) -> Metric:
    """Milliseconds at the 99th percentile of the mix; a notice counts by the best of its passes.

    A machine that others use takes the processor away for longer than a match lasts: that is not the index's time.
    """
    told = [each.told for asked in mix for each in asked]
    told = told[::7] + [each for place, each in enumerate(told) if place % 7]  # not one share after the other
    with reading(engine) as session:
        ids = partial(_ids, engine, session, members)
        passes = [[timed(partial(ids, each)) for each in told] for _ in range(PASSES)]
    best, every = sorted(map(min, zip(*passes, strict=True))), sorted(itertools.chain(*passes))
    p50, p99, worse = (_percentile(each, share) * 1e3 for each, share in ((best, 0.5), (best, 0.99), (every, 0.99)))
    return Metric(
        "match.p99",
        p99,
        f"{p99:.3f} ms",
        f"1 ms ({len(told)} notices, {sum(1 for each in told if each.text)} with a text)",
        pairs=PASSES,
        size=number,
        note=f"p50 {p50:.3f} ms; p99 of all passes {worse:.3f} ms",
    )


def reasons(notice: Asked, engine: Engine, members: Collection[str], number: int) -> Metric:
    """Building the reasons of all hits, over the rule asked for each hit with its terms at hand."""
    index = index_of(engine)
    bitmaps, _ = index.snapshot(engine)
    met = bitmaps.meeting(notice.told, members)
    with reading(engine) as session:
        wanted = [wanted_of(row) for row in rows_of(session.connection(), met.ids.to_array())]
    paired = measure_pairs(
        lambda: timed(lambda: bitmaps.hits(met)),
        lambda: timed(lambda: [hit_of(each, notice.told, members) for each in wanted]),
        PAIRS,
    )
    each = 1e6 / max(1, len(wanted))
    return Metric(
        "match.reasons",
        paired.ratio,
        f"{paired.ours * each:.2f} us/hit",
        f"{paired.yardstick * each:.2f} us/hit (the rule one by one, {len(wanted)} hits)",
        pairs=paired.pairs,
        spread=paired.spread,
        size=number,
    )


def check(
    asked: Sequence[Asked],
    engine: Engine,
    members: Collection[str],
    bare: BareBitmaps,
    tables: sqlite3.Connection,
) -> None:
    """Stop when the three do not find the same subscriptions: a fast wrong answer measures nothing."""
    for each in asked:
        wanted = list(bare.ids(each))
        with reading(engine) as session:
            ours = list(_ids(engine, session, members, each.told))
        if not ours == wanted == sorted(query(tables, each)):
            raise AssertionError(f"{len(ours)} subscriptions by the project, {len(wanted)} by bitmaps: not the same")


def _ours(engine: Engine, asked: Asked, members: Collection[str], repeat: int) -> Callable[[], float]:
    def once() -> float:
        with reading(engine) as session:
            return timed(partial(_ids, engine, session, members, asked.told), repeat)

    return once


def _ids(engine: Engine, session: object, members: Collection[str], told: Told) -> Sequence[int]:
    found: Sequence[int] = index_of(engine).ids_for(session, told, members).ids.to_array()  # type: ignore[arg-type]
    return found


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
