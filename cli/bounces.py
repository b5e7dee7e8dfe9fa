"""`tbtwatch bounces`: what came back, read by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Bounces, complaints and replies to our mails.")
    group.callback()(_group)
    group.command("read")(read)
    app.add_typer(group, name="bounces")


def _group() -> None:
    """Bounces, complaints and replies to our mails."""


def read(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="a Maildir or a folder of .eml files")] = None,
    now: Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Read a folder, else the box that the settings name, and print counts per outcome; each message acts once."""
    from alerts.bounces import OUTCOMES, read_box
    from cli.opening import open_place
    from cli.output import emit

    place = open_place(now)
    counts = read_box(place.engine, place.now, place.settings, folder)
    emit({name: counts[name] for name in OUTCOMES}, as_json=as_json)
