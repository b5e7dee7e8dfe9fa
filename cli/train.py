"""`tbtwatch train`: make a model of the corpus and what officers decided, judge it, publish it unless it is worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from settings import TbtwatchError

if TYPE_CHECKING:
    from cli.opening import Place


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("train")(train)


def train(
    seed: Annotated[bool, typer.Option("--seed", help="from the shipped files alone, as set-up does")] = False,
    if_missing: Annotated[bool, typer.Option("--if-missing", help="only when there is no model yet")] = False,
    if_due: Annotated[
        bool, typer.Option("--if-due", help="only when enough was decided or collected since the last one")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one object")] = False,
) -> None:
    """Train the classifier and publish the model, unless it is worse than the one in force on the reference set."""
    from cli.opening import open_place
    from cli.output import emit

    emit(train_here(open_place(), seed=seed, if_missing=if_missing, if_due=if_due), as_json=as_json)


def train_here(place: Place, *, seed: bool = False, if_missing: bool = False, if_due: bool = False) -> dict[str, Any]:
    """Train in this process; raises WorseModel, NoCorpus, BadLine, ModelTaken, NoMapping."""
    from classifier.due import why_due
    from classifier.gathering import gather
    from classifier.making import make_model
    from classifier.mapping import MappingCache
    from classifier.publishing import ModelCache, newest_number, publish
    from store.engine import reading, writing

    with reading(place.engine) as session:
        number = newest_number(session)
        if if_missing and number:
            return {"trained": False, "why": f"model {number} is in force"}
        reason = why_due(session, place.now) if if_due else "asked for"
        if not reason:
            return {"trained": False, "why": "nothing new to learn from"}
        mapping, present = MappingCache().current(session), ModelCache().current(session)
        taught = None if seed or if_missing else gather(session, mapping)
    made = make_model(mapping, taught, present, place.now)
    with writing(place.engine) as session:
        published = publish(session, made.model, made.figures, place.now, replaces=number)
    if taught is not None:
        from classifier.pipeline import keep_pipeline

        keep_pipeline(made.model.text, place.settings.var / "models" / f"{published:04d}.skops")
    return {"trained": True, "why": reason, "model": published, **_told(made.figures), **made.model.manifest}


def ensure_model(place: Place) -> None:
    """Build the seed model when there is none yet, unless a setting says not to; tells what takes the time."""
    from classifier.publishing import ModelTaken, newest_number
    from cli.output import say
    from store.engine import reading

    if place.settings.seed_model == "off":
        return
    with reading(place.engine) as session:
        if newest_number(session):
            return
    say("no model yet: building the seed model once, some 20 seconds")
    try:
        train_here(place, if_missing=True)
    except ModelTaken:
        return  # another process was first
    except TbtwatchError as error:  # a mistake in the corpus must hold up no warning
        say(f"{error}; going on with the rules alone")


def _told(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures worth a line."""
    return {
        f"{key}_{name}": figures[name][key]
        for name in ("with_codes", "without_codes")
        for key in ("micro_f1", "accepted_precision", "found_recall", "share_flagged")
    }
