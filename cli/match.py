"""`tbtwatch match`: who asks for a notice, and why one subscriber does or does not."""

from __future__ import annotations

from typing import Annotated

import typer

COLUMNS = ("subscriber", "subscription", "reason")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("match")(match)


def match(
    notice: Annotated[str, typer.Argument(metavar="NOTICE", help="id or symbol, as `notices list` shows them")],
    explain: Annotated[bool, typer.Option("--explain", help="also each subscriber it meets, with the reason")] = False,
    subscriber: Annotated[
        str, typer.Option(metavar="PUBLIC_ID", help="why it meets this one subscriber, or why it does not")
    ] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="all with --json, the first 200 in a table")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Who asks for a notice, counted. Nothing is written or sent; addresses are never shown."""
    from alerts.match_index import index_of
    from cli.lookups import notice_called
    from cli.match_rows import matched_rows, summary_of, why_row
    from cli.opening import open_place
    from cli.output import emit, emit_line, emit_list, rows_to_show
    from store.engine import reading

    place = open_place()
    index_of(place.engine).keep_in(place.settings.var)
    with reading(place.engine) as session:
        told, found = summary_of(session, notice_called(session, notice))
        if subscriber:
            emit({**told, **why_row(session, found, subscriber)}, as_json=as_json)
            return
        shown = rows_to_show(limit, 200, as_json=as_json)
        rows = matched_rows(session, found, shown) if explain else []
    if as_json:
        emit_line({**told, **({"matches": rows} if explain else {})})
        return
    emit([{"field": name, "value": value} for name, value in told.items()], as_json=False)
    if explain:
        emit_list(rows, as_json=False, columns=COLUMNS, limit=shown)
