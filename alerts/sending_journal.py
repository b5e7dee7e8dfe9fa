"""A connection's journal: which mail's final dot was about to leave, and what the server said to the one before.

Why a file: a row's acceptance must be kept before the next final dot of its connection leaves, or a killed process
would repeat more than the one mail in flight. A transaction a mail does that and costs more than the mail server; so
the answers go into the store some hundreds at a time, and until then into this file, by one `write` a mail. What was
written survives SIGKILL (the system holds it), and a power cut repeats at most what was not in the store yet.
"""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from store.work import worker_name

LEFT = "left:"  # before the name of a journal whose process lives but could not carry it over
_SUFFIX = ".sending"
_NUMBERS = itertools.count(1)


class Journal:
    """The journal of one connection of this process; its name says whose it is."""

    def __init__(self, var: Path) -> None:
        """Make a new file in `var`/sending."""
        self.path = folder_of(var) / f"{worker_name()}:{next(_NUMBERS)}{_SUFFIX}"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_TRUNC, 0o600)
        self._size = 0
        self._waiting = b""

    def answered(self, email_id: int, code: int | None, *, accepted: bool) -> None:
        """What came of the mail; written at the latest with the next `begin`."""
        self._waiting += b"%s %d %d\n" % (b"accepted" if accepted else b"other", email_id, code or 0)

    def begin(self, email_id: int) -> None:
        """The final dot of this mail leaves next: from then on the server may have it. Raises OSError: it must not."""
        self._append(self._waiting + b"begun %d 0\n" % email_id)
        self._waiting = b""

    def write(self) -> None:
        """Write what waits; on a full disk it keeps waiting: at worst the connection's last mail is repeated."""
        if self._waiting:
            with suppress(OSError):
                self._append(self._waiting)
                self._waiting = b""

    def _append(self, lines: bytes) -> None:
        """All of it or nothing: on a full disk a part may be written, and half a line would spoil what follows it."""
        if os.write(self._file, lines) != len(lines):
            os.ftruncate(self._file, self._size)
            raise OSError(errno.ENOSPC, f"{self.path}: the disk is full")
        self._size += len(lines)

    def close(self, *, settled: bool = True) -> None:
        """The file goes when everything stands in the store; else it is left for the next run to carry over."""
        self.write()
        os.close(self._file)
        if settled:
            self.path.unlink(missing_ok=True)
        else:
            self.path.rename(self.path.with_name(LEFT + self.path.name))


@dataclass
class Left:
    """What a dead process left: accepted mails (id -> code), and those begun of which no answer is known."""

    accepted: dict[int, int] = field(default_factory=dict)
    ambiguous: set[int] = field(default_factory=set)


def folder_of(var: Path) -> Path:
    """Where the journals of this installation lie."""
    return var / "sending"


def journals_in(var: Path) -> dict[str, list[Path]]:
    """Worker name -> its journals."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder_of(var).glob("*" + _SUFFIX)):
        found.setdefault(path.name.removesuffix(_SUFFIX).rsplit(":", 1)[0], []).append(path)
    return found


def left_in(paths: Iterable[Path]) -> Left:
    """What the journals say. A last line that was cut says nothing. Pure but for reading."""
    left = Left()
    for path in paths:
        whole, _, _ = path.read_bytes().rpartition(b"\n")
        for line in whole.splitlines():
            word, email_id, code = line.split()
            _note(left, word, int(email_id), int(code))
    return left


def _note(left: Left, word: bytes, email_id: int, code: int) -> None:
    if word == b"begun":
        left.ambiguous.add(email_id)
        return
    left.ambiguous.discard(email_id)
    if word == b"accepted":
        left.accepted[email_id] = code
