"""`tbtwatch outbox`: every mail as a row, and one as its reader sees it."""

from __future__ import annotations

from typing import Annotated

import typer

STATES = ("all", "pending", "captured", "accepted", "failed")
COLUMNS = ("id", "created_at", "state", "to", "subject", "ambiguous", "last_error")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The mails: waiting, captured, accepted by a server, failed.")
    group.command("list")(list_mails)
    group.command("show")(show)
    group.command("held")(held)
    group.command("release")(release)
    app.add_typer(group, name="outbox")


def list_mails(
    state: Annotated[str, typer.Option(help=" | ".join(STATES))] = "all",
    limit: Annotated[int | None, typer.Option(min=1, help="all with --json, the first 200 in a table")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Mails, the newest first. Accepted means taken by the next mail server, not read, nor even delivered."""
    from cli.lookups import check_value
    from cli.mail_rows import mail_rows
    from cli.opening import open_place
    from cli.output import emit_list, rows_to_show
    from store.engine import reading

    limit = rows_to_show(limit, 200, as_json=as_json)
    check_value(state, STATES, "--state")
    with reading(open_place().engine) as session:
        rows = mail_rows(session, state="" if state == "all" else state, limit=limit)
        emit_list(rows, as_json=as_json, columns=COLUMNS, limit=limit)


def show(
    mail: Annotated[str, typer.Argument(metavar="ID")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """One mail: subject and text as the recipient reads them, and the servers' answers; with --json also the HTML."""
    from cli.mail_rows import whole_mail
    from cli.opening import open_place
    from cli.output import emit_line
    from store.engine import reading

    place = open_place()
    with reading(place.engine) as session:
        row = whole_mail(session, mail, place.settings)
    if as_json:
        emit_line(row)
        return
    for name in ("to", "subject", "kind", "state", "created_at", "settled_at", "ambiguous", "last_error"):
        typer.echo(f"{name}: {row[name] if row[name] is not None else ''}")
    for attempt in row["attempts"]:
        typer.echo(f"attempt: {attempt['at']} {attempt['outcome']} {attempt['code'] or ''} {attempt['text']}".rstrip())
    typer.echo("\n" + row["text"])


def held(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Batches whose rest is held, since servers refused them for content or reputation."""
    from alerts.refusals import held_batches
    from cli.opening import open_place
    from cli.output import emit_list
    from store.engine import reading

    with reading(open_place().engine) as session:
        rows = [
            {
                "batch": batch.body_id,
                "held_at": batch.held_at,
                "refused": batch.refused,
                "waiting": waiting,
                "subject": body.subject,
                "why": batch.why,
            }
            for batch, body, waiting in held_batches(session)
        ]
    emit_list(rows, as_json=as_json, columns=("batch", "held_at", "refused", "waiting", "subject", "why"), limit=None)


def release(
    batch: Annotated[int, typer.Argument(metavar="BATCH", help="as `tbtwatch outbox held` lists it")],
    again: Annotated[bool, typer.Option("--again", help="send once more what was refused")] = False,
    now: Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Let the rest of a held batch go on, once the cause is mended (`tbtwatch mail check`)."""
    from alerts.refusals import release_batch
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import writing

    place = open_place(now)
    with writing(place.engine) as session:
        freed = release_batch(session, batch, place.now, again=again)
    emit({"batch": batch, "freed": freed}, as_json=as_json)
