#!/usr/bin/env python3
"""Set tbtwatch up on a bare machine, then start it or test it.

    python3 start.py run     the demo: recorded notices, captured mail, http://127.0.0.1:8000
    python3 start.py live    the real sources and the timetable, settings from .env
    python3 start.py test    the whole test suite

Further arguments are passed on: `start.py run --port 8001`, `start.py test -k mapping`.

Nothing but Python 3.11 with venv or pip is needed. The packages go to .venv by the first rung of this ladder that
carries: uv; venv; venv without pip, filled by the pip of this Python. .venv/complete.json is written last and proves
that .venv is whole; without it .venv is made anew.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn


def refusal(version: "tuple[int, ...]", system: str) -> str:
    """Say in one line why this Python or this system cannot run tbtwatch; "" when it can."""
    if system != "posix":
        return "start.py: tbtwatch runs on Linux and macOS; on Windows use WSL"
    if tuple(version[:2]) < (3, 11):
        here = ".".join(str(part) for part in version[:3])
        return f"start.py: tbtwatch needs Python 3.11 or newer, this is Python {here}; start it with a newer one"
    return ""


# Asked before anything else is defined, so an old Python gives this line and not an error about a type hint below.
if refusal(sys.version_info[:3], os.name):
    sys.exit(refusal(sys.version_info[:3], os.name))

HERE = Path(__file__).resolve().parent
STAMP = "complete.json"
TO_RUN = ("requirements.txt",)
TO_TEST = ("requirements.txt", "requirements-dev.txt")  # the second holds all of the first
PIP_OPTIONS = ["install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-warn-script-location"]
NO_WAY = (
    "this Python has no working venv and no pip: install one of them, on Debian or Ubuntu with "
    "`apt-get install python3-venv` (or python3-pip), and start again"
)
NOT_INSTALLED = (
    "the packages could not be installed (the reason is above): is the network there, and does the package index in "
    "use (PIP_INDEX_URL, pip.conf) have these versions?"
)


class Rung(NamedTuple):
    """One way to set up: the command that makes .venv, and the one that installs into it."""

    name: str
    make: list[str]
    install: list[str]


class Command(NamedTuple):
    """What a command needs and starts; `program` is below .venv/bin."""

    requirements: tuple[str, ...]
    program: str
    arguments: list[str]
    profile: str


COMMANDS = {
    "run": Command(TO_RUN, "tbtwatch", ["serve", "--profile", "demo"], "demo"),
    "live": Command(TO_RUN, "tbtwatch", ["serve", "--profile", "live"], "live"),
    # the demo profile never reads .env: a test on a live machine must not find its database
    "test": Command(TO_TEST, "python", ["-m", "pytest", "-n", "auto"], "demo"),
}


def say(text: str) -> None:
    """Tell the person at the terminal; standard output belongs to the program that is started."""
    print(f"start.py: {text}", file=sys.stderr, flush=True)


def fail(text: str) -> NoReturn:
    """End with one line and exit code 1."""
    sys.exit(f"start.py: {text}")


# --- which ways there are -------------------------------------------------------------------------------------------


def rungs(venv: Path, python: str, uv: list[str], modules: set[str]) -> list[Rung]:
    """List the ways to set up, best first: `uv` is the command that runs uv ([] without), `modules` what imports."""
    inside = str(venv / "bin" / "python")
    ladder = []
    if uv:
        make = [*uv, "venv", "--quiet", "--python", python, str(venv)]
        ladder.append(Rung("uv", make, [*uv, "pip", "install", "--quiet", "--python", inside]))
    if {"venv", "ensurepip"} <= modules:
        ladder.append(Rung("venv", [python, "-m", "venv", str(venv)], [inside, "-m", "pip", *PIP_OPTIONS]))
    if {"venv", "pip"} <= modules:
        make = [python, "-m", "venv", "--without-pip", str(venv)]
        ladder.append(Rung("venv without pip", make, [python, "-m", "pip", "--python", inside, *PIP_OPTIONS]))
    return ladder


def importable(names: tuple[str, ...]) -> set[str]:
    """Tell which of `names` this Python can import; none is imported."""
    found = set()
    for name in names:
        with contextlib.suppress(ImportError):
            if importlib.util.find_spec(name) is not None:
                found.add(name)
    return found


def find_uv(venv: Path, modules: set[str]) -> list[str]:
    """Return the command that runs uv, or []; one inside .venv would be removed with it, so it does not count."""
    path = shutil.which("uv")
    if path and venv not in Path(path).parents:
        return [path]
    return [sys.executable, "-m", "uv"] if "uv" in modules else []


# --- whether .venv is whole -----------------------------------------------------------------------------------------


def wanted(checkout: Path, requirements: tuple[str, ...]) -> dict[str, str]:
    """Describe what .venv must have been made from: where, and the digests of the files that decide what is in it."""
    files = ("pyproject.toml", *requirements)
    digests = {name: hashlib.sha256((checkout / name).read_bytes()).hexdigest() for name in files}
    return {"checkout": str(checkout), **digests}


def read_stamp(venv: Path) -> dict[str, object]:
    """Return what the last finished set-up wrote, {} when none finished."""
    try:
        stamp = json.loads((venv / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def abi_of(venv: Path) -> str:
    """Ask the interpreter of .venv for its binary interface, such as cpython-311-x86_64-linux-gnu; "" if broken."""
    question = "import sysconfig; print(sysconfig.get_config_var('SOABI'))"
    with contextlib.suppress(OSError):
        command = [str(venv / "bin" / "python"), "-I", "-S", "-c", question]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""
    return ""


def entries_of(venv: Path) -> list[str]:
    """List the names in bin and site-packages: a package or command removed by hand is missed at the next start."""
    folders = [venv / "bin", *sorted(venv.glob("lib/python*/site-packages"))]
    paths = [path for folder in folders if folder.is_dir() for path in folder.iterdir()]
    return sorted(f"{path.parent.name}/{path.name}" for path in paths if path.name != "__pycache__")


def state_of(stamp: dict[str, object], want: dict[str, str], abi: str, entries: list[str]) -> str:
    """Judge .venv: "complete"; "stale" (whole, but made from older requirements); "broken" (to be made anew)."""
    if not stamp or not abi or stamp.get("abi") != abi or stamp.get("checkout") != want["checkout"]:
        return "broken"
    recorded = stamp.get("entries")
    if not isinstance(recorded, list) or set(recorded) - set(entries):
        return "broken"
    return "complete" if all(stamp.get(name) == digest for name, digest in want.items()) else "stale"


# --- setting up -----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def only_one(checkout: Path) -> Iterator[int]:
    """Hold the lock of this checkout, waiting for another start.py; yields the descriptor that holds it."""
    import fcntl  # not on Windows, which was refused above

    with (checkout / ".venv.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another start.py is setting up .venv; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def succeeds(command: list[str], lock: int) -> bool:
    """Run `command`. It inherits the lock: if start.py is killed, the lock lasts until this command ends as well."""
    environment = {**os.environ, "PIP_USER": "0"}  # `user = true` in a pip.conf would install outside .venv
    environment.setdefault("UV_COMPILE_BYTECODE", "1")  # as pip does: halves the start of every command
    authorities = ssl.get_default_verify_paths()
    if authorities.cafile or any(Path(authorities.capath or os.devnull).glob("*.pem")):
        environment.setdefault("UV_SYSTEM_CERTS", "true")  # uv's own list lacks the authority of an office network
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, pass_fds=(lock,), check=False)
    except OSError as error:
        say(f"{command[0]}: {error.strerror}")
        return False
    return done.returncode == 0


def remove(path: Path) -> None:
    """Remove a folder, file or link, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def climb(ladder: list[Rung], checkout: Path, requirements: str, keep: bool, lock: int) -> Rung:
    """Make .venv and fill it by the first rung that carries; with `keep` the first installs into the .venv there is."""
    made = False
    for rung in ladder:
        made = keep or _make(rung, checkout / ".venv", lock)
        if made and _install(rung, checkout, requirements, lock):
            return rung
        say(f"{rung.name}: did not work")
        if made and rung.name != "uv":
            break  # uv reads no pip.conf, so pip may yet find the packages; another pip will not
        keep = False
    fail(NOT_INSTALLED if made else NO_WAY)


