"""`tbtwatch exporters`: the firms that get warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from alerts.enrolling import Enrolled

Many = list[str] | None
COLUMNS = ("id", "email", "bureau", "industries", "hs", "words", "markets", "confirmed")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The exporters (出口企业) and what they subscribe to.")
    group.callback()(_group)
    group.command("add")(add)
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
