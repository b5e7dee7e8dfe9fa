"""The production lookup of subscriptions: against bare bitmaps and SQL, its tail, memory, start and exactness."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from alerts.candidates import eu_members
from alerts.match_index import index_of
from bench.match_exact import exact
from bench.match_ready import memory, ready, started
from bench.match_speed import check, floor, reasons, sql, tail
from bench.match_yardsticks import Asked, BareBitmaps, normalised
from bench.measure import Metric
from bench.subscriptions import fill_store, make_notices, make_subscriptions, vocabulary
from settings import DATA
from store.engine import make_engine, reading, writing

QUICK, FULL = 20_000, 1_000_000  # subscriptions
SHARES = {0.001: 0.6, 0.01: 0.3, 0.05: 0.1}  # of the subscriptions that a notice hits: share of the notices
NOTICES = 1_000  # in the mix
TO_CHOOSE_FROM = 4  # times as many
NOW = datetime(2026, 6, 3, 1, tzinfo=UTC)


def run(quick: bool, size: int | None) -> list[Metric]:
    """The metrics of this group; `size` is the number of subscriptions."""
    number = size or (QUICK if quick else FULL)
    notices = NOTICES if number >= QUICK else 50
    words = vocabulary()
    with tempfile.TemporaryDirectory() as folder:
        engine = _store(Path(folder), number)
        index_of(engine).keep_in(Path(folder))
        tables = normalised(Path(folder), make_subscriptions(number, words))
        bare = BareBitmaps(make_subscriptions(number, words))
        with reading(engine) as session:
            members = eu_members(session)
        mix = _mix(engine, members, bare, number, notices)
        one_of_each = [asked[0] for asked in mix]
        check([*one_of_each, *(asked[-1] for asked in mix)], engine, members, bare, tables)
        found = [
            floor(one_of_each[1], engine, members, bare, number),
            *sql(one_of_each, engine, members, tables, number),
            tail(mix, engine, members, number),
            reasons(one_of_each[1], engine, members, number),
        ]
        tables.close()
        del bare
        starts = started(engine, Path(folder), one_of_each[1].told)
        found += [memory(starts, number), ready(starts, number), exact(engine, members, number)]
        engine.dispose()
    return found


def _mix(engine: Engine, members: Collection[str], bare: BareBitmaps, number: int, notices: int) -> list[list[Asked]]:
    """For each share of hits, the notices nearest to it, in their number, resolved for the yardsticks; each once."""
    counted = []
    with reading(engine) as session:
        for told in make_notices(notices * TO_CHOOSE_FROM, vocabulary()):
            counted.append((len(index_of(engine).ids_for(session, told, members).ids) / number, told))
    found = []
    for share, part in SHARES.items():
        counted.sort(key=lambda count: abs(count[0] - share))
        chosen, counted = counted[: round(notices * part)], counted[round(notices * part) :]
        found.append([bare.resolved(told, members) for _, told in chosen])
    return found


def _store(folder: Path, number: int) -> Engine:
    """A migrated store with reference data and the subscriptions."""
    from store.mapping_release import load_reference
    from store.reference import read_reference
    from store.schema import upgrade_schema

    path = folder / "store.sqlite"
    engine = make_engine(f"sqlite:///{path}")
    upgrade_schema(engine)
    with writing(engine) as session:
        load_reference(session, read_reference(DATA), NOW)
    engine.dispose()
    fill_store(path, make_subscriptions(number, vocabulary()))
    return make_engine(f"sqlite:///{path}")
