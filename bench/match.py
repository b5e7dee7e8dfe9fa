"""match.floor and match.sql: the production lookup of subscriptions against bare bitmaps and against normalised SQL."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pyroaring import BitMap
from sqlalchemy import Engine

from alerts.candidates import eu_members, hits_for
from alerts.criteria import Told, Wanted, markets_met, meets, occurs
from bench.measure import Metric, measure_pairs, timed
from bench.subscriptions import fill_store, make_notices, make_subscriptions, terms_of, vocabulary
from settings import DATA
from store.engine import make_engine, reading, writing
from store.subscription import HS, INDUSTRY, MARKET, WORD

QUICK, FULL = 20_000, 1_000_000  # subscriptions
PAIRS = 5
SHARES = (0.001, 0.01, 0.05)  # of the subscriptions that a notice hits
NOTICES = 200  # to choose from
NOW = datetime(2026, 6, 3, 1, tzinfo=UTC)
TABLES = ("industry", "hs", "word", "market")


@dataclass(frozen=True, slots=True)
class Asked:
    """A notice with everything resolved that a yardstick is given for nothing: which values of each kind meet it."""

    told: Told
    hs: Sequence[str]
    words: Sequence[str]
    markets: Sequence[str]


class Bitmaps:
    """One bitmap of subscription ids per value, and one of those that name no market."""

    def __init__(self, subscriptions: Iterable[Wanted]) -> None:
        """Ids count from 1, as in the store."""
        self.by_value: dict[tuple[str, str], BitMap] = {}
        self.everywhere = BitMap()
        for number, wanted in enumerate(subscriptions, start=1):
            for term in terms_of(wanted):
                self.by_value.setdefault(term, BitMap()).add(number)
            if not wanted.markets:
                self.everywhere.add(number)

    def values(self, kind: str) -> list[str]:
        """All values of one kind."""
        return [value for each, value in self.by_value if each == kind]

    def ids(self, asked: Asked) -> Sequence[int]:
        """The ids of the subscriptions that meet."""
        met = ((INDUSTRY, asked.told.industries), (HS, asked.hs), (WORD, asked.words))
        named = BitMap.union(*(self._of(kind, values) for kind, values in met))
        return (named & (self._of(MARKET, asked.markets) | self.everywhere)).to_array()

    def _of(self, kind: str, values: Iterable[str]) -> BitMap:
        found = [self.by_value[kind, value] for value in values if (kind, value) in self.by_value]
        return BitMap.union(*found) if found else BitMap()


def run(quick: bool, size: int | None) -> list[Metric]:
    """The metrics of this group; `size` is the number of subscriptions."""
    number = size or (QUICK if quick else FULL)
    words = vocabulary()
    bitmaps = Bitmaps(make_subscriptions(number, words))
    with tempfile.TemporaryDirectory() as folder:
        engine = _store(Path(folder), number)
        tables = _normalised(Path(folder), make_subscriptions(number, words))
        with reading(engine) as session:
            members = eu_members(session)
        asked = _of_every_reach(
            [_asked(told, bitmaps, members) for told in make_notices(NOTICES, words)], bitmaps, number
        )
        _check(asked, engine, members, bitmaps, tables)
        found = [_floor(asked, engine, members, bitmaps, number), _sql(asked, engine, members, bitmaps, tables, number)]
        tables.close()
        engine.dispose()
    return found


def _floor(asked: Sequence[Asked], engine: Engine, members: Collection[str], bitmaps: Bitmaps, number: int) -> Metric:
    notice = asked[1]  # 1 %
    paired = measure_pairs(_ours(engine, notice, members), lambda: timed(lambda: bitmaps.ids(notice), 1000), PAIRS)
    return Metric(
        "match.floor",
        paired.ratio,
        f"{paired.ours * 1e3:.2f} ms",
        f"{paired.yardstick * 1e3:.3f} ms (pyroaring, {number} subscriptions, {len(bitmaps.ids(notice))} ids)",
        pairs=paired.pairs,
        spread=paired.spread,
        size=number,
    )


def _sql(
    asked: Sequence[Asked],
    engine: Engine,
    members: Collection[str],
    bitmaps: Bitmaps,
    tables: sqlite3.Connection,
    number: int,
) -> Metric:
    """Time of the normalised query over ours at 0.1 % hits; the note gives the larger reaches."""
    measured = [
        measure_pairs(_ours(engine, each, members), partial(timed, partial(_query, tables, each), 3), PAIRS)
        for each in asked
    ]
    small, *larger = measured
    others = ", ".join(
        f"{1 / pair.ratio:.2f} at {len(bitmaps.ids(each))} ids" for pair, each in zip(larger, asked[1:], strict=True)
    )
    return Metric(
        "match.sql",
        1 / small.ratio,
        f"{small.ours * 1e3:.2f} ms",
        f"{small.yardstick * 1e3:.2f} ms (SQLite, normalised, {len(bitmaps.ids(asked[0]))} ids)",
        pairs=small.pairs,
        spread=small.spread,
        size=number,
        note=others,
    )


def _ours(engine: Engine, asked: Asked, members: Collection[str]) -> Callable[[], float]:
    def once() -> float:
        with reading(engine) as session:
            return timed(lambda: hits_for(session, asked.told, members), 3)

    return once


def _asked(told: Told, bitmaps: Bitmaps, members: Collection[str]) -> Asked:
    return Asked(
        told,
        [value for value in bitmaps.values(HS) if any(meets(value, code) for code in told.hs)],
        [value for value in bitmaps.values(WORD) if occurs(value, told.text)],
        sorted(markets_met(told.issuers, members)),
    )


def _of_every_reach(asked: Sequence[Asked], bitmaps: Bitmaps, number: int) -> list[Asked]:
    """The notice nearest to each share of hits."""
    counted = [(len(bitmaps.ids(each)) / number, index) for index, each in enumerate(asked)]
    return [asked[min(counted, key=lambda count: abs(count[0] - share))[1]] for share in SHARES]


def _check(
    asked: Sequence[Asked], engine: Engine, members: Collection[str], bitmaps: Bitmaps, tables: sqlite3.Connection
) -> None:
    """Stop when the three do not find the same subscriptions: a fast wrong answer measures nothing."""
    for each in asked:
        wanted = list(bitmaps.ids(each))
        with reading(engine) as session:
            ours = sorted(key for hits in hits_for(session, each.told, members).values() for key in hits)
        if not ours == wanted == sorted(_query(tables, each)):
            raise AssertionError(f"{len(ours)} subscriptions by the project, {len(wanted)} by bitmaps: not the same")


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


def _normalised(folder: Path, subscriptions: Iterable[Wanted]) -> sqlite3.Connection:
    """One table a kind, its primary key covering the question; those that name no market in a table of their own."""
    tables = sqlite3.connect(folder / "normalised.sqlite")
    tables.execute("PRAGMA synchronous=OFF")
    for name in TABLES:
        tables.execute(f"CREATE TABLE {name} (value TEXT, id INTEGER, PRIMARY KEY (value, id)) WITHOUT ROWID")
    tables.execute("CREATE TABLE everywhere (id INTEGER PRIMARY KEY)")
    rows: dict[str, list[tuple[str, int]]] = {name: [] for name in TABLES}
    everywhere = []
    for number, wanted in enumerate(subscriptions, start=1):
        for kind, value in terms_of(wanted):
            rows[kind].append((value, number))
        if not wanted.markets:
            everywhere.append((number,))
    for name in TABLES:
        tables.executemany(f"INSERT INTO {name} VALUES (?, ?)", sorted(rows[name]))
    tables.executemany("INSERT INTO everywhere VALUES (?)", everywhere)
    tables.commit()
    tables.execute("ANALYZE")
    return tables


def _query(tables: sqlite3.Connection, asked: Asked) -> list[int]:
    met = (("industry", sorted(asked.told.industries)), ("hs", asked.hs), ("word", asked.words))
    named = " UNION ".join(f"SELECT id FROM {name} WHERE value IN ({_marks(values)})" for name, values in met)
    where = f"id IN (SELECT id FROM market WHERE value IN ({_marks(asked.markets)}))"
    values = [value for _, found in met for value in found] + list(asked.markets)
    query = f"SELECT id FROM ({named}) WHERE {where} OR id IN everywhere"
    return [row[0] for row in tables.execute(query, values)]


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))
