"""Write `expected.jsonl` beside a recording: `.venv/bin/python -m tests.crawlers.write_expected SOURCE`.

The real spider makes the notices, in a store of its own. Read every line before you commit it: the test asks for
exactly what stands there.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from crawlers.declarations import declared_source
from settings import TbtwatchError
from store.engine import make_engine
from store.schema import upgrade_schema
from tests.crawlers.driving import crawl_here
from tests.crawlers.expected import write_expected


def write(source: str) -> str:
    """Replay the recording of `source` and write what it gives; returns what became of the visit, in one line."""
    folder = declared_source(source).recording
    with tempfile.TemporaryDirectory() as place:
        engine = make_engine(f"sqlite:///{Path(place)}/store.sqlite")
        upgrade_schema(engine)
        report = crawl_here(str(engine.url), source, folder, var=place)
        write_expected(folder, engine)
        engine.dispose()
    issues = "".join(f"; {note.record}: {note.message}" for note in report.issues)
    return f"{source}: {report.status}, {report.new} notices in {folder.name}/expected.jsonl{issues}"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.crawlers.write_expected SOURCE")
    try:
        sys.stdout.write(write(sys.argv[1]) + "\n")
    except TbtwatchError as error:
        sys.exit(str(error))
