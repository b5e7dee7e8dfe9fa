"""The group latency: from the last byte of a publisher's answer to the first and the last mail taken."""

from __future__ import annotations

import itertools
import statistics
import subprocess
import tempfile
from pathlib import Path

from alerts.criteria import Wanted
from bench.measure import Metric, absent, timed
from bench.outbox import INDUSTRY
from bench.peers import HERE, program, running_sink
from bench.sender import FROM, settings_for
from bench.serving import published, serving
from bench.sink import counting_sink
from bench.subscriptions import fill_store
from settings import DATA, Settings
from store.clock import system_clock
from store.engine import make_engine, writing
from store.mapping_release import load_reference
from store.reference import read_reference
from store.schema import upgrade_schema

QUICK, FULL = (1_000,), (10_000, 40_000)  # people who ask for the notice
ROUNDS = 3
LENGTH = 13_300  # bytes of one of the mails
SESSIONS = 8


def run(quick: bool, size: int | None) -> list[Metric]:
    """The metrics of this group; `size` is the number of recipients."""
    sizes = (size,) if size else QUICK if quick else FULL
    return [metric for number in sizes for metric in _latency(number)]


def _latency(number: int) -> list[Metric]:
    with tempfile.TemporaryDirectory() as folder, counting_sink() as sink:
        settings = settings_for(Path(folder), "latency.sqlite", sink.port)
        _fill(Path(folder) / "latency.sqlite", settings, number)
        with serving(settings):
            published(settings, sink, 0, number)  # rules, templates and connections are there afterwards
            got = [published(settings, sink, turn, number) for turn in range(1, ROUNDS + 1)]
    first, last = statistics.median(one for one, _ in got), statistics.median(two for _, two in got)
    firsts = Metric(
        "latency.first", first * 1000, f"{first * 1000:.0f} ms", "the goal, in ms", pairs=ROUNDS, size=number
    )
    sink_program, source = program("smtp-sink"), program("smtp-source")
    if sink_program is None or source is None:
        return [firsts, absent("latency.last", "smtp-sink and smtp-source of postfix", number)]
    with running_sink(sink_program) as port:
        base = [_source_seconds(source, number, port) for _ in range(ROUNDS)]
    seconds = statistics.median(base)
    what = f"{seconds:.2f} s (smtp-source -s{SESSIONS} for as many mails, smtp-sink)"
    spread = max(base) / min(base)
    return [
        firsts,
        Metric("latency.last", last / seconds, f"{last:.2f} s", what, pairs=ROUNDS, spread=spread, size=number),
    ]


def _fill(path: Path, settings: Settings, number: int) -> None:
    """A store in which `number` people ask for toys."""
    engine = make_engine(settings.database_url)
    upgrade_schema(engine)
    with writing(engine) as session:
        load_reference(session, read_reference(DATA), system_clock())
    engine.dispose()
    fill_store(path, itertools.repeat(Wanted(industries=frozenset({INDUSTRY})), number))


def _source_seconds(source: str, number: int, port: int) -> float:
    return timed(lambda: subprocess.run(
        [source, f"-s{SESSIONS}", "-m", str(number), "-l", str(LENGTH), "-f", FROM, "-t", "firm@firm.example",
         f"{HERE}:{port}"],
        check=True, stdout=subprocess.DEVNULL,
    ))  # fmt: skip
