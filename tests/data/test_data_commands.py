"""`tbtwatch data` by hand: one line of JSON each, mistakes named line by line, nothing half-written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli import app
from settings import DATA, TbtwatchError
from store.reference import BadReference
from tests.store.release import Release


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a store yet."""
    monkeypatch.setenv("TBTWATCH_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("TBTWATCH_PROFILE", "demo")
    monkeypatch.delenv("TBTWATCH_DATABASE_URL", raising=False)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["data", *arguments])


def answer(*arguments: str) -> Any:
    """The JSON of a command that works: one line, nothing else."""
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.exception
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


def refusal(*arguments: str) -> TbtwatchError:
    """What a command says that refuses: nothing on standard output, exit code 1."""
    result = call(*arguments)
    assert isinstance(result.exception, TbtwatchError), result.exception
    assert (result.stdout, result.exception.exit_code) == ("", 1)
    return result.exception


def test_a_release_from_the_first_load_to_its_publication(place: Path) -> None:
    first = answer("load")
    assert (first["outcome"], first["version"], first["conflicts"]) == ("published", 1, 0)
    assert answer("load")["outcome"] == "unchanged"
    release = Release(place).change("industry_words.csv", "toys,en,word,doll,1,", "toys,en,word,doll,0.7,")
    draft = answer("load", str(release.folder))
    assert draft == {"outcome": "draft", "version": 2, "taken": 1, "kept": 0, "conflicts": 0}
    published = answer("publish", "2")
    assert (published["version"], published["state"]) == (2, "published")
    exported = answer("export", str(place / "out"))
    assert "industry_words.csv" in exported["files"]
    for file in exported["files"]:
        assert (place / "out" / file).read_bytes() == (release.folder / file).read_bytes(), file
    assert "version 2 is no draft" in str(refusal("publish", "2"))


def test_a_fresh_store_can_begin_with_other_files(place: Path) -> None:
    release = Release(place).change("thresholds.csv", "toys,0.6,", "toys,0.7,")
    assert answer("load", str(release.folder))["outcome"] == "published"
    assert answer("load", str(DATA))["outcome"] == "draft"


def test_bad_files_are_told_line_by_line_and_no_store_is_made(place: Path) -> None:
    release = Release(place).change("clusters.csv", ",toys,", ",tois,").change("industries.csv", "950300;", "950399;")
    told = refusal("load", str(release.folder))
    assert isinstance(told, BadReference)
    lines = str(told).splitlines()
    assert len(lines) == len(told.problems) >= 2
    assert all(re.match(r"[a-z_]+\.csv:\d+:[a-z_]+: .*", line) for line in lines), lines
    assert not (place / "var").exists()


def test_a_folder_that_is_none_is_refused(place: Path) -> None:
    assert "is no folder" in str(refusal("load", str(place / "nowhere")))


def test_results_are_a_table_for_people() -> None:
    result = call("load")
    assert result.exit_code == 0
    assert "published" in result.stdout
    assert not result.stdout.startswith("{")
