"""The index of subscriptions as a file, so that a process is ready at once: this copy, and the log since then.

A copy is worth nothing unless whole and of this very store, so its head says what it holds, with a checksum, and its
number and mark must stand in the store's log. A damaged, foreign or old one is passed over, and the rows are read.
"""

from __future__ import annotations

import json
import logging
import os
import zlib
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from pyroaring import BitMap

from alerts.bitmaps import Bitmaps, pieces
from store.schema import head_revision

log = logging.getLogger(__name__)

NAME = "subscriptions.bitmaps"
FORMAT = 1


def write_copy(folder: Path, index: Bitmaps, number: int, mark: str) -> Path:
    """Put a copy into `folder`, in the place of an older one at once; raises OSError."""
    bodies = [(kind, value, ids.serialize()) for kind, value, ids in pieces(index)]
    body = b"".join([index.owners.tobytes(), *(each for _, _, each in bodies)])
    head = {
        "format": FORMAT,
        "schema": head_revision(),
        "number": number,
        "mark": mark,
        "owners": len(index.owners),
        "sets": [(kind, value, len(each)) for kind, value, each in bodies],
        "checksum": zlib.crc32(body),
    }
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix=NAME, suffix=".part", delete=False) as file:
        try:
            file.write(json.dumps(head, ensure_ascii=False).encode() + b"\n")
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(folder / NAME)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    return folder / NAME


def read_copy(folder: Path) -> tuple[Bitmaps, int, str] | None:
    """The copy in `folder` with its number and mark; None when there is none that can be used."""
    try:
        with (folder / NAME).open("rb") as file:
            head, body = json.loads(file.readline()), file.read()
        if (head["format"], head["schema"]) != (FORMAT, head_revision()) or head["checksum"] != zlib.crc32(body):
            raise ValueError("of another version, or cut short")
        return _index_of(head, body), int(head["number"]), str(head["mark"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("the copy of the index of subscriptions cannot be used, the rows are read: %s", error)
        return None


def _index_of(head: dict[str, Any], body: bytes) -> Bitmaps:
    made = Bitmaps()
    at = int(head["owners"]) * made.owners.itemsize
    made.owners.frombytes(body[:at])
    for kind, value, size in head["sets"]:
        made.add_set(kind, value, BitMap.deserialize(body[at : at + size]))
        at += size
    return made
