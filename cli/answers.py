"""`tbtwatch reviews`: what follows a decision: passing up, taking back, second signatures, answers to a lead."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cli.opening import Place
    from store.bureau import Officer
    from store.review import Review

AsOfficer = Annotated[str, typer.Option("--as", metavar="OFFICER", help="sign-in of the officer who acts")]
ReviewId = Annotated[str, typer.Argument(metavar="ID")]
Now = Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")]
AsJson = Annotated[bool, typer.Option("--json")]
Industries = Annotated[list[str], typer.Option("--industry", metavar="SLUG", help="exactly these; repeat the option")]


def add_to(group: typer.Typer) -> None:
    """Add these commands to `tbtwatch reviews`."""
    group.command("escalate")(escalate)
    group.command("take-back")(take_back)
    group.command("sign")(sign)
    group.command("confirm")(confirm)
    group.command("object")(object_to)
    group.command("amend")(amend)
    group.command("cancel")(cancel)


def escalate(
    review: ReviewId,
    officer: AsOfficer,
    reason: Annotated[str, typer.Option(help="why this desk cannot settle it")] = "",
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Pass the review up to the bureau above, with the reason."""
    from alerts.answering import hand_up

    _act(
        review,
        officer,
        now,
        as_json,
        lambda session, found, who, place: hand_up(session, found, who, place.now, reason),
    )


def take_back(review: ReviewId, officer: AsOfficer, now: Now = None, as_json: AsJson = False) -> None:
    """Undo a decision that still waits in 待发."""
    from alerts.answering import take_decision_back

    _act(
        review,
        officer,
        now,
        as_json,
        lambda session, found, who, place: take_decision_back(session, found, who, place.now),
    )


def sign(review: ReviewId, officer: AsOfficer, now: Now = None, as_json: AsJson = False) -> None:
    """Put the second signature under a red warning: it leaves at once."""
    from alerts.answering import countersign

    _act(review, officer, now, as_json, lambda session, found, who, place: countersign(session, found, who, place.now))


def confirm(review: ReviewId, officer: AsOfficer, now: Now = None, as_json: AsJson = False) -> None:
    """Let the lead bureau's proposal on this review's warning hold for all (its city or the province)."""
    from alerts import answering

    def act(session: Any, found: Review, who: Officer, place: Place) -> None:
        answering.confirm(session, _proposal_on(session, found), who, place.now)

    _act(review, officer, now, as_json, act)


def object_to(review: ReviewId, officer: AsOfficer, now: Now = None, as_json: AsJson = False) -> None:
    """Object to the lead bureau's proposal: what it would take away is told after all."""
    from alerts import answering

    def act(session: Any, found: Review, who: Officer, place: Place) -> None:
        answering.object_to(session, _proposal_on(session, found), found, who, place.now, _wait(place))

    _act(review, officer, now, as_json, act)


def amend(
    review: ReviewId,
    officer: AsOfficer,
    industry: Industries,
    note: Annotated[str, typer.Option(help="told to those who get the update")] = "",
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Issue an update of a warning that is out, about exactly these industries."""
    from alerts import amending
    from store.warning import WarningVersion

    def act(session: Any, found: Review, who: Officer, place: Place) -> None:
        version = session.get_one(WarningVersion, found.version_id)
        amending.amend(session, version, who, place.now, industry, note=note, wait=_wait(place))

    _act(review, officer, now, as_json, act)


def cancel(
    review: ReviewId,
    officer: AsOfficer,
    reason: Annotated[str, typer.Option(help="told to those who got the warning")],
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Cancel a warning that is out (a city or the province): exactly those who got it are told."""
    from alerts import amending
    from store.warning import WarningVersion

    def act(session: Any, found: Review, who: Officer, place: Place) -> None:
        version = session.get_one(WarningVersion, found.version_id)
        amending.revoke(session, version, who, place.now, reason=reason, wait=_wait(place))

    _act(review, officer, now, as_json, act)


def _act(
    review_id: str,
    sign_in: str,
    now: str | None,
    as_json: bool,
    act: Callable[[Any, Review, Officer, Place], object],
) -> None:
    from alerts.reviewing import review_by_id
    from cli.lookups import officer_called
    from cli.opening import open_place
    from cli.output import emit
    from cli.review_rows import review_rows
    from store.engine import reading, writing

    place = open_place(now)
    with writing(place.engine) as session:
        act(session, review_by_id(session, review_id), officer_called(session, sign_in), place)
    with reading(place.engine) as session:
        (row,) = review_rows(session, state="all", review_id=review_id)
    emit(row, as_json=as_json, columns=("id", "state", "warning_state", "severity", "industries", "closed_reason"))


def _proposal_on(session: Any, review: Review) -> Any:
    from alerts.proposals import UnknownProposal, open_proposals, proposal_by_id

    found = open_proposals(session, review.version_id)
    if not found:
        raise UnknownProposal("no lead bureau's proposal is open on this review's warning")
    return proposal_by_id(session, found[0].public_id)


def _wait(place: Place) -> Any:
    from datetime import timedelta

    return timedelta(minutes=place.settings.take_back_minutes)
