"""start.py for real: each rung, a half-made .venv, two at once, and what it says when nothing works."""

from __future__ import annotations

import fcntl
import json

import pytest

from tests.setup.conftest import UV, Machine, base_can_import


def started(out: str) -> dict[str, object]:
    return dict(json.loads(out))


def packages(machine: Machine) -> set[str]:
    return {path.name for path in machine.venv.glob("lib/python*/site-packages/*")}


@pytest.mark.parametrize(
    ("rung", "lacks", "there"),
    [
        ("uv", ("ensurepip", "pip"), UV is not None),
        ("venv", ("uv",), base_can_import("venv", "ensurepip")),
        ("venv without pip", ("uv", "ensurepip"), base_can_import("venv", "pip")),
    ],
)
def test_each_rung_carries_alone(machine: Machine, rung: str, lacks: tuple[str, ...], there: bool) -> None:
    if not there:
        pytest.skip(f"this machine cannot set up by {rung}: that rung was not tried")
    code, out, err = machine.start("run", "--port", "8001", lacks=lacks, uv=UV if rung == "uv" else None)
    assert code == 0, err
    assert started(out)["arguments"] == ["serve", "--profile", "demo", "--port", "8001"]
    assert started(out)["folder"] == str(machine.checkout)
    assert f".venv is ready, by {rung}," in err
    assert {"first", "first-1.0.dist-info"} <= packages(machine)


def test_without_any_rung_one_line_names_the_package_to_install(machine: Machine) -> None:
    code, out, err = machine.start("run", lacks=("uv", "ensurepip", "pip"), uv=None)
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert "apt-get install python3-venv" in err
    assert not machine.venv.exists()


def test_a_uv_that_does_not_work_is_no_obstacle(machine: Machine) -> None:
    if not (base_can_import("venv", "ensurepip") or base_can_import("venv", "pip")):
        pytest.skip("this machine can set up by uv alone: there is no rung below it to try")
    code, out, err = machine.start("live", uv="/bin/false")
    assert code == 0, err
    assert "uv: did not work" in err
    assert started(out)["settings"] == {"TBTWATCH_PROFILE": "live"}


def test_a_whole_venv_is_left_alone_and_an_older_one_brought_up_to_date(machine: Machine) -> None:
    machine.start("run")
    mark = machine.venv / "mark"
    mark.touch()
    assert machine.start("run")[2] == ""  # nothing to do, nothing to say
    machine.require("requirements.txt", ("first", "2.0"))
    code, _, err = machine.start("run")
    assert (code, mark.exists()) == (0, True), err
    assert {"first-2.0.dist-info"} <= packages(machine)
    assert "pytest" not in packages(machine)


def test_to_test_it_installs_the_rest_and_hides_the_settings_of_the_machine(machine: Machine) -> None:
    machine.start("run")
    live = {"TBTWATCH_DATABASE_URL": "postgresql://live", "TBTWATCH_TEST_PG_BIN": "/pg"}
    code, out, err = machine.start("test", "-k", "mapping", settings=live)
    assert code == 0, err
    assert started(out)["arguments"] == ["-n", "auto", "-k", "mapping"]
    assert started(out)["settings"] == {"TBTWATCH_TEST_PG_BIN": "/pg", "TBTWATCH_PROFILE": "demo"}
    assert machine.start("run")[2] == ""  # what was made to test is enough to run


def test_a_half_made_venv_is_made_anew(machine: Machine) -> None:
    machine.venv.mkdir()
    damages = {
        "an empty folder": [],
        "killed before the end": ["complete.json"],
        "no interpreter": ["bin/python"],
        "no command": ["bin/tbtwatch"],
    }
    for damage, removed in damages.items():
        for name in removed:
            (machine.venv / name).unlink()
        mark = machine.venv / "mark"
        mark.touch()
        code, out, err = machine.start("run")
        assert code == 0, (damage, err)
        assert started(out)["arguments"] == ["serve", "--profile", "demo"], damage
        assert not mark.exists(), damage


def test_a_moved_checkout_is_set_up_again(machine: Machine) -> None:
    machine.start("run")
    moved = Machine(machine.checkout.with_name("moved"), machine.home)
    machine.checkout.rename(moved.checkout)
    moved.require("requirements.txt", ("first", "1.0"))
    code, out, err = moved.start("run")
    assert code == 0, err
    assert started(out)["folder"] == str(moved.checkout)


def test_two_at_once_both_start(machine: Machine) -> None:
    processes = [machine.popen("run"), machine.popen("run")]
    answers = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], answers
    assert sum("is ready" in err for _, err in answers) == 1


def test_it_waits_for_another_that_holds_the_lock(machine: Machine) -> None:
    with (machine.checkout / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = machine.popen("run")
        assert process.stderr is not None
        assert "waiting" in process.stderr.readline()
        assert not machine.venv.exists()
    assert process.communicate(timeout=300)[0]
    assert process.returncode == 0


def test_packages_that_cannot_be_had_end_in_one_clear_line_below_the_reason(machine: Machine) -> None:
    (machine.checkout / "requirements.txt").write_text("--no-index\nabsent==1.0 --hash=sha256:" + "0" * 64 + "\n")
    code, out, err = machine.start("run")
    assert (code, out) == (1, "")
    assert err.splitlines()[-1].startswith("start.py: the packages could not be installed")
    assert "absent" in err
    assert not (machine.venv / "complete.json").exists()


@pytest.mark.parametrize("arguments", [(), ("serve",)])
def test_another_command_is_a_usage_error(machine: Machine, arguments: tuple[str, ...]) -> None:
    code, out, err = machine.start(*arguments)
    assert (code, out) == (2, "")
    assert "start.py run|live|test" in err
