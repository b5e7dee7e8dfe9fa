"""Bad input: one line that names the thing and the cure, the right exit code, nothing printed, nothing written."""

from __future__ import annotations

import gc
import json
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import openpyxl
import psycopg
import pytest

from settings import ROOT
from tests.cast import CHENGHAI
from tests.stories.commands import NOW, PROGRAM, Commands, Done
from tests.stories.picture import picture_of
from tests.stories.published import TBT, export_sheet, notice_row

LIVE = {
    "profile": "live",
    "base_url": "https://warn.example",
    "contact": "020-00000000",
    "smtp_host": "127.0.0.1",
    "smtp_from": "warn@warn.example",
}


def is_told(done: Done, code: int, *parts: str) -> None:
    """One line that holds `parts`, and this exit code."""
    told = done.told()
    assert done.code == code, done
    for part in parts:
        assert part in told, told


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of files that are wrong in one way each."""
    good = tmp_path / "good.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["Title", "Final date for comments"])  # type: ignore[union-attr]
    book.active.append(["Toys", "2026-07-31"])  # type: ignore[union-attr]
    book.save(good)
    shutil.copy(good, tmp_path / "columns.xlsx")
    openpyxl.Workbook().save(tmp_path / "empty.xlsx")
    (tmp_path / "cut.xlsx").write_bytes(good.read_bytes()[:-200])
    (tmp_path / "text.xlsx").write_text("no workbook at all")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "broken.jsonl").write_text('{"id": "1", "title": "toys"}\n{"id": "2", oops\n')
    (tmp_path / "number.jsonl").write_text('{"id": "1", "hs": [950300]}\n')
    (tmp_path / "nameless.jsonl").write_text('{"title": "toys"}\n')
    (tmp_path / "latin.jsonl").write_bytes('{"id": "1", "title": "Spielzeug für"}'.encode("latin-1"))
    return tmp_path


WRONG_FILES = [
    (("import", "cut.xlsx"), ("cut.xlsx", "export it again")),
    (("import", "text.xlsx"), ("text.xlsx", "export it again")),
    (("import", "empty.xlsx"), ("empty.xlsx is empty",)),
    (("import", "empty.csv"), ("empty.csv is empty",)),
    (("import", "columns.xlsx"), ("columns.xlsx", "no column 'Document symbol'")),
    (("import", "missing.xlsx"), ("missing.xlsx", "no such file")),
    (("import", "missing.csv"), ("missing.csv", "check the path")),
    (("import", "."), ("is a folder",)),
    (("classify", "broken.jsonl"), ("broken.jsonl:2", "no JSON")),
    (("classify", "number.jsonl"), ("number.jsonl:1", "`hs`")),
    (("classify", "nameless.jsonl"), ("nameless.jsonl:1", "`id`")),
    (("classify", "latin.jsonl"), ("latin.jsonl", "UTF-8")),
    (("classify", "missing.jsonl"), ("missing.jsonl", "give the path")),
    (("restore", "text.xlsx"), ("text.xlsx", "cannot read the backup")),
    (("data", "load", "missing"), ("missing", "no folder")),
]


@pytest.mark.parametrize(("command", "parts"), WRONG_FILES, ids=[" ".join(command) for command, _ in WRONG_FILES])
def test_a_wrong_file_is_named(command: tuple[str, ...], parts: tuple[str, ...], files: Path, fresh: Commands) -> None:
    done = fresh(*command[:-1], str(files / command[-1]), *(["--json"] if command[0] != "serve" else []))
    is_told(done, 1, *parts)


WRONG_WORDS = [
    ("classify --json", ()),
    ("reviews list --bureau 999999", ("999999", "regions.csv")),
    ("reviews list --state asleep", ("asleep", "escalated")),
    ("reviews accept 00000000000000000000000000000000 --as chenghai", ("reviews list",)),
    ("reviews correct nonsense --industry toyz --as chenghai", ("nonsense", "reviews list")),
    ("officers add somebody --bureau 1", ("'1'", "regions.csv")),
    ("officers add chenghai --bureau 440515", ("chenghai",)),
    ("exporters add --email nobody --industry toys", ("nobody", "@")),
    ("exporters add --email a@firm.example --industry toyz", ("toyz", "industries.csv")),
    ("exporters add --email a@firm.example --hs 95x", ("95x", "digits")),
    ("exporters add --email a@firm.example", ("industry",)),
    ("exporters add --email a@firm.example --industry toys --county 9", ("'9'", "regions.csv")),
    ("exporters add --email a@firm.example --industry toys --market Narnia", ("Narnia", "countries.csv")),
    ("notices show G/TBT/N/USA/1", ("G/TBT/N/USA/1", "notices list")),
    ("notices list --market XXX", ("XXX", "countries.csv")),
    ("notices list --industry toyz", ("toyz", "industries.csv")),
    ("notices list --source wto", ("wto_tbt_notifications",)),
    ("notices release G/TBT/N/USA/1 --as chenghai", ("G/TBT/N/USA/1",)),
    ("warnings show nonsense", ("nonsense", "warnings list")),
    ("warnings list --severity pink", ("pink", "orange")),
    ("outbox show nonsense", ("nonsense", "outbox list")),
    ("outbox list --state lost", ("lost", "captured")),
    ("stages run --now yesterday", ("yesterday", "2026-06-03T09:00+08:00")),
    ("stages run --now 2026-06-03T09:00", ("no offset",)),
    ("data publish 7", ("7", "data load")),
    ("bench nonsense", ("nonsense", "ingest")),
    ("crawl nonsense", ("nonsense", "tbtwatch sources")),
]


def test_wrong_words_are_named_and_write_nothing(tbtwatch: Commands) -> None:
    from store.engine import make_engine

    tbtwatch.answer("officers", "add", "chenghai", "--bureau", CHENGHAI)
    engine = make_engine(tbtwatch.url)
    before = picture_of(engine)
    for command, parts in WRONG_WORDS[1:]:
        is_told(tbtwatch(*command.split(), "--json"), 1, *parts)
    assert picture_of(engine) == before
    engine.dispose()
    assert tbtwatch(*WRONG_WORDS[0][0].split()).code == 2


def test_an_address_over_two_lines_is_told_in_one(tbtwatch: Commands) -> None:
    done = tbtwatch("exporters", "add", "--email", "a@b.example\nBcc: c@d.example", "--industry", "toys", "--json")
    is_told(done, 1, "a@b.example Bcc: c@d.example")


@pytest.mark.parametrize(
    "command",
    ["", "nonsense", "crawl", "reviews accept", "serve --port 99999", "serve --port x", "serve --profile best",
     "notices list --limit 0", f"crawl {TBT} --since lately"],
)  # fmt: skip
def test_wrong_usage_is_exit_2_and_shows_the_way(command: str, fresh: Commands) -> None:
    done = fresh(*command.split())
    assert done.code == 2
    assert "tbtwatch" in done.out + done.err and "Traceback" not in done.err
    assert command == "" or done.out == ""
    assert not fresh.var.exists()


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


def test_a_row_that_cannot_be_read_is_rejected_and_the_others_are_stored(tbtwatch: Commands) -> None:
    rows = [
        notice_row("G/TBT/N/USA/1", "Toys", "2026-06-01"),
        notice_row("nonsense", "Toys", "2026-06-01"),
        notice_row("G/TBT/N/USA/2", "Toys", "soon"),
    ]
    sheet = export_sheet(tbtwatch.var.with_suffix(".csv"), rows)
    done = tbtwatch("import", str(sheet), "--now", NOW, "--json")
    assert done.code == 0
    assert (done.json()["rows"], done.json()["new"], done.json()["rejected"]) == (3, 1, 2)
    assert "row 3" in done.err and "nonsense" in done.err and "row 4" in done.err


def test_a_sheet_of_nothing_but_bad_rows_is_refused(tbtwatch: Commands) -> None:
    sheet = export_sheet(tbtwatch.var.with_suffix(".csv"), [notice_row("nonsense", "Toys", "2026-06-01")])
    is_told_last(tbtwatch("import", str(sheet), "--json"), "not one of 1 rows")
    assert tbtwatch.answer("notices", "list") == []


def is_told_last(done: Done, part: str) -> None:
    assert (done.code, done.out) == (1, "")
    assert part in done.err.splitlines()[-1] and "Traceback" not in done.err


def test_a_classify_line_is_whole_or_nothing_is_printed(fresh: Commands, tmp_path: Path) -> None:
    lines = [json.dumps({"id": str(number), "title": "Wooden toys"}) for number in range(50)] + ["{"]
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    is_told(fresh("classify", str(tmp_path / "x.jsonl"), "--json"), 1, "x.jsonl:51")
