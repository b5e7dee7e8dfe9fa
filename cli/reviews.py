"""`tbtwatch reviews`: the desk by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from cli import answers

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlmodel import Session

    from store.bureau import Officer
    from store.review import Decision, Review

AsOfficer = Annotated[str, typer.Option("--as", metavar="OFFICER", help="sign-in of the officer who decides")]
Advice = Annotated[str, typer.Option(help="local advice, shown to this bureau's firms")]
Note = Annotated[str, typer.Option(help="a note for colleagues")]
Revision = Annotated[int | None, typer.Option(help="decide only if the review is still at this revision")]
Now = Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")]
AsJson = Annotated[bool, typer.Option("--json")]

COLUMNS = ("id", "due", "severity", "market", "industries", "title", "bureau_name", "state")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The reviews (研判) on the desks of the bureaus.")
    group.command("list")(list_reviews)
    group.command("accept")(accept)
    group.command("dismiss")(dismiss)
    group.command("correct")(correct)
    answers.add_to(group)
    app.add_typer(group, name="reviews")


def list_reviews(
    bureau: Annotated[str | None, typer.Option(metavar="CODE", help="only this bureau's, e.g. 440515")] = None,
    state: Annotated[str, typer.Option(help="open | decided | escalated | closed | all")] = "open",
    limit: Annotated[int | None, typer.Option(min=1, help="all with --json, the first 200 in a table")] = None,
    as_json: AsJson = False,
) -> None:
    """Reviews by due time."""
    from cli.opening import open_place
    from cli.output import emit_list, rows_to_show
    from cli.review_rows import review_rows
    from store.engine import reading

    limit = rows_to_show(limit, 200, as_json=as_json)
    with reading(open_place().engine) as session:
        rows = review_rows(session, bureau=bureau, state=state, limit=limit)
        emit_list(rows, as_json=as_json, columns=COLUMNS, limit=limit)


def accept(
    review: Annotated[str, typer.Argument(metavar="ID")],
    officer: AsOfficer,
    advice: Advice = "",
    note: Note = "",
    revision: Revision = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Sign the warning off as it is: it leaves after ten minutes in 待发; red on the second officer's signature."""
    from alerts import reviewing

    _decide(
        review,
        officer,
        now,
        as_json,
        lambda session, found, who, at, wait: reviewing.accept(
            session,
            found,
            who,
            at,
            expected_revision=_shown(found, review, revision),
            advice=advice,
            note=note,
            wait=wait,
        ),
    )


def dismiss(
    review: Annotated[str, typer.Argument(metavar="ID")],
    officer: AsOfficer,
    advice: Advice = "",
    note: Note = "",
    revision: Revision = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Say that it does not concern this place."""
    from alerts import reviewing

    _decide(
        review,
        officer,
        now,
        as_json,
        lambda session, found, who, at, wait: reviewing.dismiss(
            session,
            found,
            who,
            at,
            expected_revision=_shown(found, review, revision),
            advice=advice,
            note=note,
        ),
    )


def correct(
    review: Annotated[str, typer.Argument(metavar="ID")],
    officer: AsOfficer,
    industry: Annotated[list[str], typer.Option(metavar="SLUG", help="exactly these industries; repeat the option")],
    advice: Advice = "",
    note: Note = "",
    revision: Revision = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Put other industries in the place of the machine's, and sign off."""
    from alerts import reviewing

    _decide(
        review,
        officer,
        now,
        as_json,
        lambda session, found, who, at, wait: reviewing.correct(
            session,
            found,
            who,
            at,
            industry,
            expected_revision=_shown(found, review, revision),
            advice=advice,
            note=note,
            wait=wait,
        ),
    )


def _shown(found: Review, named: str, revision: int | None) -> int | None:
    """The revision that was looked at: of the review that was named, not of the others of its bundle."""
    return revision if found.public_id == named else None


def _decide(
    review_id: str,
    sign_in: str,
    now: str | None,
    as_json: bool,
    decide: Callable[[Session, Review, Officer, datetime, timedelta], Decision],
) -> None:
    from datetime import timedelta

    from alerts.bundles import decide_bundle
    from alerts.reviewing import review_by_id
    from cli.lookups import officer_called
    from cli.opening import open_place
    from cli.output import emit
    from cli.review_rows import review_rows
    from store.engine import reading, writing

    place = open_place(now)
    with writing(place.engine) as session:
        found = review_by_id(session, review_id)
        wait = timedelta(minutes=place.settings.take_back_minutes)
        officer = officer_called(session, sign_in)
        decision, more = decide_bundle(session, found, lambda which: decide(session, which, officer, place.now, wait))
        answer = {
            "decision": decision.kind,
            "by": sign_in,
            "at": decision.at,
            "industries_before": decision.industries_before,
            "industries_after": decision.industries_after,
            "bundled": more,
        }
    with reading(place.engine) as session:
        (row,) = review_rows(session, state="all", review_id=review_id)
    columns = ("id", "decision", "by", "warning_state", "severity", "industries_after")
    emit(row | answer, as_json=as_json, columns=columns)
