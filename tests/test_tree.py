"""Rules about the whole tree: who imports whom, unwanted names, sizes, documented settings, no machine's addresses."""

from __future__ import annotations

import ast
import re
import subprocess
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

from settings import PREFIX, ROOT, Settings

ALL = {"settings", "store", "crawlers", "classifier", "alerts", "web", "scheduler", "cli", "bench"}
STAGES = {"settings", "store"}  # what crawlers, classifier and alerts may import: never one another
MAY_IMPORT = {
    "settings": set[str](),
    "store": {"settings"},
    "crawlers": STAGES,
    "classifier": STAGES,
    "alerts": STAGES,
    "web": STAGES | {"alerts", "classifier"},
    "scheduler": ALL - {"cli", "bench"},
    "cli": ALL,
    "bench": ALL,
}
NOT_WANTED = {"utils", "common", "core", "services", "models"}  # in each admired code base the worst file is so named
MOST_LINES = 300
# Written in two parts, so that this file does not break its own rule.
ADDRESSES = [
    (
        "the host of a package index",
        r"pypi\." + r"org|python" + r"hosted|registry\.npm" + r"js|mirrors\.\w+\.(com|edu|cn)",
    ),
    ("an option that names an index", r"^--(extra-)?index-" + r"url|^--find-" + r"links"),
    (
        "a path of one machine",
        r"(?<![\w.])(/wo" + r"rk/(main|shared)|/ro" + r"ot/|/ho" + r"me/\w|/opt/py" + r"pi|/tmp/br" + r"ief)",
    ),
]
CLOCK = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time|time\.localtime)\(")


@cache
def tree() -> list[Path]:
    """Every file git would carry: tracked, or new and not ignored; without git, all but what is made at run time."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
        paths = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        made = {name.strip("/") for name in (ROOT / ".gitignore").read_text(encoding="utf-8").split()} | {".git"}
        paths = [
            p for p in ROOT.rglob("*") if not any(fnmatch(part, m) for part in p.relative_to(ROOT).parts for m in made)
        ]
    return sorted(p for p in paths if p.is_file())


def python_files() -> list[Path]:
    return [p for p in tree() if p.suffix == ".py"]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def forbidden_imports(room: str, source: str, name: str = "") -> list[str]:
    """Name each import of `source` that docs/adr/0001 forbids to `room`."""
    found = []
    for node in ast.walk(ast.parse(source, name)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        else:
            continue
        rooms = {name.split(".")[0] for name in names} & ALL
        found += [f"line {node.lineno}: {room} imports {r}" for r in sorted(rooms - MAY_IMPORT[room] - {room})]
    return found


def test_rooms_import_only_what_they_may() -> None:
    offenders = [
        f"{named(path)} {offence}"
        for path in python_files()
        if room_of(path) in MAY_IMPORT
        for offence in forbidden_imports(room_of(path), path.read_text(encoding="utf-8"), named(path))
    ]
    assert offenders == []


@pytest.mark.parametrize(
    ("room", "source", "offences"),
    [
        ("alerts", "from classifier.rules import x", ["line 1: alerts imports classifier"]),
        ("web", "def page():\n    import crawlers.run", ["line 2: web imports crawlers"]),
        ("store", "from cli import main", ["line 1: store imports cli"]),
        ("web", "import json, alerts.severity\nfrom store.clock import now\nfrom . import access", []),
        ("cli", "import scheduler", []),
    ],
)
def test_the_import_rule_names_the_offender(room: str, source: str, offences: list[str]) -> None:
    assert forbidden_imports(room, source) == offences


def test_no_file_or_folder_has_a_name_that_gathers_everything() -> None:
    parts = {(part.removesuffix(".py"), named(p)) for p in tree() for part in p.relative_to(ROOT).parts}
    assert [file for part, file in sorted(parts) if part in NOT_WANTED] == []


def test_no_file_grows_past_its_size() -> None:
    written = [p for p in tree() if p.suffix in {".py", ".sh"} or p.parent.name == ".ci"]
    written = [p for p in written if "versions" not in p.parts]  # migrations are generated
    lengths = {named(p): len(p.read_text(encoding="utf-8").splitlines()) for p in written}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_a_line_heads_each_module() -> None:
    sources = {named(p): p.read_text(encoding="utf-8") for p in python_files()}
    assert [n for n, text in sources.items() if text.strip() and not ast.get_docstring(ast.parse(text, n))] == []


def test_only_the_clock_asks_what_time_it_is() -> None:
    rooms = [p for p in python_files() if room_of(p) in ALL - {"bench"} and named(p) != "store/clock.py"]
    assert [named(p) for p in rooms if CLOCK.search(p.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(("what", "pattern"), ADDRESSES, ids=[what for what, _ in ADDRESSES])
def test_nothing_names_an_index_or_a_machine(what: str, pattern: str) -> None:
    search = re.compile(pattern, re.MULTILINE)
    offenders = []
    for path in tree():
        match = search.search(path.read_bytes().decode("utf-8", errors="replace"))
        offenders += [f"{named(path)}: {match.group()}"] if match else []
    assert offenders == [], f"these files carry {what}"


def example_settings() -> dict[str, str]:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return dict(re.findall(rf"^# ?({PREFIX}[A-Z0-9_<>]+)=(.*)$", text, re.MULTILINE))


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    fields = {PREFIX + name.upper() for name in Settings.model_fields}
    assert set(example_settings()) == fields | {PREFIX + "KEY_<SOURCE>"}


def test_the_documented_defaults_are_the_real_ones() -> None:
    shown = example_settings()
    real = {
        PREFIX + n.upper(): f.default for n, f in Settings.model_fields.items() if f.default not in (None, "", Path())
    }
    assert {name: shown[name] for name in real} == {
        name: f"{default:g}" if isinstance(default, float) else str(default) for name, default in real.items()
    }
