"""Build wheels by hand: the build backend of the tiny project, and the maker of the packages it asks for."""

from __future__ import annotations

import zipfile
from pathlib import Path

PROGRAM = "[console_scripts]\ntbtwatch = shown:main\n"


def write_wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> Path:
    """Write a pure-Python wheel with `files` (path in the wheel -> text) into `folder`; returns its path."""
    info = f"{name}-{version}.dist-info"
    members = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tiny\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    members[f"{info}/RECORD"] = "".join(f"{member},,\n" for member in [*members, f"{info}/RECORD"])
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in members.items():
            archive.writestr(member, text)
    return path


def build_editable(wheel_directory: str, config_settings: object = None, metadata_directory: str | None = None) -> str:
    """The hook of PEP 660: a wheel that points to the checkout, which is the current folder, and has the command."""
    files = {"tiny.pth": f"{Path.cwd()}\n", "tbtwatch-1.0.dist-info/entry_points.txt": PROGRAM}
    return write_wheel(Path(wheel_directory), "tbtwatch", "1.0", files).name
