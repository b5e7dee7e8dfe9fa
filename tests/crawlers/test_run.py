"""Crawls as commands and processes: what is printed, exit codes, deadlines, memory, death."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crawlers.declarations import declared_source
from crawlers.errors import CrawlKilled
from crawlers.jobs import Job
from crawlers.process import mode_of
from crawlers.run import CrawlFailed, CrawlProcess, Crawls, Order, job_for
from settings import RECORDINGS, ROOT, Settings
from store.clock import parse_instant
from store.columns import new_public_id
from store.crawl import CrawlRun, SourceState
from store.engine import make_engine, reading
from tests.crawlers.driving import NOW, write_recording
from tests.crawlers.expected import stored_notices
from tests.crawlers.sheets_made import row, write_workbook

TBT, SPS, BOOK = "wto_tbt_notifications", "wto_sps_notifications", "wto_notifications_workbook"


def tbtwatch(url: str, var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a person would."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TBTWATCH_")}
    return subprocess.run(
        [sys.executable, "-c", "import cli; cli.main()", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**clean, "TBTWATCH_DATABASE_URL": url, "TBTWATCH_VAR": str(var)},
    )  # fmt: skip


def test_a_crawl_prints_a_line_a_source_in_the_order_given(loaded_sqlite_url: str, tmp_path: Path) -> None:
    ran = tbtwatch(loaded_sqlite_url, tmp_path / "var", "crawl", SPS, TBT, BOOK, "--replay", str(RECORDINGS), "--json")
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ran.returncode == 0, ran.stderr
    assert [(line["source"], line["status"], line["new"], line["changed"]) for line in lines] in (
        # The workbook knows one notification that the API has too, and four that its addenda follow.
        [(SPS, "ok", 12, 0), (TBT, "ok", 38, 0), (BOOK, "ok", 12, 1)],
        [(SPS, "ok", 12, 0), (TBT, "ok", 37, 1), (BOOK, "ok", 13, 0)],
    )
    assert all({"unchanged", "issues"} <= line.keys() for line in lines)
    listed = json.loads(tbtwatch(loaded_sqlite_url, tmp_path / "var", "sources", "--json").stdout)
    assert {row["id"]: row["status"] for row in listed if row["status"]} == {SPS: "ok", TBT: "ok", BOOK: "ok"}
    keys = {"id", "kind", "country", "enabled", "grade", "status", "last_success", "recording"}
    assert all(keys <= row.keys() and row["recording"] for row in listed)


def test_without_its_key_a_source_says_so_and_the_exit_code_is_3(loaded_sqlite_url: str, tmp_path: Path) -> None:
    ran = tbtwatch(loaded_sqlite_url, tmp_path / "var", "crawl", TBT, "--json")
    line = json.loads(ran.stdout)
    assert (ran.returncode, line["status"], line["new"]) == (3, "needs_key", 0)
    assert "TBTWATCH_WTO_API_KEY" in line["reason"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["crawl", "no_such_source", "--json"], 1, "no_such_source"),
        (["crawl", TBT, "--replay", "/no/such/folder", "--json"], 1, "/no/such/folder"),
        (["crawl", TBT, "--replay", str(RECORDINGS), "--now", "yesterday"], 1, "yesterday"),
        (["import", "/no/such/file.xlsx"], 1, "/no/such/file.xlsx"),
        (["record", "no_such_source", "/tmp/nowhere"], 1, "no_such_source"),
    ],
)
def test_bad_input_is_one_line_and_no_traceback(
    loaded_sqlite_url: str, tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    ran = tbtwatch(loaded_sqlite_url, tmp_path / "var", *arguments)
    assert (ran.returncode, ran.stdout) == (code, "")
    assert words in ran.stderr and len(ran.stderr.strip().splitlines()) == 1


def test_since_without_fill_is_wrong_usage(loaded_sqlite_url: str, tmp_path: Path) -> None:
    ran = tbtwatch(loaded_sqlite_url, tmp_path / "var", "crawl", TBT, "--since", "2026-01-01")
    assert ran.returncode == 2 and "--fill" in ran.stderr


def test_a_store_that_cannot_be_opened_is_exit_code_4(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    ran = tbtwatch(
        f"sqlite:///{tmp_path}/file/store.sqlite", tmp_path / "var", "crawl", TBT, "--replay", str(RECORDINGS)
    )
    assert (ran.returncode, ran.stdout) == (4, "")
    assert len(ran.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("source", "asked", "visited", "mode"),
    [
        (BOOK, "recent", False, "workbook"),
        (BOOK, "fill", True, "workbook"),
        (TBT, "recent", False, "recent"),
        (TBT, "fill", False, "fill"),
        ("another", "recent", False, "first"),
        ("another", "recent", True, "recent"),
    ],
)
def test_how_a_visit_admits_its_notices(source: str, asked: Any, visited: bool, mode: str, tmp_path: Path) -> None:
    declaration = declared_source(TBT if source == "another" else source)
    if source == "another":  # a source whose backlog nobody asked for
        declaration = declaration.model_copy(update={"first_visit": "history"})
    state = SourceState(source=source, first_crawled_at=parse_instant(NOW) if visited else None)
    assert mode_of(_job("sqlite:///x", tmp_path, mode=asked), declaration, state) == mode


def test_an_import_killed_half_way_ends_in_the_same_rows_when_run_again(sqlite_url: str, tmp_path: Path) -> None:
    gulf = [("United Arab Emirates", "ARE"), ("Saudi Arabia, Kingdom of", "SAU"), ("Yemen", "YEM")]
    rows = [
        row(", ".join(f"G/TBT/N/{code}/{n}" for _, code in gulf), name, Description="x" * 400)
        for n in range(1, 1500)
        for name, _ in gulf
    ]
    path = write_workbook(tmp_path / "a.xlsx", rows)
    engine = make_engine(sqlite_url)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TBTWATCH_")}
    killed = subprocess.Popen(
        [sys.executable, "-c", "import cli; cli.main()", "import", str(path)], cwd=ROOT, stdout=subprocess.DEVNULL,
        env={**clean, "TBTWATCH_DATABASE_URL": sqlite_url, "TBTWATCH_VAR": str(tmp_path / "var")},
    )  # fmt: skip
    while killed.poll() is None and not stored_notices(engine):
        time.sleep(0.01)
    killed.kill()
    killed.wait()
    assert len(stored_notices(engine)) < 1499
    ran = tbtwatch(sqlite_url, tmp_path / "var", "import", str(path), "--json")
    counts = json.loads(ran.stdout)
    assert counts["rows"] == 4497 and counts["new"] + counts["unchanged"] == 1499 and counts["new"] > 0
    assert counts["changed"] == counts["rejected"] == 0
    notices = stored_notices(engine)
    assert len(notices) == 1499 and {tuple(notice["members"]) for notice in notices} == {("ARE", "SAU", "YEM")}
    engine.dispose()


def _settings(url: str, var: Path) -> Settings:
    return Settings(database_url=url, var=var)


def _job(url: str, tmp_path: Path, **changes: Any) -> Job:
    slow = {"url": "https://api.wto.org/eping/notifications/search", "match": "path", "body": b"{}", "delay_s": 1.9}
    folder = write_recording(tmp_path / "slow", slow)
    values: dict[str, Any] = {
        "source": TBT, "run": new_public_id(), "database_url": url, "var": str(tmp_path), "mode": "recent", "now": NOW,
        "replay": str(folder), **changes,
    }  # fmt: skip
    return Job(**values)


def _run_of(url: str, job: Job) -> CrawlRun:
    engine = make_engine(url)
    with reading(engine) as session:
        run = session.execute(select(CrawlRun).where(CrawlRun.public_id == job.run)).scalar_one()  # type: ignore[arg-type]
    engine.dispose()
    return run


@pytest.mark.parametrize(
    ("changes", "memory_mb", "words"),
    [({"deadline_s": 0.0}, 4000, "ran longer than"), ({}, 5, "used more than 5 MB")],
)
def test_a_crawl_that_goes_too_far_is_killed_and_reported(
    sqlite_url: str, tmp_path: Path, changes: dict[str, Any], memory_mb: int, words: str
) -> None:
    job = _job(sqlite_url, tmp_path, **changes)
    with Crawls(1) as crawls:
        report = crawls._crawl(job, memory_mb)
    assert (report["status"], report["issues"][0]["kind"]) == ("failing", "CrawlKilled")
    assert words in report["reason"]
    run = _run_of(sqlite_url, job)
    assert (run.status, run.finished_at is not None) == ("failing", True)


def test_a_process_that_dies_is_told_from_one_that_says_nothing(sqlite_url: str, tmp_path: Path) -> None:
    process = CrawlProcess()
    process.process.kill()
    with pytest.raises(CrawlKilled, match="code -9"):
        process.run(_job(sqlite_url, tmp_path), 4000)
    process.close()


def test_an_unreachable_store_is_not_the_sources_fault(tmp_path: Path) -> None:
    job = _job(f"sqlite:///{tmp_path}", tmp_path)  # a folder is no database
    process = CrawlProcess()
    with pytest.raises(CrawlFailed) as failed:
        process.run(job, 4000)
    process.close()
    assert failed.value.exit_code == 4 and "cannot open the store" in str(failed.value)


def test_a_crawl_whose_parent_died_ends_too(sqlite_url: str, tmp_path: Path) -> None:
    job = json.dumps(_job(sqlite_url, tmp_path, deadline_s=600).as_json())
    script = (
        "import json, os\nfrom crawlers.run import CrawlProcess\n"
        f"p = CrawlProcess()\np.process.stdin.write({job!r}.encode() + b'\\n')\np.process.stdin.flush()\n"
        "print(p.process.pid, flush=True)\nos._exit(9)\n"
    )
    parent = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    child = Path(f"/proc/{parent.stdout.strip()}")
    until = time.monotonic() + 60
    while child.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not child.exists()


def test_the_run_of_a_dead_process_is_closed_by_the_next_one(sqlite_url: str) -> None:
    from crawlers.runs import begin_run

    engine = make_engine(sqlite_url)
    first = begin_run(engine, TBT, "recent", parse_instant(NOW))
    second = begin_run(engine, TBT, "recent", parse_instant(NOW))
    with reading(engine) as session:
        assert session.get(CrawlRun, first).status == "running"  # type: ignore[union-attr] # its process lives: this one
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE crawlrun SET reason = 'elsewhere:1:0' WHERE id = {second}")
        connection.exec_driver_sql(f"UPDATE crawlrun SET reason = '{os.uname().nodename}:4194303:1' WHERE id = {first}")
    begin_run(engine, TBT, "recent", parse_instant(NOW))
    with reading(engine) as session:
        assert session.get(CrawlRun, first).status == "failing"  # type: ignore[union-attr]
        assert session.get(CrawlRun, second).status == "running"  # type: ignore[union-attr] # another machine's
    engine.dispose()


def test_the_clock_of_a_job(tmp_path: Path) -> None:
    settings = _settings("sqlite:///x", tmp_path)
    job = job_for(TBT, Order(replay=RECORDINGS), settings)
    assert (job.instant, job.judge_age, job.replay) == (parse_instant(NOW), True, str(RECORDINGS / TBT))
    later = "2026-06-04T09:00:00+08:00"
    assert job_for(TBT, Order(replay=RECORDINGS, now=later), settings).instant == parse_instant(later)
    unclocked = write_recording(tmp_path / "r", {"url": "https://a"}, recorded_at=None)
    job = job_for(TBT, Order(replay=unclocked), settings)
    assert (job.instant, job.judge_age) == (None, False)
    assert job_for(TBT, Order(), settings).judge_age is True


def test_the_state_of_a_source_remembers_success_and_failure(sqlite_url: str, tmp_path: Path) -> None:
    from tests.crawlers.driving import crawl_here

    def state() -> SourceState:
        with reading(engine) as session:
            return session.execute(select(SourceState)).scalar_one()

    engine = make_engine(sqlite_url)
    crawl_here(sqlite_url, TBT, RECORDINGS / TBT)
    first = state()
    assert (first.status, first.failing_since, first.last_success_at is not None) == ("ok", None, True)
    dead = write_recording(tmp_path / "dead", {"url": "https://another.example/"})
    crawl_here(sqlite_url, TBT, dead, now="2026-06-04T09:00:00+08:00")
    crawl_here(sqlite_url, TBT, dead, now="2026-06-05T09:00:00+08:00")
    failing = state()
    assert (failing.status, failing.last_success_at) == ("failing", first.last_success_at)
    assert failing.failing_since is not None and failing.failing_since.day == 4 and "nobody answers" in failing.reason
    crawl_here(sqlite_url, TBT, RECORDINGS / TBT, now="2026-06-05T10:00:00+08:00")
    assert (state().status, state().failing_since, state().reason) == ("unchanged", None, "")
    engine.dispose()


def test_a_recording_made_from_a_visit_plays_like_it(sqlite_url: str, tmp_path: Path) -> None:
    from tests.crawlers.driving import crawl_here

    crawl_here(sqlite_url, TBT, RECORDINGS / TBT, record=str(tmp_path / "made"), key="s3cret")
    report = crawl_here(sqlite_url, TBT, tmp_path / "made")
    assert (report.status, report.unchanged) == ("unchanged", 38)
    assert b"s3cret" not in b"".join(path.read_bytes() for path in (tmp_path / "made").iterdir())
