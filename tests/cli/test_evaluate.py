"""`tbtwatch evaluate`: one object for scripts, tables for people, and what it says when a baseline cannot be taught."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

import settings
from classifier.labelled import UnknownIndustry

Evaluate = Callable[..., Result]
NOTICES = (
    '{"id": 1, "title": "Safety of toys", "products": "Toys (HS code(s): 950300)", "hs": ["950300"], "lang": "en", '
    '"industries": ["toys"]}',
    '{"id": 2, "products": "HS code(s): 950300", "hs": ["950300"], "industries": ["toys"]}',
    '{"id": 3, "title": "收费标准", "lang": "zh", "industries": []}',
    '{"id": 4, "title": "Toys from one country", "industries": ["toys"], "origin_limited": true}',
)
CORPUS = (
    '{"id": "s1", "kind": "recall", "title": "Teddy bear toys", "industries": ["toys"]}',
    '{"id": "s2", "kind": "standard", "title": "Window glass", "industries": ["glass"]}',
)


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """The labelled notices."""
    file = tmp_path / "labelled.jsonl"
    file.write_text("\n".join(NOTICES), encoding="utf-8")
    return file


@pytest.fixture
def evaluate(tmp_path: Path, loaded_url: str, monkeypatch: pytest.MonkeyPatch) -> Evaluate:
    """The command on a loaded store, with a folder of reference data in which the corpus is or is not."""
    monkeypatch.setenv("TBTWATCH_DATABASE_URL", loaded_url)
    monkeypatch.setenv("TBTWATCH_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("TBTWATCH_PROFILE", "demo")
    monkeypatch.setattr(settings, "DATA", tmp_path / "data")
    (tmp_path / "data").mkdir()

    def run(*args: str) -> Result:
        import cli.evaluate

        app = typer.Typer()
        app.callback()(lambda: None)
        cli.evaluate.register(app)
        return CliRunner().invoke(app, ["evaluate", *args])

    return run


def told(result: Result) -> dict[str, dict[str, object]]:
    assert result.exit_code == 0, result.output
    [line] = result.stdout.splitlines()
    answer: dict[str, dict[str, object]] = json.loads(line)
    return answer


def test_one_object_with_the_figures_and_the_baselines(tmp_path: Path, labelled: Path, evaluate: Evaluate) -> None:
    (tmp_path / "data" / "seed_corpus.jsonl").write_text("\n".join(CORPUS), encoding="utf-8")
    result = evaluate(str(labelled), "--json")
    answer = told(result)
    assert (answer["file"], answer["notices"], answer["without_codes"], answer["model"]) == (
        "labelled.jsonl",
        4,
        False,
        None,
    )
    assert answer["mapping"]["number"] == 1
    assert (answer["figures"]["notices"], answer["figures"]["exact_empty"]) == (3, 1.0)
    assert set(answer["figures"]["languages"]) == {"en", "unknown", "zh"}  # type: ignore[call-overload]
    assert set(answer["baselines"]) == {"codes", "words", "svc"}
    assert "reliability" not in answer["baselines"]["svc"]  # type: ignore[operator]
    assert "left out" not in result.stderr


def test_without_codes_nothing_of_them_is_left(labelled: Path, evaluate: Evaluate) -> None:
    with_codes = told(evaluate(str(labelled), "--json"))["baselines"]["codes"]
    without = told(evaluate(str(labelled), "--json", "--without-codes"))["baselines"]["codes"]
    assert with_codes["found_recall"] == 1.0 and without["found_recall"] == 0.0  # type: ignore[index]


def test_a_missing_corpus_is_said_and_its_baseline_left_out(labelled: Path, evaluate: Evaluate) -> None:
    result = evaluate(str(labelled), "--json")
    assert set(told(result)["baselines"]) == {"codes", "words"}
    assert "data/seed_corpus.jsonl is not there: the baseline svc is left out" in result.stderr


def test_baselines_can_be_spared(labelled: Path, evaluate: Evaluate) -> None:
    result = evaluate(str(labelled), "--json", "--no-baselines")
    assert told(result)["baselines"] == {} and result.stderr == ""


def test_tables_for_people(labelled: Path, evaluate: Evaluate) -> None:
    result = evaluate(str(labelled))
    assert result.exit_code == 0, result.output
    rows = [line.split() for line in result.stdout.splitlines()]
    for head in (
        ["figure", "ours", "codes", "words"],
        ["language", "notices", "micro_f1", "accepted_precision", "found_recall", "share_flagged"],
        ["industry", "right", "wrong", "missed", "f1"],
        ["missed", "suggested", "count"],
    ):
        assert head in rows
    assert ["ece", *["too", "few", "to", "judge"] * 3] in rows


def test_a_label_that_is_no_industry_stops_it(tmp_path: Path, evaluate: Evaluate) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text('{"id": 1, "industries": ["tyos"]}', encoding="utf-8")
    result = evaluate(str(file), "--json")
    assert isinstance(result.exception, UnknownIndustry) and result.stdout == ""
