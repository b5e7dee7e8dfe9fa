"""What the documents name is there: commands with their options, files, links, settings, messages, figures."""

from __future__ import annotations

import re
import shlex
from fnmatch import fnmatch
from pathlib import Path

import click
import pytest
import typer.main

import start
from bench.runner import read_goals
from cli import app
from settings import KEY_PREFIX, PREFIX, ROOT, Settings
from tests.test_tree import tree

GUIDES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/operators.md")]
PRESENT = [*GUIDES, ROOT / "docs/glossary.md", ROOT / "data/README.md"]  # they tell how it is now
DOCUMENTS = [*PRESENT, *sorted((ROOT / "docs/adr").glob("*.md"))]  # decisions may name what is no more
FENCE = re.compile(r"^ *```\w*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
RUNS_TBTWATCH = re.compile(r"^(?:\.venv/bin/)?tbtwatch\s+")
STAND_INS = {"NUMBER": "1", "SOURCE": "wto_tbt_notifications"}  # where a document shows a name for any value
MADE_LATER = ("var/", ".venv", ".env", "tbtwatch-", "tbtwatch.sqlite", "secret.key", "complete.json")
PATH = re.compile(r"^[\w.<>*-]+(?:/[\w.<>*-]+)*/?$")
SUFFIXES = (".py", ".md", ".csv", ".yaml", ".txt", ".html", ".jsonl", ".toml", ".example")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def shown_lines(text: str) -> list[str]:
    """The lines of the code blocks, continued ones joined, without comments."""
    lines = [line for block in FENCE.findall(text) for line in block.replace("\\\n", " ").splitlines()]
    return [re.sub(r"\s+#.*$", "", line).strip() for line in lines]


def inline_code(text: str) -> list[str]:
    return CODE.findall(FENCE.sub("", text))


def arguments_of(line: str) -> list[str]:
    return [STAND_INS.get(word, word) for word in shlex.split(RUNS_TBTWATCH.sub("", line))]


def command_named(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that `words` begin with and the words left; raises AssertionError when there is none of that name."""
    command: click.Command = typer.main.get_command(app)
    left = list(words)
    while hasattr(command, "commands") and left and not left[0].startswith("-"):
        assert left[0] in command.commands, f"tbtwatch {' '.join(words)}: there is no '{left[0]}'"
        command = command.commands[left.pop(0)]
    return command, left


def options_of(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts} | {"--help"}


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_every_command_shown_in_a_block_can_be_run_as_it_stands(path: Path) -> None:
    for line in filter(RUNS_TBTWATCH.match, shown_lines(text_of(path))):
        command, left = command_named(arguments_of(line))
        if "--help" not in left:
            command.make_context("tbtwatch", left)  # parses, runs nothing; a UsageError names what is wrong


@pytest.mark.parametrize("path", PRESENT, ids=lambda path: path.name)
def test_every_command_named_in_a_sentence_exists_with_its_options(path: Path) -> None:
    for code in filter(RUNS_TBTWATCH.match, inline_code(text_of(path))):
        for alternative in alternatives(code):
            command, left = command_named(arguments_of(alternative))
            unknown = {word for word in left if word.startswith("-")} - options_of(command)
            assert not unknown, f"{path.name}: `{code}` has no {unknown}"


def alternatives(code: str) -> list[str]:
    """`tbtwatch backup|restore` names two commands."""
    words = code.split()
    place = next((i for i, word in enumerate(words) if "|" in word), None)
    return [code] if place is None else [" ".join([*words[:place], one]) for one in words[place].split("|")]


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_every_start_and_every_make_target_exists(path: Path) -> None:
    targets = set(re.findall(r"^([\w -]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    known = {name for line in targets for name in line.split()}
    for line in [*shown_lines(text_of(path)), *inline_code(text_of(path))]:
        if found := re.search(r"^(?:.*python3 )?start\.py ([\w|]+)", line):
            assert set(found[1].split("|")) <= set(start.COMMANDS), line
        if found := re.match(r"make (\w+)", line):
            assert found[1] in known, line


def is_path(code: str) -> bool:
    if not PATH.match(code) or code.startswith(MADE_LATER) or "." * 3 in code:
        return False
    return code.endswith(SUFFIXES) or (code.endswith("/") and "/" in code[:-1]) or code.split("/")[0] in TOP


TOP = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}


def is_there(name: str) -> bool:
    """Whether `name` (with <any> or * for a part) is in the tree; a file named without its folder may be anywhere."""
    pattern = re.sub(r"<[^>]*>", "*", name.rstrip("/"))
    if "/" not in pattern and any(fnmatch(path.name, pattern) for path in tree()):
        return True
    return any(ROOT.glob(pattern))


@pytest.mark.parametrize("path", PRESENT, ids=lambda path: path.name)
def test_every_file_and_folder_named_is_in_the_tree(path: Path) -> None:
    named = [code for code in inline_code(text_of(path)) if is_path(code)]
    assert [code for code in named if not is_there(code)] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    missing = []
    for link in LINK.findall(FENCE.sub("", text_of(path))):
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if link.startswith(("http://", "https://")):
            continue
        if not target.exists() or (anchor and anchor not in anchors(text_of(target))):
            missing.append(link)
    assert missing == []


def anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_setting_named_exists(path: Path) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    named = set(re.findall(rf"\b{PREFIX}[A-Z0-9_]*[A-Z0-9]\b", text_of(path)))
    assert {
        name for name in named if not name.startswith((KEY_PREFIX.rstrip("_"), PREFIX + "SMTP", PREFIX + "TEST_"))
    } <= known
    assert {name for name in named if name.startswith(PREFIX + "SMTP_")} <= known


def test_the_messages_that_operators_look_up_are_those_of_the_programs() -> None:
    table = text_of(ROOT / "docs/operators.md").partition("## When something is wrong")[2].partition("\n## ")[0]
    messages = [code for code in re.findall(r"^\| `([^`]+)`", table, re.MULTILINE) if " " in code]
    assert len(messages) > 3
    sources = "\n".join(
        text_of(p) for p in [ROOT / "start.py", *(ROOT / "store").glob("*.py"), *(ROOT / "cli").glob("*.py")]
    )
    for message in messages:
        assert all(piece.strip() in sources for piece in message.split("...") if piece.strip()), message


def test_every_metric_is_defined_and_has_its_first_figure() -> None:
    text = text_of(ROOT / "docs/operators.md")
    for title in ("## Benchmarks", "## Figures"):
        rows = re.findall(r"^\| `([a-z]+\.[a-z0-9_]+)`", text.partition(title)[2].partition("\n## ")[0], re.MULTILINE)
        assert set(rows) >= set(read_goals()), title
