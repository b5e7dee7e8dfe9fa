"""`tbtwatch notices`: what the sources published, with the industries suggested; and releasing history."""

from __future__ import annotations

from typing import Annotated

import typer

COLUMNS = ("id", "symbols", "market", "published_on", "comment_deadline", "industries", "title", "admitted")
AsJson = Annotated[bool, typer.Option("--json")]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The notices (公告) in the store.")
    group.command("list")(list_notices)
    group.command("show")(show)
    group.command("release")(release)
    app.add_typer(group, name="notices")


def list_notices(
    limit: Annotated[int | None, typer.Option(min=1, help="all with --json, the first 50 in a table")] = None,
    market: Annotated[str | None, typer.Option(metavar="SYMBOL", help="a wto_symbol, e.g. USA, EU, TPKM")] = None,
    industry: Annotated[str | None, typer.Option(metavar="SLUG")] = None,
    source: Annotated[str | None, typer.Option(help="the source that saw it first")] = None,
    words: Annotated[
        str, typer.Option("--search", metavar="WORDS", help="only those with all of these words, e.g. '锂电池 标签'")
    ] = "",
    still_open: Annotated[bool, typer.Option("--open", help="only 仍可评议: history with open comments")] = False,
    now: Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")] = None,
    as_json: AsJson = False,
) -> None:
    """The newest first; with --open the first to end first."""
    from cli.notice_rows import notice_rows
    from cli.opening import open_place
    from cli.output import emit_list, rows_to_show
    from store.engine import reading

    limit = rows_to_show(limit, 50, as_json=as_json)
    place = open_place(now)
    with reading(place.engine) as session:
        rows = notice_rows(
            session,
            place.now,
            limit=limit,
            market=market,
            industry=industry,
            source=source,
            words=words,
            only_open=still_open,
        )
        emit_list(rows, as_json=as_json, columns=COLUMNS, limit=limit)


def show(notice: Annotated[str, typer.Argument(metavar="ID|SYMBOL")], as_json: AsJson = False) -> None:
    """One notice with its versions, suggestions and evidence."""
    from cli.lookups import notice_called
    from cli.notice_rows import whole_notice
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import reading

    with reading(open_place().engine) as session:
        found = whole_notice(session, notice_called(session, notice))
    rows = found if as_json else [{"field": name, "value": value} for name, value in found.items()]
    emit(rows, as_json=as_json)


def release(
    notices: Annotated[list[str], typer.Argument(metavar="ID|SYMBOL...")],
    officer: Annotated[str, typer.Option("--as", metavar="OFFICER", help="sign-in of an officer of the province")],
    now: Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")] = None,
    as_json: AsJson = False,
) -> None:
    """Let history with an open comment period be news: all of those named, or none."""
    from alerts.releasing import release as let_out
    from cli.lookups import notice_called, officer_called
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import writing

    place = open_place(now)
    with writing(place.engine) as session:
        who = officer_called(session, officer)
        found = [notice_called(session, name) for name in notices]
        for notice in found:
            let_out(session, notice, who, place.now)
        rows = [{"id": n.public_id, "admitted": n.admitted, "reason": n.admitted_reason} for n in found]
    emit(rows, as_json=as_json)
