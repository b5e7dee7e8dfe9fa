"""`tbtwatch documents`: the files that notices want, fetched and read; and what became of each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

COLUMNS = ("id", "symbols", "name", "lang", "status", "problem", "tries", "characters", "reason")
AsJson = Annotated[bool, typer.Option("--json")]
USUAL_ROWS = 50


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The documents (文件) of notices that say too little themselves.")
    group.command("fetch")(fetch)
    group.command("list")(list_documents)
    app.add_typer(group, name="documents")


def fetch(
    replay: Annotated[Path | None, typer.Option(help="A recording to ask instead of the network.")] = None,
    now: Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")] = None,
    limit: Annotated[int, typer.Option(min=1, help="documents to ask for at most")] = 60,
    as_json: AsJson = False,
) -> None:
    """Fetch and read what is wanted, a visit's worth; exit 3 when the visit itself did not end well."""
    from cli.opening import open_place
    from cli.output import emit, say
    from crawlers.documents import fetch_documents
    from crawlers.recording import Recording

    if replay and now is None:
        recorded_at = Recording(replay).recorded_at
        now = recorded_at.isoformat() if recorded_at else None
    place = open_place(now)
    answer = fetch_documents(place.engine, place.settings, place.clock, replay=replay, now=now, limit=limit)
    for host, reason in answer["hosts_left"].items():
        say(f"{host}: {reason}; tried again later")
    emit(answer, as_json=as_json, columns=("wanted", "asked", "counts", "notices_read_in", "reason"))
    if answer["reason"]:
        raise typer.Exit(3)


def list_documents(
    status: Annotated[
        str | None, typer.Option(help="wanted, fetched, unreadable, too_big, missing, refused, failed")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="all with --json, the first 50 in a table")] = None,
    as_json: AsJson = False,
) -> None:
    """The documents of notices, the newest first."""
    from cli.lookups import check_value
    from cli.opening import open_place
    from cli.output import emit_list, rows_to_show
    from crawlers.document_listing import list_documents as rows_of
    from store.document import STATUSES
    from store.engine import reading

    if status is not None:
        check_value(status, STATUSES, "--status")
    limit = rows_to_show(limit, USUAL_ROWS, as_json=as_json)
    with reading(open_place().engine) as session:
        emit_list(rows_of(session, status, limit), as_json=as_json, columns=COLUMNS, limit=limit)
