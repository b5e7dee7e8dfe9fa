"""mail.exactly: a sender killed with SIGKILL at random moments; what was lost, and what came too often."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from bench.measure import Metric
from bench.outbox import fill_outbox
from bench.sender import go, running_sender, settings_for
from bench.sink import Sink, counting_sink
from settings import Settings

QUICK, FULL = (1_000, 5), (10_000, 20)  # mails, kills
SEED = 7


def exactly(quick: bool) -> Metric:
    """Mails lost, and repeats beyond one a connection and kill."""
    number, kills = QUICK if quick else FULL
    rng = random.Random(SEED)
    with tempfile.TemporaryDirectory() as folder, counting_sink() as sink:
        settings = settings_for(Path(folder), "exactly.sqlite", sink.port)
        fill_outbox(Path(folder) / "exactly.sqlite", number, settings).dispose()
        for kill in range(1, kills + 1):
            _send_until(settings, sink, int(number * kill / (kills + 2)) + rng.randrange(number // (kills + 2)))
        _send_until(settings, sink, None)
        got = sink.report()
    lost, repeated = number - got["recipients"], got["mails"] - got["recipients"]
    allowed = kills * settings.smtp_connections
    return Metric(
        "mail.exactly",
        lost + max(0, repeated - allowed),
        f"{lost} lost",
        f"{repeated} repeated of {allowed} that may be ({kills} kills, {settings.smtp_connections} connections)",
        pairs=kills,
        size=number,
    )


def _send_until(settings: Settings, sink: Sink, mails: int | None) -> None:
    """Run a sender; kill it when the sink has taken `mails`, let it end for None."""
    with running_sender(settings) as process:
        go(process)
        while process.poll() is None and (mails is None or sink.count() < mails):
            time.sleep(0.001 if mails is not None else 0.05)
        process.kill()
