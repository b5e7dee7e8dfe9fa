"""`tbtwatch data`: the reference files in and out of the store by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The reference files: industries, words, clusters, markets, terms.")
    group.command("load")(load)
    group.command("export")(export)
    group.command("publish")(publish)
    app.add_typer(group, name="data")


def load(
    folder: Annotated[Path | None, typer.Argument(help="the files; data/ of the project when not given")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Load a release: into a fresh store as version 1, later as a draft beside what staff have changed."""
    from cli.opening import open_place
    from cli.output import emit
    from settings import DATA
    from store.engine import writing
    from store.mapping_release import load_reference
    from store.reference import BadReference, read_reference
    from store.reference_checks import validate

    reference = read_reference(folder or DATA)
    if problems := validate(reference):  # told before a store is made or opened
        raise BadReference(problems)
    place = open_place(load=False)
    with writing(place.engine) as session:
        result = load_reference(session, reference, place.now)
    emit(result.as_json(), as_json=as_json)


def export(
    folder: Annotated[Path, typer.Argument(help="where to write the files")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Write the published mapping and its records as the files they were loaded from."""
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import reading
    from store.reference_export import export_reference

    place = open_place()
    with reading(place.engine) as session:
        files = export_reference(session, folder)
    emit({"folder": str(folder), "files": files}, as_json=as_json)


def publish(
    number: Annotated[int, typer.Argument(help="the number of the draft, as `data load` said it")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Put a draft in force; the version before is retired and kept."""
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import writing
    from store.mapping_release import publish_version

    place = open_place()
    with writing(place.engine) as session:
        version = publish_version(session, number, place.now)
        answer = {"version": version.number, "state": version.state, "fingerprint": version.fingerprint}
    emit(answer, as_json=as_json)
