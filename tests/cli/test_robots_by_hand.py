"""`tbtwatch robots`: added from standard input, listed without an address, ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app

ADDRESS = "https://oapi.dingtalk.com/robot/send?access_token=very-secret-key"


def test_robots_by_hand(loaded_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PROFILE", "demo"), ("DATABASE_URL", loaded_url), ("VAR", str(tmp_path))):
        monkeypatch.setenv(f"TBTWATCH_{name}", value)

    def call(*words: str, given: str = "", code: int = 0) -> str:
        result = CliRunner().invoke(app, ["robots", *words], input=given)
        assert result.exit_code == code, result.output
        return result.stdout

    added = call(
        "add", "玩具群", "--bureau", "440515", "--kind", "dingtalk", "--industry", "toys", "--json",
        given=f"{ADDRESS}\nSECsecret\n",
    )  # fmt: skip
    robot = json.loads(added)["id"]
    tried = json.loads(call("test", robot, "--json"))
    assert (tried["state"], tried["answer"]) == ("captured", "ok"), "the demo posts nothing outside this machine"
    (row,) = json.loads(listed := call("list", "--json"))
    assert (row["kind"], row["state"], row["industries"], row["last_answer"]) == ("dingtalk", "on", ["toys"], "ok")
    assert not any(word in added + listed for word in ("very-secret-key", "SECsecret"))
    call("end", robot)
    assert json.loads(call("list", "--json")) == []
    made = call("add", "系统", "--bureau", "440515", "--kind", "webhook", "--json", given="https://hook.example/x\n\n")
    assert len(json.loads(made)["secret"]) == 64
    call("add", "坏", "--bureau", "440515", "--kind", "wecom", given="https://hook.example/x\n", code=1)