def _make(rung: Rung, venv: Path, lock: int) -> bool:
    remove(venv)
    return succeeds(rung.make, lock)


def _install(rung: Rung, checkout: Path, requirements: str, lock: int) -> bool:
    packages = [*rung.install, "--require-hashes", "-r", str(checkout / requirements)]
    # nothing unhashed is fetched: the project is built by the setuptools that requirements.txt has just installed
    project = [*rung.install, "--no-deps", "--no-build-isolation", "--editable", str(checkout)]
    return succeeds(packages, lock) and succeeds(project, lock)


def set_up(requirements: tuple[str, ...] = TO_RUN, checkout: Path = HERE) -> None:
    """Leave a .venv that is whole for `requirements`; at once when it is. Ends the process with one line otherwise."""
    venv = checkout / ".venv"
    with only_one(checkout) as lock:
        want, stamp = wanted(checkout, requirements), read_stamp(venv)
        state = state_of(stamp, want, abi_of(venv), entries_of(venv))
        if state == "complete":
            return
        modules = importable(("venv", "ensurepip", "pip", "uv"))
        ladder = rungs(venv, sys.executable, find_uv(venv, modules), modules)
        if not ladder:
            fail(NO_WAY)
        keep = state == "stale" and stamp.get("rung") == ladder[0].name
        say("bringing .venv up to date" if keep else "making .venv, once: seconds with uv, a minute or two with pip")
        remove(venv / STAMP)
        began = time.monotonic()
        rung = climb(ladder, checkout, requirements[-1], keep, lock)
        proof = {**want, "rung": rung.name, "abi": abi_of(venv), "entries": entries_of(venv)}
        (venv / STAMP).write_text(json.dumps(proof, indent=1), encoding="utf-8")
        say(f".venv is ready, by {rung.name}, in {time.monotonic() - began:.0f} s")


