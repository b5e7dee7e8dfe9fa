"""Bad input: one line that names the thing and the cure, the right exit code, nothing printed, nothing written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import openpyxl
import pytest

from tests.cast import CHENGHAI
from tests.stories.commands import NOW, Commands, Done, is_told
from tests.stories.picture import picture_of
from tests.stories.published import TBT, export_sheet, notice_row


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
    for command, parts in WRONG_WORDS:
        is_told(tbtwatch(*command.split(), "--json"), 1, *parts)
    assert picture_of(engine) == before
    engine.dispose()


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
