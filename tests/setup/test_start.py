"""start.py: the ladder, judged without running it; tests/setup/test_ladder.py climbs it for real."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import start
from settings import ROOT

VENV = Path("/checkout/.venv")
WANT = {"checkout": "/checkout", "pyproject.toml": "p1", "requirements.txt": "r1"}
STAMP: dict[str, object] = {**WANT, "rung": "uv", "abi": "cpython-311", "entries": ["bin/tbtwatch"]}
SOURCE = (ROOT / "start.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("uv", "modules", "names"),
    [
        (["/usr/bin/uv"], {"venv", "ensurepip", "pip"}, ["uv", "venv", "venv without pip"]),
        ([], {"venv", "ensurepip", "pip"}, ["venv", "venv without pip"]),
        ([], {"venv", "pip"}, ["venv without pip"]),
        ([], {"venv", "ensurepip"}, ["venv"]),
        ([], {"venv"}, []),
        (["python3", "-m", "uv"], set(), ["uv"]),
    ],
)
def test_the_ladder_has_the_rungs_that_the_machine_offers(uv: list[str], modules: set[str], names: list[str]) -> None:
    assert [rung.name for rung in start.rungs(VENV, "/usr/bin/python3", uv, modules)] == names


def test_each_rung_installs_into_the_checkout_and_only_there() -> None:
    for rung in start.rungs(VENV, "/usr/bin/python3", ["uv"], {"venv", "ensurepip", "pip"}):
        assert rung.make[-1] == str(VENV)
        assert str(VENV / "bin" / "python") in rung.install


@pytest.mark.parametrize(
    ("change", "abi", "entries", "state"),
    [
        ({}, "cpython-311", ["bin/tbtwatch", "bin/more"], "complete"),
        ({"requirements.txt": "r0"}, "cpython-311", ["bin/tbtwatch"], "stale"),
        ({"pyproject.toml": "p0"}, "cpython-311", ["bin/tbtwatch"], "stale"),
        ({}, "cpython-311", [], "broken"),
        ({}, "cpython-312", ["bin/tbtwatch"], "broken"),
        ({}, "", ["bin/tbtwatch"], "broken"),
        ({"checkout": "/elsewhere"}, "cpython-311", ["bin/tbtwatch"], "broken"),
        ({"entries": None}, "cpython-311", ["bin/tbtwatch"], "broken"),
    ],
)
def test_the_stamp_proves_what_is_whole(change: dict[str, object], abi: str, entries: list[str], state: str) -> None:
    assert start.state_of({**STAMP, **change}, WANT, abi, entries) == state


def test_no_stamp_is_a_half_made_folder() -> None:
    assert start.state_of({}, WANT, "cpython-311", ["bin/tbtwatch"]) == "broken"


def test_a_venv_made_to_run_is_stale_for_testing() -> None:
    assert start.state_of(STAMP, {**WANT, "requirements-dev.txt": "d1"}, "cpython-311", ["bin/tbtwatch"]) == "stale"


def test_a_stamp_cut_short_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / start.STAMP).write_text('{"checkout": ', encoding="utf-8")
    assert start.read_stamp(tmp_path) == {}


def test_an_old_python_or_windows_is_refused_in_one_line() -> None:
    assert start.refusal((3, 8, 18), "posix") == (
        "start.py: tbtwatch needs Python 3.11 or newer, this is Python 3.8.18; start it with a newer one"
    )
    assert "WSL" in start.refusal((3, 12, 1), "nt")
    assert start.refusal((3, 11, 0), "posix") == start.refusal((4, 0, 0), "posix") == ""


def test_an_old_python_can_read_far_enough_to_refuse() -> None:
    tree = ast.parse(SOURCE, feature_version=(3, 8))
    asked = next(i for i, node in enumerate(tree.body) if isinstance(node, ast.If))
    before = {node.name for node in tree.body[:asked] if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert before == {"refusal"}


def test_it_needs_nothing_but_the_standard_library() -> None:
    nodes = list(ast.walk(ast.parse(SOURCE)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_the_profile_follows_the_command_and_tests_see_no_settings_of_the_machine() -> None:
    machine = {"PATH": "/bin", "TBTWATCH_DATABASE_URL": "postgresql://live", "TBTWATCH_TEST_PG_BIN": "/pg"}
    assert start.environment_of("run", machine) == {**machine, "TBTWATCH_PROFILE": "demo"}
    assert start.environment_of("live", machine)["TBTWATCH_PROFILE"] == "live"
    tested = {"PATH": "/bin", "TBTWATCH_TEST_PG_BIN": "/pg", "TBTWATCH_PROFILE": "demo"}
    assert start.environment_of("test", machine) == tested


def pins(name: str) -> dict[str, str]:
    """Each requirement line (name, version, marker) with what follows it up to the next."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", "")
    lines = [line.partition("    --hash") for line in text.splitlines() if line[:1].isalnum()]
    return {pin.strip(): mark + rest for pin, mark, rest in lines}


def test_what_is_tested_is_what_runs() -> None:
    assert pins("requirements.txt").keys() <= pins("requirements-dev.txt").keys()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_and_hashed(name: str) -> None:
    assert [pin for pin, rest in pins(name).items() if "==" not in pin or "--hash=sha256:" not in rest] == []
