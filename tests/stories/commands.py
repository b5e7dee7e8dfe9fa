"""The real command `tbtwatch` for stories: as a process of its own, or, where that is not the point, in this one."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from settings import PREFIX, ROOT

PROGRAM = Path(sys.executable).parent / "tbtwatch"
NOW = "2026-06-03T09:00+08:00"
LONGEST_S = 120.0  # a command that hangs fails its test instead of the whole suite


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code and both outputs."""

    code: int
    out: str
    err: str

    def lines(self) -> list[Any]:
        """Standard output as lines of JSON."""
        return [json.loads(line) for line in self.out.splitlines()]

    def json(self) -> Any:
        """Standard output as the one line of JSON it has to be."""
        assert self.out.endswith("\n") and self.out.count("\n") == 1, self
        return json.loads(self.out)

    def told(self) -> str:
        """What a person is told by a command that refuses: one line, and nothing on standard output."""
        assert self.out == "" and "Traceback" not in self.err, self
        lines = self.err.splitlines()
        assert len(lines) == 1 and lines[0].startswith("tbtwatch: "), self.err
        return lines[0].removeprefix("tbtwatch: ")


def is_told(done: Done, code: int, *parts: str) -> None:
    """One line that holds `parts`, and this exit code."""
    told = done.told()
    assert done.code == code, done
    for part in parts:
        assert part in told, told


@dataclass(frozen=True)
class Commands:
    """`tbtwatch` in one place: a folder and a store of its own, none of this machine's settings."""

    var: Path
    url: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    def environment(self, **settings: str) -> dict[str, str]:
        """The environment of every command; `settings` without their prefix, in small letters."""
        place = {"profile": "demo", "var": str(self.var), "database_url": self.url, "seed_model": "off"}
        place["take_back_minutes"] = "0"  # stories that are about 待发 set it
        own = {**place, **self.settings, **settings}
        clean = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        return clean | {PREFIX + name.upper(): value for name, value in own.items()}

    def process(self, *arguments: str, given: str | None = None, **settings: str) -> Done:
        """Run as an operator does: a process of its own."""
        done = subprocess.run(
            [PROGRAM, *arguments],
            cwd=ROOT,
            env=self.environment(**settings),
            input=given or "",
            timeout=LONGEST_S,
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def __call__(self, *arguments: str, given: str = "", **settings: str) -> Done:
        """The same in this process, in a tenth of the time; exit code and outputs are those of the command."""
        from cli import main

        out, err = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, self.environment(**settings), clear=True),
            patch.object(sys, "argv", ["tbtwatch", *arguments]),
            patch.object(sys, "stdin", io.StringIO(given)),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = _exit_code_of(main)
        return Done(code, out.getvalue(), err.getvalue())

    def answer(self, *arguments: str, **settings: str) -> Any:
        """The JSON of a command that works."""
        done = self(*arguments, "--json", **settings)
        assert done.code == 0, done
        return done.json()

    @contextmanager
    def started(self, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
        """A command that runs until the block ends; its standard error is kept in `var`."""
        self.var.mkdir(parents=True, exist_ok=True)
        with (self.var / "stderr.txt").open("a") as told:
            process = subprocess.Popen(
                [PROGRAM, *arguments],
                cwd=ROOT,
                env=self.environment(**settings),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=told,
                text=True,
                start_new_session=True,
            )
            try:
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                assert process.stdout
                process.stdout.close()


def _exit_code_of(main: Any) -> int:
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    return 0
