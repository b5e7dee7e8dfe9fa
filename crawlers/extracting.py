"""Having a file read by a process of its own, and surviving whatever the file does to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from settings import ROOT
from store.document import MOST_TEXT

COMMAND = (sys.executable, "-m", "crawlers.extraction")
GRACE_S = 3.0  # the process ends itself first; this is for one that cannot


@dataclass(frozen=True)
class Limits:
    """What the reading of one file may cost."""

    seconds: float = 30.0
    memory_mb: int = 1024
    pages: int = 200
    characters: int = MOST_TEXT
    unpacked_bytes: int = 100_000_000  # of a DOCX

    def as_arguments(self) -> list[str]:
        """In the order in which crawlers.extraction reads them."""
        numbers = (self.seconds, self.memory_mb, self.pages, self.characters, self.unpacked_bytes)
        return [str(number) for number in numbers]


@dataclass(frozen=True)
class Extracted:
    """The text of a file; or a problem (a key) with its reason in one line, and no text."""

    text: str = ""
    pages: int | None = None
    is_cut: bool = False
    problem: str = ""
    reason: str = ""


USUAL = Limits()


def extract_text(body: bytes, limits: Limits = USUAL, command: Sequence[str] = COMMAND) -> Extracted:
    """The text of `body`, or why there is none; never raises for what the file holds."""
    with tempfile.TemporaryDirectory(prefix="tbtwatch-") as folder:
        path = Path(folder) / "document"
        path.write_bytes(body)
        try:
            done = subprocess.run(
                [*command, str(path), *limits.as_arguments()],
                cwd=ROOT,
                env={name: value for name, value in os.environ.items() if not name.startswith("TBTWATCH_")},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=limits.seconds + GRACE_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return _too_slow(limits)
    return _read_answer(done, limits)


def _read_answer(done: subprocess.CompletedProcess[bytes], limits: Limits) -> Extracted:
    if done.returncode in (-signal.SIGALRM, -signal.SIGXCPU):
        return _too_slow(limits)
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        return Extracted(problem="crashed", reason=f"reading it ended by {name}")
    try:
        return Extracted(**json.loads(done.stdout))
    except (ValueError, TypeError):
        told = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        return Extracted(problem="crashed", reason=f"reading it ended with code {done.returncode}: {told[-1][:200]}")


def _too_slow(limits: Limits) -> Extracted:
    return Extracted(problem="too_slow", reason=f"reading it took longer than {limits.seconds:g} s")
