"""`tbtwatch exporters`: the firms that get warnings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from alerts.enrolling import Enrolled

Many = list[str] | None
COLUMNS = ("id", "email", "bureau", "industries", "hs", "words", "markets", "confirmed")
LISTED = ("id", "email", "name", "bureau", "state", "since")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The exporters (出口企业) and what they subscribe to.")
    group.callback()(_group)
    group.command("add")(add)
    group.command("import")(import_sheet)
    group.command("list")(list_exporters)
    app.add_typer(group, name="exporters")


def _group() -> None:
    """The exporters (出口企业) and what they subscribe to."""


def add(
    email: Annotated[str, typer.Option(help="where the warnings go")],
    industry: Annotated[Many, typer.Option(metavar="SLUG", help="an industry, e.g. toys; may be repeated")] = None,
    hs: Annotated[Many, typer.Option(metavar="PREFIX", help="an HS code of 2 or 4 to 10 digits, e.g. 9503")] = None,
    word: Annotated[Many, typer.Option(metavar="WORD", help="a product word, e.g. 积木")] = None,
    market: Annotated[Many, typer.Option(metavar="MARKET", help="e.g. 德国, EU, USA; none means all")] = None,
    county: Annotated[str, typer.Option(metavar="CODE", help="county, town or city, e.g. 440515")] = "",
    name: Annotated[str, typer.Option(help="the firm's name")] = "",
    now: Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Add a firm's address, confirmed at once (no letter asks for consent), with one subscription.

    Industries, HS codes and words are alternatives; markets narrow them. The same again changes nothing.
    """
    from alerts.enrolling import enrol
    from cli.opening import open_place
    from cli.output import emit, say
    from store.engine import writing

    place = open_place(now)
    with writing(place.engine) as session:
        done = enrol(
            session,
            place.now,
            email=email,
            industries=industry or [],
            hs=hs or [],
            words=word or [],
            markets=market or [],
            name=name,
            jurisdiction=county,
        )
        row = _row(done)
    say("added and confirmed" if done.is_new else "subscribed to exactly this before: nothing changed")
    emit(row, as_json=as_json, columns=COLUMNS)


def import_sheet(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or XLSX with a header row: 邮箱, 产品, 市场 ...")],
    bureau: Annotated[str, typer.Option(metavar="CODE", help="the bureau that enrols, e.g. 440515")],
    ground: Annotated[str, typer.Option(help="on what ground, in Chinese: it stands in the invitation")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would become of each row")] = False,
    now: Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Enrol the firms of a sheet: one invitation each, nothing more until its address confirms."""
    from dataclasses import asdict

    from alerts.accounts import bureau_by_code
    from alerts.bulk_enrolling import enrol_rows
    from alerts.enrolment_sheet import BadSheet, read_sheet
    from classifier.mapping import MappingCache
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import reading, writing
    from web.pages.enrolment import guess_of

    try:
        content = file.read_bytes()
    except OSError as error:
        raise BadSheet(f"{file} cannot be read: {error.strerror}") from None
    place = open_place(now)
    rows = read_sheet(content)
    with reading(place.engine) if dry_run else writing(place.engine) as session:
        verdicts = enrol_rows(
            session,
            place.now,
            place.settings,
            rows,
            bureau=bureau_by_code(session, bureau),
            ground=ground,
            guess=guess_of(session, MappingCache().current(session)),
            dry_run=dry_run,
        )
    emit([asdict(verdict) for verdict in verdicts], as_json=as_json)


def list_exporters(
    bureau: Annotated[str, typer.Option(metavar="CODE", help="of this bureau alone")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="all with --json, the first 50 in a table")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """The firms with their addresses and whether each has confirmed, the newest first."""
    from cli.exporter_rows import exporter_rows
    from cli.opening import open_place
    from cli.output import emit_list, rows_to_show
    from store.engine import reading

    limit = rows_to_show(limit, 50, as_json=as_json)
    with reading(open_place().engine) as session:
        rows = exporter_rows(session, bureau, limit)
    emit_list(rows, as_json=as_json, columns=LISTED, limit=limit)


def _row(done: Enrolled) -> dict[str, Any]:
    from store.subscription import HS, INDUSTRY, MARKET, WORD

    def terms(kind: str) -> list[str]:
        return sorted(value for each, value in done.terms if each == kind)

    return {
        "id": done.exporter.public_id,
        "subscriber": done.subscriber.public_id,
        "subscription": done.subscription.public_id,
        "email": done.subscriber.email,
        "name": done.exporter.name,
        "bureau": done.bureau.name_zh,
        "industries": terms(INDUSTRY),
        "hs": terms(HS),
        "words": terms(WORD),
        "markets": terms(MARKET),
        "confirmed": done.subscriber.confirmed_at is not None,
        "new": done.is_new,
    }
