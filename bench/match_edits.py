"""A process that edits subscriptions at a steady pace while another matches: python -m bench.match_edits FILE FIRST N.

Edits come in turns of ten, each a transaction: subscriptions FIRST, FIRST + 1, ... end, and new ones begin after the
last one there is, as `edits_of` says.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator

from alerts.criteria import Wanted
from bench.subscriptions import make_subscriptions, terms_of, vocabulary

A_SECOND, AT_ONCE = 1_000, 10
SEED = 11
NOW = "2026-06-03 02:00:00.000000"


def edits_of(number: int, count: int) -> Iterator[tuple[int, Wanted | None]]:
    """(subscription id, what it asks for from then on; None when it ends), on `number` subscriptions."""
    for place, wanted in enumerate(make_subscriptions(count // 2, vocabulary(), SEED)):
        yield place + 1, None
        yield number + place + 1, wanted


def edit(path: str, number: int, count: int) -> None:
    """Make the edits."""
    edits = list(edits_of(number, count))
    with sqlite3.connect(path, timeout=30, isolation_level=None) as raw:
        print("ready", flush=True)
        began = time.perf_counter()
        for start in range(0, len(edits), AT_ONCE):
            raw.execute("BEGIN IMMEDIATE")
            for key, wanted in edits[start : start + AT_ONCE]:
                _write(raw, key, wanted)
            raw.execute("COMMIT")
            time.sleep(max(0.0, began + (start + AT_ONCE) / A_SECOND - time.perf_counter()))
        print(len(edits) / (time.perf_counter() - began), flush=True)


def _write(raw: sqlite3.Connection, key: int, wanted: Wanted | None) -> None:
    if wanted is None:
        raw.execute("UPDATE subscription SET ended_at = ?, ended_reason = 'changed' WHERE id = ?", (NOW, key))
        return
    raw.execute(
        "INSERT INTO subscription (id, subscriber_id, public_id, said, severity_floor, began_at, ended_reason) "
        "VALUES (?, 1, ?, '', '', ?, '')",
        (key, f"{key:032x}", NOW),
    )
    rows = [(key, *term) for term in terms_of(wanted)]
    raw.executemany("INSERT INTO subscriptionterm (subscription_id, kind, value) VALUES (?, ?, ?)", rows)


if __name__ == "__main__":
    edit(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
