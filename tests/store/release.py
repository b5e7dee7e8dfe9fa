"""Copies of the shipped files with single cells changed: releases that tests bring in, good and bad."""

from __future__ import annotations

import shutil
from pathlib import Path

from settings import DATA
from store.reference import Problem, Reference, read_reference
from store.reference_checks import validate


class Release:
    """A folder with the shipped files; `change` replaces a text that must stand there exactly once or more."""

    def __init__(self, folder: Path) -> None:
        self.folder = shutil.copytree(DATA, folder / "release")

    def change(self, file: str, old: str, new: str) -> Release:
        """Replace the first `old` in a file."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}: the test is out of date"
        path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")
        return self

    def add(self, file: str, line: str) -> Release:
        """Append a line to a file."""
        with (self.folder / file).open("a", encoding="utf-8", newline="") as out:
            out.write(line + "\n")
        return self

    def drop(self, file: str, start: str) -> Release:
        """Remove the lines of a file that begin so."""
        path = self.folder / file
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(start)]
        assert len(kept) < len(lines), f"no line of {file} begins with {start!r}: the test is out of date"
        path.write_text("".join(kept), encoding="utf-8", newline="")
        return self

    def line_of(self, file: str, start: str) -> int:
        """The number of the first line that begins so."""
        lines = (self.folder / file).read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if line.startswith(start))

    def read(self) -> Reference:
        """The files as they stand now."""
        return read_reference(self.folder)

    def problems(self) -> list[Problem]:
        """What is wrong with the files as they stand now."""
        return validate(self.read())
