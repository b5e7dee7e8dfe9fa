"""A mail server that takes everything and knows when and for whom: a process of its own, asked by line.

`count` -> how many mails it took; `report` -> a line of JSON: instants (monotonic, the same for all processes of this
machine) of the first and last 250, and how often each recipient was served; then it begins anew.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.peers import HERE
from settings import ROOT

_END = b"\r\n.\r\n"


@dataclass
class Got:
    """What was taken since the last report."""

    first: float
    last: float
    recipients: Counter[bytes]


class _Session(asyncio.Protocol):
    got = Got(0.0, 0.0, Counter())

    def connection_made(self, transport: Any) -> None:
        self.transport, self.buffer, self.recipient, self.in_text = transport, b"", b"", False
        transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        seen = max(0, len(self.buffer) - len(_END))
        self.buffer += data
        answers = []
        while True:
            end = self.buffer.find(_END, seen) if self.in_text else self.buffer.find(b"\r\n")
            if end < 0:
                break
            line, self.buffer = self.buffer[:end], self.buffer[end + (len(_END) if self.in_text else 2) :]
            answers.append(self._taken() if self.in_text else self._answer(line))
            seen = 0
        self.transport.write(b"".join(answers))

    def _taken(self) -> bytes:
        self.in_text = False
        got = self.got
        got.last = time.monotonic()
        got.first = got.first or got.last
        got.recipients[self.recipient] += 1
        return b"250 taken\r\n"

    def _answer(self, line: bytes) -> bytes:
        word = line[:4].upper()
        if word == b"EHLO":
            return b"250-sink.example\r\n250 PIPELINING\r\n"
        if word == b"RCPT":
            self.recipient = line
        if word == b"DATA":
            self.in_text = True
            return b"354 go on\r\n"
        return b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n"


class Sink:
    """A running sink, from outside."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Use `counting_sink()`."""
        self._process = process
        self.port = int(self._answer())

    def count(self) -> int:
        """Mails taken since the last report."""
        return int(self._ask("count"))

    def report(self) -> dict[str, Any]:
        """first, last: seconds; recipients: how many; mails: how many, with repeats."""
        found: dict[str, Any] = json.loads(self._ask("report"))
        return found

    def _ask(self, word: str) -> str:
        assert self._process.stdin
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


@contextmanager
def counting_sink() -> Iterator[Sink]:
    """Run one."""
    command = [sys.executable, "-m", "bench.sink"]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Sink(process)
        finally:
            process.kill()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Session, HERE, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    threading.Thread(target=_answer_lines, args=(lambda: loop.call_soon_threadsafe(ended.set),), daemon=True).start()
    await ended.wait()


def _answer_lines(ended: Any) -> None:
    for line in sys.stdin:
        got = _Session.got
        if line.strip() == "count":
            print(got.recipients.total(), flush=True)
            continue
        _Session.got = Got(0.0, 0.0, Counter())
        served = {"recipients": len(got.recipients), "mails": got.recipients.total()}
        print(json.dumps({"first": got.first, "last": got.last, **served}), flush=True)
    ended()


if __name__ == "__main__":
    asyncio.run(_serve())
