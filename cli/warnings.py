"""`tbtwatch warnings`: what was raised, version by version."""

from __future__ import annotations

from typing import Annotated

import typer

COLUMNS = ("id", "kind", "number", "severity", "state", "basis", "market", "industries", "title", "issued_at")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The trade warnings (预警) and their versions.")
    group.command("list")(list_warnings)
    group.command("show")(show)
    group.command("cap")(cap)
    app.add_typer(group, name="warnings")


def list_warnings(
    state: Annotated[str, typer.Option(help="issued | outgoing | under_review | dismissed | superseded | all")] = "all",
    severity: Annotated[str | None, typer.Option(help="red | orange | yellow | blue")] = None,
    industry: Annotated[str | None, typer.Option(metavar="SLUG")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="all with --json, the first 200 in a table")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Each warning by its newest version, the newest first."""
    from cli.opening import open_place
    from cli.output import emit_list, rows_to_show
    from cli.warning_rows import warning_rows
    from store.engine import reading

    limit = rows_to_show(limit, 200, as_json=as_json)
    with reading(open_place().engine) as session:
        rows = warning_rows(session, state=state, severity=severity, industry=industry, limit=limit)
        emit_list(rows, as_json=as_json, columns=COLUMNS, limit=limit)


def show(
    warning: Annotated[str, typer.Argument(metavar="ID")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """One warning with its versions, their facts, reviews and decisions."""
    from cli.opening import open_place
    from cli.output import emit
    from cli.warning_rows import whole_warning
    from store.engine import reading

    with reading(open_place().engine) as session:
        found = whole_warning(session, warning)
    if as_json:
        emit(found, as_json=True)
        return
    for version in found["versions"]:
        emit([{"field": name, "value": value} for name, value in version.items()], as_json=False)


def cap(
    warning: Annotated[str, typer.Argument(metavar="ID", help="of a warning, or of one of its versions")],
    number: Annotated[int | None, typer.Option(min=1, help="the version with this number; else the newest one")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one line of JSON, the message in its field `cap`")] = False,
) -> None:
    """The CAP 1.2 message (XML) of a version that went out."""
    import sys

    from alerts.cap_gathering import cap_of
    from cli.opening import open_place
    from cli.output import emit_line
    from cli.warning_rows import issued_version
    from store.engine import reading

    place = open_place()
    with reading(place.engine) as session:
        version = issued_version(session, warning, number)
        message = cap_of(session, version, place.settings).decode()
    if as_json:
        emit_line({"version": version.public_id, "number": version.number, "kind": version.kind, "cap": message})
        return
    sys.stdout.write(message)
    sys.stdout.flush()
