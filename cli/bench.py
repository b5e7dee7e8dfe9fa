"""`tbtwatch bench`: figures against yardsticks, on the production path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from settings import TbtwatchError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(bench)


def bench(
    groups: Annotated[
        list[str] | None, typer.Argument(help="ingest search classify match mail latency page workbench")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="small sizes, each group under 45 s (the default)")] = False,
    full: Annotated[bool, typer.Option("--full", help="the sizes the goals are set for")] = False,
    size: Annotated[int | None, typer.Option(min=1, help="another size for the groups named")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    out: Annotated[Path | None, typer.Option(help="also write the JSON to this file")] = None,
    check: Annotated[bool, typer.Option("--check", help="exit 1 when a goal is missed")] = False,
) -> None:
    """Measure; each line is a ratio to a yardstick run in turn with the subject."""
    from bench.runner import line_of, machine_line, run_groups, unmeasured
    from cli.output import emit_line, say

    rows = run_groups(groups or [], quick=quick or not full, size=size)
    if missing := unmeasured(groups or []):
        say(f"no figures yet for {', '.join(missing)}")
    if out:
        _write(out, rows)
    if as_json:
        emit_line(rows)
    else:
        for row in rows:
            typer.echo(line_of(row))
        say(machine_line(rows))
    if check and any(row["verdict"] == "MISS" for row in rows):
        raise typer.Exit(1)


def _write(out: Path, rows: list[dict[str, Any]]) -> None:
    try:
        out.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise TbtwatchError(f"cannot write {out}: {error.strerror}; give another --out") from None
