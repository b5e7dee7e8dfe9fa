"""`tbtwatch classify`: a line in, a line out; a corrupt line is named and nothing is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from classifier.lines import BadLine, read_notices


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_everything_but_the_id_is_optional(tmp_path: Path) -> None:
    second_line = '{"id": 7, "hs": ["9503"], "ics": "97.200; 97.140", "more": 1}'
    file = write(tmp_path / "in.jsonl", '{"id": "a"}', "", second_line)
    first, second = read_notices(file)
    assert (first.id, first.title, first.hs) == ("a", "", ())
    assert (second.id, second.hs, second.ics) == (7, ("9503",), ("97.200", "97.140"))


def test_an_empty_file_has_no_notices(tmp_path: Path) -> None:
    assert read_notices(write(tmp_path / "in.jsonl", "")) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": "b", ', "no JSON"),
        ("[1, 2]", "no JSON object"),
        ('{"title": "x"}', "no `id`"),
        ('{"id": ""}', "no `id`"),
        ('{"id": true}', "no `id`"),
        ('{"id": "b", "title": 5}', "`title` is no text"),
        ('{"id": "b", "hs": [9503]}', "`hs` is no list of texts"),
        ('{"id": "b", "title": "\\ud800"}', "half a character"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_a_corrupt_line_is_named_with_its_cure(tmp_path: Path, line: str, reason: str) -> None:
    file = write(tmp_path / "in.jsonl", '{"id": "a"}', line)
    with pytest.raises(BadLine) as caught:
        read_notices(file)
    message = str(caught.value)
    assert message.startswith("in.jsonl:2: ") and reason in message and "\n" not in message
    assert caught.value.exit_code == 1


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(BadLine, match=r"cannot read .*nowhere\.jsonl"):
        read_notices(tmp_path / "nowhere.jsonl")
    (tmp_path / "gbk.jsonl").write_bytes('{"id": "玩具"}'.encode("gbk"))
    with pytest.raises(BadLine, match="not UTF-8"):
        read_notices(tmp_path / "gbk.jsonl")


@pytest.fixture
def classify(tmp_path: Path, loaded_url: str, monkeypatch: pytest.MonkeyPatch) -> object:
    """The command on a loaded store of its own."""
    monkeypatch.setenv("TBTWATCH_DATABASE_URL", loaded_url)
    monkeypatch.setenv("TBTWATCH_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("TBTWATCH_PROFILE", "demo")

    def run(*args: str) -> Result:
        import typer

        import cli.classify

        app = typer.Typer()
        app.callback()(lambda: None)
        cli.classify.register(app)
        return CliRunner().invoke(app, ["classify", *args])

    return run


def test_a_line_in_a_line_out_in_order(tmp_path: Path, classify) -> None:  # type: ignore[no-untyped-def]
    file = write(
        tmp_path / "in.jsonl",
        '{"id": "z", "title": "Safety of toys", "products": "Toys", "hs": ["950300"], "lang": "en"}',
        '{"id": "a"}',
        '{"id": "m", "title": "玩具安全", "products": "玩具", "lang": "zh"}',
    )
    result = classify(str(file), "--json")
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["id"] for line in lines] == ["z", "a", "m"]
    assert lines[1] == {"id": "a", "suggestions": []}
    top = lines[0]["suggestions"][0]
    assert (top["industry"], top["state"]) == ("toys", "accepted") and 0 < top["score"] <= 1
    assert {reason["voice"] for reason in top["evidence"]} >= {"hs", "words"}
    assert lines[2]["suggestions"][0]["industry"] == "toys"


def test_a_corrupt_line_prints_nothing(tmp_path: Path, classify) -> None:  # type: ignore[no-untyped-def]
    result = classify(str(write(tmp_path / "in.jsonl", '{"id": "a", "products": "toys"}', "{")), "--json")
    assert isinstance(result.exception, BadLine)
    assert result.stdout == ""


def test_a_table_for_people(tmp_path: Path, classify) -> None:  # type: ignore[no-untyped-def]
    result = classify(str(write(tmp_path / "in.jsonl", '{"id": "a", "products": "toys"}', '{"id": "b"}')))
    assert result.exit_code == 0
    assert "toys" in result.stdout and "industry" in result.stdout
