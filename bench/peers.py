"""Programmes that are measured against when they are installed: postfix's smtp-source and smtp-sink."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from settings import ROOT

HERE = "127.0.0.1"


def program(name: str) -> str | None:
    """Where a programme of postfix is: beside TBTWATCH_TEST_SMTP_SINK, on PATH, or where Debian or .ci/run puts it."""
    places = [os.environ.get("PATH", ""), "/usr/sbin", str(ROOT / "var" / "ci" / "bin")]
    if sink := os.environ.get("TBTWATCH_TEST_SMTP_SINK"):
        places.insert(0, str(Path(sink).parent))
    return shutil.which(name, path=os.pathsep.join(places))


@contextmanager
def running_sink(sink: str) -> Iterator[int]:
    """The port of a running smtp-sink that keeps nothing."""
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        port = int(probe.getsockname()[1])
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        [sink, *user, f"{HERE}:{port}", "500"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            socket.create_connection((HERE, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"smtp-sink does not listen on {port}")
