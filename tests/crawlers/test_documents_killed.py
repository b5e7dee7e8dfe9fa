"""A visit to documents killed at its worst moments: nothing is lost or stays held, the next visit does the rest."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from crawlers.documents import fetch_documents
from settings import ROOT, Settings
from store.clock import fixed_clock
from store.document import Document
from store.engine import make_engine, reading, writing
from store.notice import Notice
from tests.crawlers.documents_made import ANNEX_URL, FORM_URL, form_docx, insert_wanting, made_pdf, with_more
from tests.crawlers.driving import write_recording

FORM = {"url": FORM_URL, "match": "exact"}
ANNEX = {"url": ANNEX_URL, "match": "exact"}
PDF_TEXT = "The draft sets limits for residues of imidacloprid in green tea and in tea leaves."


@pytest.fixture
def engine(loaded_sqlite_url: str) -> Iterator[Engine]:
    engine = make_engine(loaded_sqlite_url)
    yield engine
    engine.dispose()


def documents_in(engine: Engine) -> list[Document]:
    with reading(engine) as session:
        return list(session.exec(select(Document).order_by(col(Document.id))))


def _wait_for(what: Callable[[], object]) -> None:
    until = time.monotonic() + 60
    while not what():
        assert time.monotonic() < until
        time.sleep(0.01)


def _started(engine: Engine, now: datetime, folder: Path) -> subprocess.Popen[bytes]:
    """A fetching parent in a session of its own, as the command is."""
    script = (
        "import sys\nfrom pathlib import Path\nfrom crawlers.documents import fetch_documents\n"
        "from settings import Settings\nfrom store.clock import fixed_clock, parse_instant\n"
        "from store.engine import open_store\nurl, now, folder = sys.argv[1:]\n"
        "settings = Settings(database_url=url, var=Path(folder))\n"
        "clock = fixed_clock(parse_instant(now))\n"
        "fetch_documents(open_store(url), settings, clock, replay=Path(folder), now=now)\n"
    )
    url = engine.url.render_as_string(hide_password=False)
    return subprocess.Popen([sys.executable, "-c", script, url, now.isoformat(), str(folder)], cwd=ROOT)


@pytest.mark.parametrize("killed_in", ["fetch", "extraction"])
def test_a_visit_killed_at_any_moment_loses_nothing(
    killed_in: str, engine: Engine, now: datetime, tmp_path: Path
) -> None:
    with writing(engine) as session:
        insert_wanting(session, now)
    slow = {"delay_s": 1.9} if killed_in == "fetch" else {}
    body = form_docx() if killed_in == "fetch" else with_more(b"<w:p/>" * 400_000)
    folder = write_recording(tmp_path / "r", {**ANNEX, "body": made_pdf(PDF_TEXT)}, {**FORM, "body": body, **slow})
    parent = _started(engine, now, folder)

    def is_there() -> bool:
        if killed_in == "fetch":
            return any(row.attempts for row in documents_in(engine))
        return bool(_extractions(parent.pid))

    _wait_for(is_there)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    held = [row.claimed_by for row in documents_in(engine) if row.claimed_by]
    assert held  # it was in the middle
    _wait_for(lambda: not Path(f"/proc/{held[0].split(':')[1]}").exists())  # the visit dies with its parent
    whole = write_recording(tmp_path / "w", {**FORM, "body": form_docx()}, {**ANNEX, "body": made_pdf(PDF_TEXT)})
    settings = Settings(database_url=engine.url.render_as_string(hide_password=False), var=tmp_path / "var")
    fetch_documents(engine, settings, fixed_clock(now), replay=whole, now=now.isoformat())
    assert [(row.status, row.problem) for row in documents_in(engine)] == [("fetched", ""), ("fetched", "")]
    with reading(engine) as session:
        assert session.exec(select(Notice)).one().number in (2, 3)
    assert fetch_documents(engine, settings, fixed_clock(now), replay=whole, now=now.isoformat())["asked"] == 0


def _extractions(ancestor: int) -> list[int]:
    """Processes below `ancestor` that read a file."""
    parents: dict[int, int] = {}
    reads: list[int] = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                parents[int(path.name)] = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if b"crawlers.extraction" in (path / "cmdline").read_bytes():
                    reads.append(int(path.name))
            except (OSError, IndexError):
                continue
    return [pid for pid in reads if _is_below(pid, ancestor, parents)]


def _is_below(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid > 1:
        pid = parents.get(pid, 0)
        if pid == ancestor:
            return True
    return False
