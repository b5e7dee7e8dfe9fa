"""`tbtwatch network`, `tbtwatch summary`: the network of bureaus, and its weekly summaries by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from settings import TbtwatchError

SHOWN = ("code", "name", "open", "overdue", "median_hours", "red", "orange", "exporters", "clusters", "unreached")


class UnknownPlace(TbtwatchError):
    """Raised when a code names no place of the network."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("network")(network)
    app.command("summary")(summary)


def network(
    city: Annotated[str, typer.Option(metavar="CODE", help="this place and all below it, e.g. 440500")] = "",
    now: Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print the province and its cities, or one place and all below it: reviews, warnings, firms, clusters, officers.

    Figures of a place are those of all below it too; a warning that concerns three of its counties counts once.
    """
    from alerts.oversight import read_oversight
    from alerts.oversight_rows import row_of, subtree
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import reading

    place = open_place(now)
    with reading(place.engine) as session:
        oversight = read_oversight(session, place.now)
        code = city or oversight.province
        if code not in oversight.places:
            raise UnknownPlace(f"no place '{code}' in the network: data/regions.csv lists the codes, e.g. 440500")
        rows = [row_of(one) for one in subtree(oversight, code)]
    if not city and not as_json:
        rows = [row for row in rows if row["tier"] in ("province", "city")]
    emit(rows, as_json=as_json, columns=SHOWN)


def summary(
    now: Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-08T09:00+08:00")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Write the weekly summaries of this week's bureaus; those that stand already are left alone. Prints how many."""
    from alerts.summaries import write_summaries
    from cli.opening import open_place
    from cli.output import emit

    place = open_place(now)
    emit({"mails": write_summaries(place.engine, place.now, place.settings)}, as_json=as_json)
