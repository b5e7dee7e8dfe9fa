"""The production path from a foreign answer to the first and last mail: what the group latency runs and stamps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.sender import environment_of
from bench.sink import Sink
from crawlers.jobs import Job
from settings import ROOT, Settings

SOURCE = "wto_tbt_notifications"
ADDRESS = "https://api.wto.org/eping/notifications/search"
LONGEST_S = 120
# The serving process without its pages and timetable: the stages' loop, and the sender as its child.
SERVING = """
import sys
from cli.sender import SenderProcess
from scheduler import Service
from settings import load_settings
from store.clock import system_clock
from store.engine import make_engine
settings = load_settings()
service = Service(make_engine(settings.database_url), settings, system_clock, [], sends=False)
sender = SenderProcess(settings)
service.start()
sender.start()
print("serving", flush=True)
sys.stdin.read()
sender.stop()
service.stop()
"""
# The process of a crawl, with a publisher that writes down when the last byte of its answer left.
CRAWLING = """
import sys, time
import crawlers.replay as publisher
send = publisher._Handler._send
def stamped(self, exchange):
    sent = send(self, exchange)
    if exchange.body:
        with open(sys.argv[1], "w") as file:
            file.write(str(time.monotonic()))
    return sent
publisher._Handler._send = stamped
from crawlers.process import main
main()
"""


@contextmanager
def serving(settings: Settings) -> Iterator[None]:
    """The service runs until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVING], cwd=ROOT, env={**environment_of(settings), "TBTWATCH_SEED_MODEL": "off"},
        text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin and process.stdout
        process.stdout.readline()
        time.sleep(3)  # the sender loads its libraries and listens
        try:
            yield
        finally:
            process.stdin.close()


def published(settings: Settings, sink: Sink, number: int, mails: int) -> tuple[float, float]:
    """(seconds to the first, to the last 250) after notice `number` came to be known, which `mails` people ask for."""
    folder = settings.var / f"answer{number}"
    write_answer(folder, number)
    stamp = folder / "stamp"
    job = Job(SOURCE, os.urandom(16).hex(), settings.database_url, str(settings.var), "recent", replay=str(folder))
    with subprocess.Popen(
        [sys.executable, "-c", CRAWLING, str(stamp)], cwd=ROOT, env=environment_of(settings), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps(job.as_json()) + "\n")
        process.stdin.flush()
        told = process.stdout.readline()  # it ends as soon as its standard input does
    if not stamp.exists() or json.loads(told).get("new") != 1:
        raise AssertionError(f"the crawl found no new notice: {told}")
    until = time.monotonic() + LONGEST_S
    while sink.count() < mails:
        if time.monotonic() > until:
            raise TimeoutError(f"{sink.count()} of {mails} mails came")
        time.sleep(0.05)
    got = sink.report()
    began = float(stamp.read_text())
    return got["first"] - began, got["last"] - began


def write_answer(folder: Path, number: int) -> None:
    """A page of the publisher's API with one new notice about toys, as a recording of this moment."""
    folder.mkdir()
    now = datetime.now(UTC)
    body: dict[str, Any] = {"items": [record(number, now)], "currentPage": 1, "pageSize": 100, "totalCount": 1}
    (folder / "answer.json").write_text(json.dumps(body), encoding="utf-8")
    exchange = {
        "method": "GET", "url": ADDRESS, "match": "path", "request_body": None, "status": 200, "delay_s": 0,
        "headers": {"Content-Type": "application/json; charset=utf-8"}, "body": "answer.json",
    }  # fmt: skip
    (folder / "exchanges.jsonl").write_text(json.dumps(exchange) + "\n", encoding="utf-8")
    (folder / "recording.json").write_text(json.dumps({"recorded_at": now.isoformat()}), encoding="utf-8")


def record(number: int, now: datetime) -> dict[str, Any]:
    """A notification that needs no person to look at it."""
    return {
        "id": str(500_000 + number), "area": "TBT", "documentSymbol": f" G/TBT/N/USA/{4000 + number}",
        "notifyingMember": "United States of America", "notificationType": "Regular notification",
        "distributionDate": f"{now - timedelta(days=1):%Y-%m-%d}T00:00:00Z",
        "commentDeadlineDate": f"{now + timedelta(days=60):%Y-%m-%d}T00:00:00Z",
        "title": f"<p>Safety of toys, part {number}</p>", "description": "<p>Limits what can be swallowed.</p>",
        "productsFreeText": "Toys", "hsCodes": [{"id": 1, "code": "9503", "name": "9503 - Toys"}],
        "hsCodeText": "9503", "icsCodes": [{"id": 1, "code": "97.200.50", "name": "97.200.50 - Toys"}],
        "icsCodeText": "97.200.50",
        "linkToNotification": f"https://docs.wto.org/imrd/directdoc.asp?USA{4000 + number}.DOCX",
    }  # fmt: skip
