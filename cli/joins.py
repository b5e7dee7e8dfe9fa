"""`tbtwatch joins`: which notices of several sources are one matter."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sqlmodel import Session

    from store.bureau import Officer
    from store.join import NoticeJoin

AsOfficer = Annotated[str, typer.Option("--as", metavar="OFFICER", help="sign-in of the officer who decides")]
JoinId = Annotated[str, typer.Argument(metavar="ID")]
Now = Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")]
AsJson = Annotated[bool, typer.Option("--json")]

STATES = ("proposed", "joined", "undone", "refused", "all")
COLUMNS = ("id", "state", "how", "evidence", "first_source", "first_title", "second_source", "second_title")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Joins (同一事项): the same thing told by several sources.")
    group.command("list")(list_joins)
    group.command("join")(join)
    group.command("refuse")(refuse)
    group.command("undo")(undo)
    app.add_typer(group, name="joins")


def list_joins(
    state: Annotated[str, typer.Option(help="proposed | joined | undone | refused | all")] = "proposed",
    limit: Annotated[int | None, typer.Option(min=1, help="all with --json, the first 200 in a table")] = None,
    as_json: AsJson = False,
) -> None:
    """Joins, the newest first: by default what waits for an officer."""
    from cli.join_rows import join_rows
    from cli.lookups import check_value
    from cli.opening import open_place
    from cli.output import emit_list, rows_to_show
    from store.engine import reading

    check_value(state, STATES, "--state")
    limit = rows_to_show(limit, 200, as_json=as_json)
    with reading(open_place().engine) as session:
        rows = join_rows(session, state=state, limit=limit)
        shown = rows if as_json else [flat(row) for row in rows]
        emit_list(shown, as_json=as_json, columns=COLUMNS, limit=limit)


def join(
    one: JoinId,
    officer: AsOfficer,
    again: Annotated[bool, typer.Option("--again", help="although it was refused or undone before")] = False,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Say that two notices are one matter: what comes later is told once."""
    from alerts import join_deciding

    _decide(one, officer, now, as_json, join_deciding.join_again if again else join_deciding.join)


def refuse(one: JoinId, officer: AsOfficer, now: Now = None, as_json: AsJson = False) -> None:
    """Say that a proposal is two matters: it is not proposed again."""
    from alerts import join_deciding

    _decide(one, officer, now, as_json, join_deciding.refuse)


def undo(one: JoinId, officer: AsOfficer, now: Now = None, as_json: AsJson = False) -> None:
    """Part two joined notices: what the join held back is raised and sent by the next run of the stages."""
    from alerts import join_deciding

    _decide(one, officer, now, as_json, join_deciding.undo)


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """A join as one line of a table."""
    ends = {f"{name}_{field}": row[name][field] for name in ("first", "second") for field in ("source", "title")}
    return row | ends | {"evidence": row["reference"] or f"alike {row['score']:.0f}"}


def _decide(
    public_id: str,
    sign_in: str,
    now: str | None,
    as_json: bool,
    deed: Callable[[Session, NoticeJoin, Officer, Any], list[int]],
) -> None:
    from alerts.join_deciding import join_by_id
    from cli.join_rows import join_rows, public_ids
    from cli.lookups import officer_called
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import writing

    place = open_place(now)
    with writing(place.engine) as session:
        found = join_by_id(session, public_id)
        again = deed(session, found, officer_called(session, sign_in), place.now)
        (row,) = join_rows(session, state="all", public_id=public_id)
        row["raised_again"] = public_ids(session, again)
    shown = row if as_json else flat(row)
    emit(shown, as_json=as_json, columns=("id", "state", "by", "evidence", "raised_again"))
