"""Seeded subscriptions and notices, and a store filled with them without the cost of the production path."""

from __future__ import annotations

import csv
import itertools
import random
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from alerts.criteria import Told, Wanted, folded
from settings import DATA
from store.subscription import HS, INDUSTRY, MARKET, WORD

SEED = 7
VOCABULARY = 4_000  # product words, half Chinese
SYLLABLES = "安板包材电灯动儿风管光罐机剂胶具器球热伞色童屏玩温线箱鞋衣椅油纸珠"
LATIN = "ba ce di fo gu ha ki lo mu ne pa ra si to vu wi xe yo za".split()
WORD_SHARE, HS_SHARE, MARKET_SHARE = 0.3, 0.4, 0.6


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What subscriptions and notices choose from, the common first."""

    industries: Sequence[str]
    headings: Sequence[str]
    words: Sequence[str]
    markets: Sequence[str]


def vocabulary() -> Vocabulary:
    """Industries, HS headings and markets of data/, and made-up product words."""
    rng = random.Random(SEED)
    chinese = {"".join(rng.choices(SYLLABLES, k=rng.choice((2, 3, 4)))) for _ in range(VOCABULARY)}
    latin = {"".join(rng.choices(LATIN, k=rng.choice((3, 4)))) for _ in range(VOCABULARY)}
    return Vocabulary(
        _column("industries.csv", "id"),
        [code for code in _column("hs_names_zh.csv", "code") if len(code) == 4],
        [*sorted(chinese)[: VOCABULARY // 2], *sorted(latin)[: VOCABULARY // 2]],
        _column("countries.csv", "wto_symbol")[:60],
    )


def make_subscriptions(number: int, words: Vocabulary, seed: int = SEED) -> Iterator[Wanted]:
    """`number` subscriptions: one to three industries or headings, some words, mostly a few markets."""
    rng = random.Random(seed)
    for _ in range(number):
        hs = {_skewed(rng, words.headings) for _ in range(rng.randint(1, 2))} if rng.random() < HS_SHARE else ()
        yield Wanted(
            frozenset(_skewed(rng, words.industries) for _ in range(rng.randint(0 if hs else 1, 3))),
            frozenset(code + rng.choice(("", "", "10", "90")) for code in sorted(hs)),
            frozenset(rng.choices(words.words, k=2)) if rng.random() < WORD_SHARE else frozenset(),
            frozenset(_skewed(rng, words.markets) for _ in range(rng.randint(1, 5)))
            if rng.random() < MARKET_SHARE
            else frozenset(),
        )


def make_notices(number: int, words: Vocabulary) -> list[Told]:
    """`number` notices of every reach, half of them with product words in a text of 120 words."""
    rng = random.Random(SEED + 1)
    found = []
    for index in range(number):
        text = rng.choices(LATIN, k=120) + (rng.sample(words.words, 4) if index % 2 else [])
        rng.shuffle(text)
        found.append(
            Told(
                frozenset(rng.sample(words.industries, rng.choice((0, 1, 1, 2, 5, 9)))),
                tuple(rng.sample(words.headings, rng.choice((1, 2, 4)))),
                folded(" ".join(text)),
                (_skewed(rng, words.markets),),
            )
        )
    return found


def fill_store(path: Path, subscriptions: Iterator[Wanted]) -> None:
    """Write subscriptions 1, 2, 3 ... each of its own subscriber, into a migrated SQLite store with reference data."""
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA synchronous=OFF")
        triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE 'subscriptionchange_%'").fetchall()
        for name, _ in triggers:
            raw.execute(f"DROP TRIGGER {name}")  # no index follows these rows yet
        bureau = raw.execute("SELECT min(id) FROM bureau").fetchone()[0]
        now = "2026-06-03 01:00:00.000000"
        raw.execute("INSERT INTO exporter (id, public_id, name, bureau_id, created_at) VALUES (1, ?, '', ?, ?)",
                    (f"{1:032x}", bureau, now))  # fmt: skip
        numbers = itertools.count(1)
        while batch := list(itertools.islice(subscriptions, 10_000)):
            keys = [next(numbers) for _ in batch]
            raw.executemany(
                "INSERT INTO subscriber (id, public_id, exporter_id, email, email_key, lang, created_at, confirmed_at, "
                "ended_reason) VALUES (?, ?, 1, ?, ?, 'zh', ?, ?, '')",
                [(k, f"{k:032x}", f"f{k}@firm.example", f"f{k}@firm.example", now, now) for k in keys],
            )
            raw.executemany(
                "INSERT INTO subscription (id, subscriber_id, public_id, began_at, ended_reason) "
                "VALUES (?, ?, ?, ?, '')",
                [(k, k, f"{k:032x}", now) for k in keys],
            )
            raw.executemany(
                "INSERT INTO subscriptionterm (subscription_id, kind, value) VALUES (?, ?, ?)",
                [(k, *term) for k, wanted in zip(keys, batch, strict=True) for term in terms_of(wanted)],
            )
        for _, made in triggers:
            raw.execute(made)
    raw.close()


def terms_of(wanted: Wanted) -> list[tuple[str, str]]:
    """(kind, value) of each term."""
    kinds = ((INDUSTRY, wanted.industries), (HS, wanted.hs), (WORD, wanted.words), (MARKET, wanted.markets))
    return [(kind, value) for kind, values in kinds for value in sorted(values)]


def _skewed(rng: random.Random, values: Sequence[str]) -> str:
    return values[int(len(values) * rng.random() ** 2)]


def _column(file: str, name: str) -> list[str]:
    with (DATA / file).open(encoding="utf-8-sig", newline="") as lines:
        return [row[name] for row in csv.DictReader(lines)]
