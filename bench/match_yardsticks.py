"""What the matching is measured against: bare bitmaps, and normalised tables in SQLite; each given all it needs."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyroaring import BitMap

from alerts.criteria import Told, Wanted, markets_met, meets, occurs
from bench.subscriptions import terms_of
from store.subscription import HS, INDUSTRY, MARKET, WORD

TABLES = ("industry", "hs", "word", "market")


@dataclass(frozen=True, slots=True)
class Asked:
    """A notice with everything resolved that a yardstick is given for nothing: which values of each kind meet it."""

    told: Told
    hs: Sequence[str]
    words: Sequence[str]
    markets: Sequence[str]


class BareBitmaps:
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

    def resolved(self, told: Told, members: Collection[str]) -> Asked:
        """The notice with the values that meet it."""
        words = [value for value in self._values(WORD) if occurs(value, told.text)] if told.text else []
        hs = [value for value in self._values(HS) if any(meets(value, code) for code in told.hs)]
        return Asked(told, hs, words, sorted(markets_met(told.issuers, members)))

    def ids(self, asked: Asked) -> Sequence[int]:
        """The ids of the subscriptions that meet."""
        met = ((INDUSTRY, asked.told.industries), (HS, asked.hs), (WORD, asked.words))
        named = BitMap.union(*(self._of(kind, values) for kind, values in met))
        found: Sequence[int] = (named & (self._of(MARKET, asked.markets) | self.everywhere)).to_array()
        return found

    def _values(self, kind: str) -> list[str]:
        return [value for each, value in self.by_value if each == kind]

    def _of(self, kind: str, values: Iterable[str]) -> BitMap:
        found = [self.by_value[kind, value] for value in values if (kind, value) in self.by_value]
        return BitMap.union(*found) if found else BitMap()


def normalised(folder: Path, subscriptions: Iterable[Wanted]) -> sqlite3.Connection:
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
        tables.executemany(f"INSERT INTO {name} VALUES (?, ?)", sorted(rows.pop(name)))
    tables.executemany("INSERT INTO everywhere VALUES (?)", everywhere)
    tables.commit()
    tables.execute("ANALYZE")
    return tables


def query(tables: sqlite3.Connection, asked: Asked) -> list[int]:
    """The ids of the subscriptions that meet, in one question."""
    met = (("industry", sorted(asked.told.industries)), ("hs", asked.hs), ("word", asked.words))
    named = " UNION ".join(f"SELECT id FROM {name} WHERE value IN ({_marks(values)})" for name, values in met)
    where = f"id IN (SELECT id FROM market WHERE value IN ({_marks(asked.markets)}))"
    values = [value for _, found in met for value in found] + list(asked.markets)
    wanted = f"SELECT id FROM ({named}) WHERE {where} OR id IN everywhere"
    return [row[0] for row in tables.execute(wanted, values)]


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))
