"""The training command's edges: a mistake in the corpus holds up no warning, and a training that hangs is stopped."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from classifier.publishing import ModelTaken
from cli import train, training
from cli.opening import open_place
from cli.training import TrainingFailed, train_by_command
from settings import Settings, TbtwatchError


def settings_in(tmp_path: Path, seed_model: str = "auto") -> Settings:
    return Settings(var=tmp_path, seed_model=seed_model)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "told"), [(TbtwatchError("seed_corpus.jsonl:7: no JSON"), True), (ModelTaken("2"), False)]
)
def test_what_keeps_the_seed_model_away_stops_no_command(
    error: TbtwatchError,
    told: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(train, "train_here", fails)
    train.ensure_model(open_place(settings=settings_in(tmp_path)))
    assert ("going on with the rules alone" in capsys.readouterr().err) == told


def test_a_setting_leaves_the_seed_model_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "train_here", lambda *_, **__: pytest.fail("nobody asked for it"))
    train.ensure_model(open_place(settings=settings_in(tmp_path, "off")))


def test_a_training_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "DEADLINE_S", 0.01)
    with pytest.raises(TrainingFailed, match="did not end within"):
        train_by_command("--if-missing", settings=settings_in(tmp_path))


def test_the_command_s_own_message_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.CompletedProcess([], 1, stdout="", stderr="tbtwatch: the new model is worse\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    with pytest.raises(TrainingFailed, match="the new model is worse"):
        train_by_command(settings=settings_in(tmp_path))
