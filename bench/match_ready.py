"""match.ready and match.memory: a process that starts from the copy and the log, up to its first match."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from alerts.criteria import Told
from alerts.match_index import index_of
from bench.measure import Metric
from settings import ROOT
from store.engine import writing

STARTS = 5
EDITS = 1_000  # between the copy and the start
TOO_FEW = 200_000  # subscriptions, to say what a million take

_CHILD = """
import json, sys
from pathlib import Path
from alerts.criteria import Told
from alerts.match_index import index_of
from store.engine import make_engine, reading
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
url, folder, told, members = json.loads(sys.argv[1])
told = Told(frozenset(told["industries"]), tuple(told["hs"]), told["text"], tuple(told["issuers"]))
engine = make_engine(url)
with reading(engine) as session:
    session.connection()
    before = resident()
    index = index_of(engine)
    index.keep_in(Path(folder))
    found = index.ids_for(session, told, members)
    print(json.dumps({"bytes": resident() - before, "ids": len(found.ids), "number": found.number}), flush=True)
"""


def started(engine: Engine, folder: Path, told: Told) -> list[dict[str, Any]]:
    """What processes said that started, one after the other: seconds from the start, bytes more, ids, number."""
    index = index_of(engine)
    index.save(engine)
    with writing(engine) as session:
        session.execute(text("UPDATE subscription SET severity_floor = 'red' WHERE id <= :last"), {"last": EDITS})
        session.execute(text("UPDATE subscription SET severity_floor = '' WHERE id <= :last"), {"last": EDITS})
    asked = asdict(told) | {"industries": sorted(told.industries)}
    wanted = json.dumps([engine.url.render_as_string(hide_password=False), str(folder), asked, []])
    found = []
    for _ in range(STARTS):
        began = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", _CHILD, wanted], capture_output=True, check=True, cwd=ROOT)
        found.append({"seconds": time.perf_counter() - began, **json.loads(done.stdout)})
    return found


def ready(starts: Sequence[dict[str, Any]], number: int) -> Metric:
    """Seconds from the start of a process to its first match."""
    seconds = [each["seconds"] for each in starts]
    median = statistics.median(seconds)
    return Metric(
        "match.ready",
        median,
        f"{median:.2f} s",
        f"1 s (from a copy and {2 * EDITS} changes, {starts[0]['ids']} ids)",
        pairs=len(starts),
        size=number,
        note=f"the quickest {min(seconds):.2f} s",
    )


def memory(starts: Sequence[dict[str, Any]], number: int) -> Metric:
    """Megabytes that a process grows by with the index, for a million subscriptions."""
    grown = statistics.median(each["bytes"] for each in starts) / 1e6
    each_million = grown * 1e6 / number
    return Metric(
        "match.memory",
        each_million,
        f"{grown:.1f} MB",
        f"1 MB a million ({number} subscriptions)",
        pairs=len(starts),
        size=number,
        full_only=number < TOO_FEW,
    )
