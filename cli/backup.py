"""`tbtwatch backup` and `restore`: one portable file, also from SQLite to PostgreSQL and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    file: Annotated[Path, typer.Argument(help="the file to write, e.g. tbtwatch-2026-06-03.jsonl.gz")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Write every row, as of one instant, to FILE; the service goes on meanwhile. Keep var/<profile>/secret.key too."""
    from cli.opening import open_place
    from cli.output import emit
    from store.backup import private, write_backup

    counts = write_backup(open_place().engine, file)
    private(file)
    emit({"file": str(file), "rows": sum(counts.values())}, as_json=as_json)


def restore(
    file: Annotated[Path, typer.Argument(help="a file written by `tbtwatch backup`")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Fill an empty store from FILE; refuses one that holds rows."""
    from cli.output import emit
    from settings import load_settings
    from store.backup import read_backup
    from store.engine import open_store

    counts = read_backup(open_store(load_settings().database_url), file)
    emit({"file": str(file), "rows": sum(counts.values())}, as_json=as_json)