# --- the command line -----------------------------------------------------------------------------------------------


def environment_of(command: str, environment: dict[str, str]) -> dict[str, str]:
    """Return the environment to start in: the profile of the command, and for tests none of the machine's settings."""
    kept = environment
    if command == "test":
        kept = {k: v for k, v in environment.items() if not k.startswith("TBTWATCH_") or k.startswith("TBTWATCH_TEST_")}
    return {**kept, "TBTWATCH_PROFILE": COMMANDS[command].profile}


def main(arguments: list[str]) -> None:
    """Set up and become the wanted program; exit code 2 with the usage when the command is none of the three."""
    name, more = (arguments[0] if arguments else ""), arguments[1:]
    if name in ("-h", "--help"):
        print(__doc__)
        return
    if name not in COMMANDS:
        say(f"{name or 'no command'}: usage: python3 start.py run|live|test [arguments]")
        sys.exit(2)
    if sys.prefix != sys.base_prefix:  # this is the Python of a virtual environment, perhaps of the one to make anew
        base = getattr(sys, "_base_executable", sys.executable)
        os.execv(base, [base, str(HERE / "start.py"), *arguments])
    command = COMMANDS[name]
    set_up(command.requirements)
    program = str(HERE / ".venv" / "bin" / command.program)
    os.chdir(HERE)
    os.execve(program, [program, *command.arguments, *more], environment_of(name, dict(os.environ)))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:  # a read-only checkout, a full disk, a .venv of somebody else
        fail(str(error))
