"""`tbtwatch digests`: gathered mails, by hand: information digests, warnings of a day, the line after long silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

LANES = ("all", "information", "daily", "shared")
COLUMNS = ("id", "lane", "key", "to", "entries", "written_at", "mail", "last_error")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Mails that gather several things for one person.")
    group.command("list")(list_digests)
    group.command("run")(run)
    group.command("choose")(choose)
    app.add_typer(group, name="digests")


def list_digests(
    lane: Annotated[str, typer.Option(help=" | ".join(LANES))] = "all",
    limit: Annotated[int | None, typer.Option(min=1, help="all with --json, the first 200 in a table")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Gathered mails, the newest first; `mail` is the id in the outbox, empty when nothing was left to tell."""
    from cli.digest_rows import digest_rows
    from cli.lookups import check_value
    from cli.opening import open_place
    from cli.output import emit_list, rows_to_show
    from store.engine import reading

    limit = rows_to_show(limit, 200, as_json=as_json)
    check_value(lane, LANES, "--lane")
    with reading(open_place().engine) as session:
        rows = digest_rows(session, lane="" if lane == "all" else lane, limit=limit)
    emit_list(rows, as_json=as_json, columns=COLUMNS, limit=limit)


def run(
    now: Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-08T08:00+08:00")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Write what is due, and print counts; `tbtwatch stages run` sends it. A second run finds nothing to do."""
    from alerts.collecting import collect_pending
    from alerts.digesting import digest_pending
    from alerts.informing import inform_pending
    from alerts.reminders import write_reminders
    from alerts.watching import write_still_watching
    from cli.opening import open_place
    from cli.output import emit

    place = open_place(now)
    engine, at, settings = place.engine, place.now, place.settings
    stages: dict[str, Callable[[], int]] = {
        "inform": lambda: inform_pending(engine, at),
        "collect": lambda: collect_pending(engine, at, settings),
        "digest": lambda: digest_pending(engine, at, settings),
    }
    counts = dict.fromkeys(stages, 0)
    for name, stage in stages.items():
        while handled := stage():
            counts[name] += handled
    reminders = write_reminders(engine, at, settings)
    still_watching = write_still_watching(engine, at, settings)
    emit({**counts, "reminders": reminders, "still_watching": still_watching}, as_json=as_json)


def choose(
    email: Annotated[str, typer.Argument(help="the subscriber's address")],
    rhythm: Annotated[str | None, typer.Option(help="weekly (Mondays) or daily")] = None,
    standards: Annotated[bool | None, typer.Option(help="news of standards")] = None,
    consultations: Annotated[bool | None, typer.Option(help="publications that only ask for opinions")] = None,
    now: Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Set how often a subscriber gets its information digest, and what else stands in it."""
    from alerts.choosing import choose_digests
    from cli.digest_rows import subscriber_at
    from cli.opening import open_place
    from cli.output import emit, say
    from store.engine import writing

    place = open_place(now)
    with writing(place.engine) as session:
        subscriber = subscriber_at(session, email)
        changed = choose_digests(
            session, subscriber, place.now, rhythm=rhythm, standards=standards, consultations=consultations
        )
        row = {
            "subscriber": subscriber.public_id,
            "email": subscriber.email,
            "rhythm": subscriber.digest_rhythm,
            "standards": subscriber.wants_standards,
            "consultations": subscriber.wants_consultations,
        }
    say("changed" if changed else "nothing changed")
    emit(row, as_json=as_json)
