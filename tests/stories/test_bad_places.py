"""Stores, settings and places that cannot be: one line that names the thing and the cure, and the right exit code."""

from __future__ import annotations

import gc
import os
import resource
import socket
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from settings import ROOT
from tests.stories.commands import PROGRAM, Commands, Done, is_told
from tests.stories.published import TBT, export_sheet, notice_row

LIVE = {
    "profile": "live",
    "base_url": "https://warn.example",
    "contact": "020-00000000",
    "smtp_host": "127.0.0.1",
    "smtp_from": "warn@warn.example",
}

UNREACHABLE = [
    ("postgresql://127.0.0.1:1/x", ("postgresql://127.0.0.1:1/x", "TBTWATCH_DATABASE_URL")),
    ("postgresql://me:secret@127.0.0.1:1/x", ("me:***@127.0.0.1",)),
    ("postgresql://no.such.host.invalid/x", ("no.such.host.invalid",)),
    ("sqlite:///{folder}", ("unable to open",)),
    ("sqlite:///{file}", ("not a database",)),
    ("sqlite:///{file}/below/x.sqlite", ("cannot make the folder",)),
]


@pytest.mark.parametrize("command", ["notices list", "stages run", "db upgrade", "db check", "outbox list", "sources"])
def test_no_store_is_exit_4_for_every_command(command: str, fresh: Commands) -> None:
    is_told(fresh(*command.split(), "--json", database_url=UNREACHABLE[0][0]), 4, *UNREACHABLE[0][1])


@pytest.mark.parametrize(("url", "parts"), UNREACHABLE)
def test_a_store_that_cannot_be_is_exit_4(url: str, parts: tuple[str, ...], fresh: Commands, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("hello" * 100)
    done = fresh(
        "notices", "list", "--json", database_url=url.format(folder=tmp_path / "folder", file=tmp_path / "file")
    )
    is_told(done, 4, *parts)
    assert "secret" not in done.err


def test_a_crawl_and_an_import_without_a_store_are_exit_4_too(fresh: Commands, tmp_path: Path) -> None:
    sheet = export_sheet(tmp_path / "x.csv", [notice_row("G/TBT/N/USA/1", "Toys", "2026-06-01")])
    nowhere = UNREACHABLE[0][0]
    is_told(fresh("import", str(sheet), "--json", database_url=nowhere), 4, nowhere)
    is_told(fresh.process("crawl", TBT, "--json", database_url=nowhere), 4, nowhere)


WRONG_SETTINGS = [
    ({"database_url": "mysql://x/y"}, ("TBTWATCH_DATABASE_URL", "postgresql://")),
    ({"database_url": "postgresql://host:port/x"}, ("TBTWATCH_DATABASE_URL",)),
    ({"database_url": "sqlite:///:memory:"}, ("TBTWATCH_DATABASE_URL", "a file")),
    ({"smtp_port": "many"}, ("TBTWATCH_SMTP_PORT",)),
    ({"smtp_tls": "maybe"}, ("TBTWATCH_SMTP_TLS", "starttls")),
    ({"base_url": "warn.example"}, ("TBTWATCH_BASE_URL", "https://")),
    ({"profile": "best"}, ("TBTWATCH_PROFILE", "demo")),
    ({"crawl_memory_mb": "1"}, ("TBTWATCH_CRAWL_MEMORY_MB",)),
    ({"smtp_hots": "x"}, ("TBTWATCH_SMTP_HOTS", ".env.example")),
]


@pytest.mark.parametrize(("settings", "parts"), WRONG_SETTINGS, ids=[next(iter(s)) for s, _ in WRONG_SETTINGS])
def test_a_wrong_setting_is_named(settings: dict[str, str], parts: tuple[str, ...], fresh: Commands) -> None:
    is_told(fresh("notices", "list", "--json", **settings), 1, *parts)
    assert not fresh.var.exists()


def test_a_live_service_without_its_settings_says_which(fresh: Commands) -> None:
    for arguments in (("serve", "--profile", "live"), ("serve",)):
        done = fresh(*arguments, profile="live")
        is_told(done, 1, "TBTWATCH_BASE_URL", "TBTWATCH_CONTACT", "TBTWATCH_SMTP_HOST", "TBTWATCH_SMTP_FROM", ".env")
    assert not fresh.var.exists()


def test_demo_and_live_never_share_a_store(tbtwatch: Commands, tmp_path: Path, store_kind: str) -> None:
    tbtwatch.answer("notices", "list")  # marks it as the demo's
    is_told(tbtwatch("notices", "list", **LIVE), 1, "demo profile", "TBTWATCH_DATABASE_URL")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    is_told(tbtwatch("serve", "--profile", "live", "--port", port, **LIVE), 1, "demo profile")
    if store_kind == "sqlite":
        live = Commands(tmp_path / "live", settings=LIVE)
        live.answer("notices", "list")
        is_told(live("notices", "list", profile="demo"), 1, "live profile")
        is_told(live("serve", "--profile", "demo", "--port", port), 1, "live profile")
        assert live.answer("notices", "list") == []


def test_a_busy_port_is_told_before_anything_is_made(fresh: Commands) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        is_told(fresh("serve", "--port", port), 1, f"127.0.0.1:{port}", "--port")
    assert not fresh.var.exists()


AS_SOMEBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def test_a_folder_that_may_not_be_written_is_told() -> None:
    if os.geteuid() != 0 or subprocess.run([*AS_SOMEBODY, PROGRAM, "--help"], capture_output=True).returncode != 0:
        pytest.skip("only root can become somebody else, who must be able to read this checkout")
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        mine = Commands(Path(parent) / "var")
        mine.answer("notices", "list")
        gc.collect()  # closes the store, whose journal would else stand beside it
        for folder in (mine.var, mine.var / "new"):
            environment = mine.environment(var=str(folder))
            found = subprocess.run(
                [*AS_SOMEBODY, PROGRAM, "stages", "run", "--json"],
                env=environment,
                cwd=ROOT,
                capture_output=True,
                text=True,
            )
            is_told(Done(found.returncode, found.stdout, found.stderr), 4, str(folder), "TBTWATCH_VAR")


def test_a_full_disk_is_told(fresh: Commands) -> None:
    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))  # bytes of one file: as on a full disk

    fresh.answer("notices", "list")
    command = [PROGRAM, "exporters", "add", "--email", "a@firm.example", "--industry", "toys", "--json"]
    found = subprocess.run(
        command, env=fresh.environment(), cwd=ROOT, capture_output=True, text=True, preexec_fn=no_room
    )  # fmt: skip
    is_told(Done(found.returncode, found.stdout, found.stderr), 4, "the store", "disk")
    assert fresh.answer("exporters", "add", "--email", "a@firm.example", "--industry", "toys")["new"] is True


@pytest.mark.parametrize("store_kind", [pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_a_server_that_takes_no_writes_is_told(tbtwatch: Commands) -> None:
    tbtwatch.answer("notices", "list")
    with psycopg.connect(tbtwatch.url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')  # type: ignore[arg-type]
    done = tbtwatch("exporters", "add", "--email", "a@firm.example", "--industry", "toys", "--json")
    is_told(done, 4, "read-only")


def test_a_store_of_a_newer_program_is_left_alone(fresh: Commands) -> None:
    fresh.answer("notices", "list")
    with sqlite3.connect(fresh.var / "tbtwatch.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for command in ("notices list", "db upgrade"):
        is_told(fresh(*command.split(), "--json"), 1, "9999", "update the program")
    assert list(fresh.var.glob("*before-upgrade")) == []
