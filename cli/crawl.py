"""tbtwatch crawl, record, import, sources, completeness."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.output import emit, emit_line, say

JSON = Annotated[bool, typer.Option("--json", help="Only JSON on standard output.")]
Sources = Annotated[list[str], typer.Argument(help="Source ids; `tbtwatch sources` lists them.")]
HEALTHY = ("ok", "unchanged")
# The parent stays light, so that starting up is waited for once: the crawl's process opens and upgrades the store.
PROCESS = (sys.executable, "-m", "cli.crawl_process")


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("crawl")(crawl)
    app.command("record")(record)
    app.command("import")(import_file)
    app.command("sources")(sources)
    app.command("completeness")(completeness)
    app.command("reparse")(reparse)


def crawl(
    source: Sources,
    fill: Annotated[bool, typer.Option("--fill", help="Walk back through the past; goes on where it stopped.")] = False,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day a fill ends with.")] = None,
    replay: Annotated[Path | None, typer.Option(help="A recording to ask instead of the network.")] = None,
    now: Annotated[str | None, typer.Option(help="The clock, ISO 8601 with offset.")] = None,
    as_json: JSON = False,
) -> None:
    """Visit sources and store what is new. Exit 3 when one is failing, limited or without its key."""
    if since and not fill:
        raise typer.BadParameter("--since says how far back --fill walks: give both")
    from crawlers.declarations import declared_source

    for name in source:
        declared_source(name)
    from crawlers.run import Crawls, Order
    from settings import load_settings

    order = Order(fill=fill, since=since.date() if since else None, replay=replay, now=now)
    reports = []
    with Crawls(len(source), PROCESS) as crawls:
        for report in crawls.run(source, order, load_settings()):
            reports.append(report)
            if as_json:
                emit_line(report)
    if not as_json:
        emit(reports, as_json=False, columns=["source", "status", "new", "changed", "unchanged", "rejected", "reason"])
    if any(report["status"] not in HEALTHY for report in reports):
        raise typer.Exit(3)


def record(
    source: Annotated[str, typer.Argument(help="The source to record.")],
    folder: Annotated[Path, typer.Argument(help="Where the recording goes; made when it is not there.")],
    as_json: JSON = False,
) -> None:
    """Visit the live source and write the exchanges into DIR, keys blanked. What it says is stored as on any visit."""
    from crawlers.declarations import declared_source
    from crawlers.run import Crawls, Order
    from settings import load_settings

    declared_source(source)
    with Crawls(1, PROCESS) as crawls:
        report = next(crawls.run([source], Order(record=folder.absolute()), load_settings()))
    if report["requests"]:
        say(f"recorded {source} into {folder}: read the bodies before you commit them")
    emit(report, as_json=as_json, columns=["source", "status", "new", "changed", "unchanged", "reason"])
    if report["status"] not in HEALTHY:
        raise typer.Exit(3)


def import_file(
    file: Annotated[Path, typer.Argument(help="An ePing export: .xlsx or .csv.")],
    as_news: Annotated[bool, typer.Option("--as-news", help="Recent notices in it may raise warnings.")] = False,
    now: Annotated[str | None, typer.Option(help="The clock, ISO 8601 with offset.")] = None,
    as_json: JSON = False,
) -> None:
    """Take over notifications from an "export search results" file or the complete workbook."""
    from cli.opening import open_place
    from crawlers.importing import import_notices

    place = open_place(now, load=False)
    report = import_notices(file, place.engine, place.clock, as_news=as_news)
    for note in report.issues:
        say(f"{file.name}: {note.record}: {note.message}")
    emit(
        {
            "file": file.name,
            "rows": report.rows,
            "new": report.new,
            "changed": report.changed,
            "unchanged": report.unchanged,
            "rejected": report.rejected,
        },
        as_json=as_json,
    )


def sources(as_json: JSON = False) -> None:
    """List the declared sources and how they are."""
    from cli.opening import open_place
    from crawlers.listing import list_sources

    place = open_place(load=False)
    columns = ["id", "kind", "country", "enabled", "grade", "status", "last_success", "late_since", "items_per_day"]
    on, off = place.settings.switched("on"), place.settings.switched("off")
    emit(list_sources(place.engine, place.now, on, off), as_json=as_json, columns=columns)


def completeness(as_json: JSON = False) -> None:
    """Walk each member's symbol series in both domains and list the numbers that are missing."""
    from cli.opening import open_place
    from crawlers.listing import missing_numbers, number_ranges

    place = open_place(load=False)
    found = missing_numbers(place.engine)
    if not as_json:
        found = [{**row, "missing": number_ranges(row["missing"])} for row in found]
    emit(found, as_json=as_json, columns=["domain", "member", "first", "last", "present", "missing"])


def reparse(
    source: Annotated[str, typer.Argument(help="The source whose kept answers are read again.")],
    everything: Annotated[bool, typer.Option("--all", help="Also answers that the present parser has read.")] = False,
    now: Annotated[str | None, typer.Option(help="The clock, ISO 8601 with offset.")] = None,
    as_json: JSON = False,
) -> None:
    """Read kept answers again after a parser was mended. What changes is classified anew and alerts nobody."""
    from cli.opening import open_place
    from crawlers.declarations import declared_source
    from crawlers.reparsing import reparse as read_again

    place = open_place(now, load=False)
    report = read_again(declared_source(source), place.engine, place.clock, everything=everything)
    for note in report.issues:
        say(f"{source}: {note.record}: {note.message}")
    emit(report.as_json(), as_json=as_json, columns=["source", "new", "changed", "unchanged", "rejected", "rows"])
