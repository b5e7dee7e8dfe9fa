"""start.py in a tiny project, on a machine whose Python lacks whatever the test takes away."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from settings import ROOT
from tests.setup.tiny.backend import write_wheel

BASE = str(getattr(sys, "_base_executable", sys.executable))  # the Python a person would call
TINY = Path(__file__).parent / "tiny"
PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "tbtwatch"
version = "1.0"
"""


def base_can_import(*names: str) -> bool:
    """Whether the Python outside any virtual environment has these modules."""
    done = subprocess.run([BASE, "-c", f"import {', '.join(names)}"], capture_output=True, check=False)
    return done.returncode == 0


def find_uv() -> str | None:
    """A uv that works alone: a version manager's shim is a script that needs a shell, so what it leads to is taken."""
    found = shutil.which("uv")
    if found and Path(found).read_bytes()[:2] == b"#!":
        beside = Path(sys.base_prefix) / "bin" / "uv"
        return str(beside) if beside.exists() else None
    return found


UV = find_uv()
QUICK = ("uv", "ensurepip") if base_can_import("venv", "pip") else ("uv",)  # the pip there is saves making another


@dataclass(frozen=True)
class Machine:
    """A checkout with its own HOME; nothing of this machine's settings or caches is seen there."""

    checkout: Path
    home: Path

    @property
    def venv(self) -> Path:
        return self.checkout / ".venv"

    def require(self, file: str, *packages: tuple[str, str]) -> None:
        """Write a requirements file of (name, version) pairs, hashed, with the packages in a folder beside it."""
        wheels = self.checkout / "wheels"
        wheels.mkdir(exist_ok=True)
        lines = ["--no-index", f"--find-links {wheels}"]
        for name, version in packages:
            files = {f"{name}/__init__.py": "", f"{name}/__main__.py": "from shown import main\n\nmain()\n"}
            digest = hashlib.sha256(write_wheel(wheels, name, version, files).read_bytes()).hexdigest()
            lines.append(f"{name}=={version} --hash=sha256:{digest}")
        (self.checkout / file).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def environment(self, lacks: tuple[str, ...], uv: str | None) -> dict[str, str]:
        """An environment in which Python cannot import `lacks`, and `uv` is the only program on the PATH."""
        programs, hiding = self.home / "bin", self.home / "hiding"
        for folder in (programs, hiding):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        hidden = f"import sys\nsys.modules.update(dict.fromkeys({lacks!r}))\n"
        (hiding / "sitecustomize.py").write_text(hidden, encoding="utf-8")
        if uv:
            (programs / "uv").symlink_to(uv)
        return {"HOME": str(self.home), "PATH": str(programs), "PYTHONPATH": str(hiding), "LANG": "C.UTF-8"}

    def popen(
        self,
        *arguments: str,
        lacks: tuple[str, ...] = QUICK,
        uv: str | None = UV,
        settings: dict[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        """Start start.py; by default set-up takes the quickest rung that this machine offers."""
        command = [BASE, str(self.checkout / "start.py"), *arguments]
        environment = self.environment(lacks, uv) | (settings or {})
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=environment, cwd=self.home, stdout=pipe, stderr=pipe, text=True)

    def start(
        self,
        *arguments: str,
        lacks: tuple[str, ...] = QUICK,
        uv: str | None = UV,
        settings: dict[str, str] | None = None,
    ) -> tuple[int, str, str]:
        """Run start.py to its end: exit code, standard output, standard error."""
        process = self.popen(*arguments, lacks=lacks, uv=uv, settings=settings)
        out, err = process.communicate(timeout=300)
        return process.returncode, out, err


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with a fresh checkout of the tiny project."""
    checkout, home = tmp_path / "checkout", tmp_path / "home"
    home.mkdir()
    checkout.mkdir()
    for source in (ROOT / "start.py", TINY / "backend.py", TINY / "shown.py"):
        shutil.copy(source, checkout)
    (checkout / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    made = Machine(checkout, home)
    made.require("requirements.txt", ("first", "1.0"))
    made.require("requirements-dev.txt", ("first", "1.0"), ("pytest", "1.0"))
    return made
