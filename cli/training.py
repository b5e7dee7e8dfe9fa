"""What the timetable asks of the training command: a process of its own, so that serving never loads scikit-learn."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from cli.crawling import environment_of
from settings import Settings, TbtwatchError

DEADLINE_S = 600  # mails wait for the first model, and must not wait for ever


class TrainingFailed(TbtwatchError):
    """Raised when no model was published; the message is the command's own."""


def train_by_command(*options: str, settings: Settings) -> dict[str, Any]:
    """Run `tbtwatch train --json` and return its answer; raises TrainingFailed, also for a model that is worse."""
    command = [sys.executable, "-c", "from cli import main; main()", "train", *options, "--json"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment_of(settings), check=False, timeout=DEADLINE_S
        )
    except subprocess.TimeoutExpired:
        raise TrainingFailed(
            f"training did not end within {DEADLINE_S} s and was stopped; the next night tries again"
        ) from None
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        told = done.stderr.strip().splitlines()
        raise TrainingFailed(told[-1] if told else f"the training command ended with {done.returncode}")
    answer: dict[str, Any] = json.loads("\n".join(lines))
    return answer
