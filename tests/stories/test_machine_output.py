"""What scripts get: with --json standard output is JSON alone, ids are public, logs are elsewhere, pipes may close."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from settings import RECORDINGS, ROOT
from tests.cast import CHENGHAI, TOYS
from tests.stories.commands import NOW, PROGRAM, Commands
from tests.stories.conftest import Prepare
from tests.stories.people import add_cast, run_stages
from tests.stories.published import SPS, TBT, export_sheet, notice_row

PUBLIC_ID = re.compile(r"[0-9a-f]{32}")
INSIDE = re.compile(r"(notice|thread|version|review|subscriber|exporter|bureau|warning|email|officer|merged_into)_id")


def filled(tbtwatch: Commands) -> None:
    """The cast, both recordings, and all that follows from them."""
    add_cast(tbtwatch)
    done = tbtwatch("crawl", TBT, SPS, "--replay", str(RECORDINGS), "--json")
    assert done.code == 0
    run_stages(tbtwatch)


@pytest.fixture(params=["sqlite"])
def store_kind(request: pytest.FixtureRequest) -> str:
    """One kind: what is printed does not depend on it."""
    return str(request.param)


@pytest.fixture
def service(prepared: Callable[[Prepare], Commands]) -> Commands:
    """A store with something of everything."""
    return prepared(filled)


def keys_and_values(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every scalar of a JSON value with the key it stands under."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from keys_and_values(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_and_values(inner, key)
    else:
        yield key, value


def check_ids(value: Any) -> None:
    """Ids are public: 32 hexadecimal characters; integer keys stay inside."""
    for key, scalar in keys_and_values(value):
        assert not INSIDE.fullmatch(key), key
        assert not (key == "id" and isinstance(scalar, int)), value
        if key in ("id", "warning", "version", "warning_version", "subscriber", "subscription", "references"):
            assert scalar is None or PUBLIC_ID.fullmatch(scalar), (key, scalar)


def commands_on(service: Commands, folder: Path) -> dict[str, tuple[str, ...]]:
    """Every command that ends, each so that it works."""
    review = service.answer("reviews", "list", "--bureau", CHENGHAI)[0]["id"]
    others = [row["id"] for row in service.answer("reviews", "list", "--bureau", "440500", "--state", "all")]
    reviews = [row["id"] for row in service.answer("reviews", "list") if row["id"] not in (review, *others)]
    sheet = export_sheet(folder / "export.csv", [notice_row("G/TBT/N/USA/9001", "Wooden toys", "2026-06-01")])
    by_province = ("--as", "guangdong", "--now", NOW)
    return {
        "db upgrade": (), "db check": (), "data load": (), "data export": (str(folder / "data"),), "sources": (),
        "completeness": (), "import": (str(sheet), "--now", NOW), "notices list": (), "warnings list": (),
        "notices show": ("G/TBT/N/EU/1251",), "outbox list": (), "reviews list": ("--state", "all"),
        "warnings show": (service.answer("warnings", "list")[0]["id"],),
        "outbox show": (service.answer("outbox", "list")[0]["id"],),
        "reviews accept": (review, *by_province), "reviews dismiss": (reviews[-1], *by_province),
        "reviews correct": (next(r for r in reviews if r != reviews[-1]), "--industry", TOYS, *by_province),
        "officers add": ("somebody", "--bureau", CHENGHAI), "stages run": ("--now", NOW),
        "digests run": ("--now", "2026-06-09T09:00+08:00"), "digests list": (),
        "digests choose": ("toys@exporter.example", "--rhythm", "daily"),
        "exporters add": ("--email", "new@firm.example", "--industry", TOYS), "exporters list": (),
        "backup": (str(folder / "backup.jsonl.gz"),),
    }  # fmt: skip


def test_every_command_prints_one_line_of_json_with_public_ids(service: Commands, tmp_path: Path) -> None:
    for command, arguments in commands_on(service, tmp_path).items():
        done = service(*command.split(), *arguments, "--json")
        assert done.code == 0, (command, done)
        assert isinstance(done.json(), (list, dict)), command
        if command not in ("sources", "data load", "data export"):
            check_ids(done.json())
    restored = Commands(tmp_path / "restored")
    assert restored.answer("restore", str(tmp_path / "backup.jsonl.gz"))["rows"] > 1000
    assert restored.answer("reviews", "list", "--state", "all") == service.answer("reviews", "list", "--state", "all")


def test_every_command_has_json_and_a_table(service: Commands) -> None:
    import typer

    from cli import app

    found = []
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None) or {"": command}
        found += [f"{name} {part}".strip() for part, one in inner.items() if "--json" not in str(options_of(one))]
    assert found == ["serve"]
    reviews = service.answer("reviews", "list")
    table = service("reviews", "list", "--limit", str(len(reviews) + 1))
    assert re.search(r"^ id +due +severity +market", table.out, re.MULTILINE)
    assert all(row["id"] in table.out for row in reviews) and table.err == ""


def test_a_list_is_whole_for_scripts_and_says_when_a_table_is_not(service: Commands) -> None:
    reviews = service.answer("reviews", "list", "--state", "all")
    some = len(reviews) - 1
    table = service("reviews", "list", "--state", "all", "--limit", str(some))
    assert sum(row["id"] in table.out for row in reviews) == some
    assert table.err == f"the first {some}: --limit N shows more\n"
    assert len(service.answer("reviews", "list", "--state", "all", "--limit", "3")) == 3


def options_of(command: Any) -> list[str]:
    return [option for parameter in command.params for option in parameter.opts]


def test_classify_answers_line_by_line_in_the_order_of_the_file(service: Commands, tmp_path: Path) -> None:
    notices = [
        {"id": "b", "title": "Wooden toys", "lang": "en"},
        {"id": "a"},
        {"id": "汉", "title": "玩具安全技术规范", "hs": ["9503"], "ics": ["97.200.50"], "label": "not ours"},
    ]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, notices)) + "\n\n", encoding="utf-8")
    done = service("classify", str(tmp_path / "x.jsonl"), "--json")
    lines = done.lines()
    assert done.code == 0 and [line["id"] for line in lines] == ["b", "a", "汉"]
    assert [[s["industry"] for s in line["suggestions"]] for line in lines] == [[TOYS], [], [TOYS]]
    assert {s["state"] for line in lines for s in line["suggestions"]} <= {"accepted", "flagged"}
    evidence = [reason for line in lines for s in line["suggestions"] for reason in s["evidence"]]
    assert {reason["voice"] for reason in evidence} >= {"words", "hs", "ics"}


@pytest.mark.parametrize("command", ["notices list --json", "notices list", "classify {file} --json", "--help"])
def test_a_reader_that_goes_away_does_no_harm(command: str, service: Commands, tmp_path: Path) -> None:
    lines = [json.dumps({"id": str(number), "title": "Wooden toys"}) for number in range(2000)]
    (tmp_path / "x.jsonl").write_text("\n".join(lines), encoding="utf-8")
    words = command.format(file=tmp_path / "x.jsonl").split()
    with subprocess.Popen(
        [PROGRAM, *words], cwd=ROOT, env=service.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        told = process.stderr.read().decode()
    assert told == "" and process.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_under_standard_output_is_told_in_a_line(service: Commands) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [PROGRAM, "notices", "list", "--json"],
            cwd=ROOT,
            env=service.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
        )
    told = done.stderr.decode().splitlines()
    assert done.returncode == 1 and len(told) == 1 and "No space left" in told[0]


def test_the_command_starts_without_the_heavy_libraries() -> None:
    heavy = (
        "scrapy",
        "sklearn",
        "numpy",
        "sqlmodel",
        "sqlalchemy",
        "fastapi",
        "openpyxl",
        "twisted",
        "alembic",
        "rich.table",
    )
    asked = f"""
import sys
from cli import main
sys.argv = ["tbtwatch", "--help"]
try:
    main()
except SystemExit:
    pass
sys.stderr.write(" ".join(name for name in {heavy!r} if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "stages" in done.stdout and done.stderr.split() in ([], ["rich.table"])
