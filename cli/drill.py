"""`tbtwatch drill`: a made-up warning through the real desks, and how long each bureau took."""

from __future__ import annotations

from typing import Annotated

import typer

AsOfficer = Annotated[str, typer.Option("--as", metavar="OFFICER", help="sign-in of an officer of the province")]
DrillId = Annotated[str, typer.Argument(metavar="ID")]
Now = Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")]
AsJson = Annotated[bool, typer.Option("--json")]

COLUMNS = ("id", "started_at", "ended_at", "state", "severity", "industries", "title")
DESK_COLUMNS = ("tier", "bureau_name", "outcome", "minutes", "late", "by", "opened_at", "settled_at")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Drills (演练): they reach the desks and no exporter.")
    group.command("start")(start)
    group.command("list")(list_drills)
    group.command("report")(report)
    group.command("end")(end)
    app.add_typer(group, name="drill")


def start(
    officer: AsOfficer,
    severity: Annotated[str, typer.Option(help="red | orange | yellow | blue")],
    industry: Annotated[list[str], typer.Option(metavar="SLUG", help="what it is about; repeat the option")],
    title: Annotated[str, typer.Option(help="what the made-up measure is, in Chinese")],
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Put a made-up warning on the desks that a real one would come to."""
    from alerts.drills import start_drill
    from cli.drill_rows import drill_row
    from cli.lookups import officer_called
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import writing

    place = open_place(now)
    with writing(place.engine) as session:
        who = officer_called(session, officer)
        drill = start_drill(session, who, place.now, title=title, severity=severity, industries=industry)
        emit(drill_row(session, drill, place.now), as_json=as_json, columns=COLUMNS)


def list_drills(
    limit: Annotated[int | None, typer.Option(min=1, help="all with --json, the first 200 in a table")] = None,
    as_json: AsJson = False,
) -> None:
    """All drills, the newest first."""
    from alerts.drills import all_drills
    from cli.drill_rows import drill_row
    from cli.opening import open_place
    from cli.output import emit_list, rows_to_show
    from store.engine import reading

    place = open_place()
    limit = rows_to_show(limit, 200, as_json=as_json)
    with reading(place.engine) as session:
        rows = [drill_row(session, drill, place.now) for drill in all_drills(session)[:limit]]
        emit_list(rows, as_json=as_json, columns=COLUMNS, limit=limit)


def report(drill: DrillId, now: Now = None, as_json: AsJson = False) -> None:
    """How long each bureau took, the median of each tier, and who never acted."""
    from alerts.drills import drill_by_id
    from cli.drill_rows import report_row
    from cli.opening import open_place
    from cli.output import emit, say
    from store.engine import reading

    place = open_place(now)
    with reading(place.engine) as session:
        row = report_row(session, drill_by_id(session, drill), place.now)
    if as_json:
        emit(row, as_json=True)
        return
    emit(row["desks"], as_json=False, columns=DESK_COLUMNS)
    emit(row["tiers"], as_json=False)
    say(f"never acted: {', '.join(row['never_acted']) or 'none'}")


def end(drill: DrillId, officer: AsOfficer, now: Now = None, as_json: AsJson = False) -> None:
    """End a drill: its open reviews are closed, and nothing of it goes further."""
    from alerts.drills import drill_by_id, end_drill
    from cli.drill_rows import drill_row
    from cli.lookups import officer_called
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import writing

    place = open_place(now)
    with writing(place.engine) as session:
        found = drill_by_id(session, drill)
        end_drill(session, found, officer_called(session, officer), place.now)
        emit(drill_row(session, found, place.now), as_json=as_json, columns=COLUMNS)
