"""`tbtwatch db`: the schema and the search index by hand."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The schema of the store, and the index of its notices.")
    group.command("upgrade")(upgrade)
    group.command("check")(check)
    group.command("reindex")(reindex)
    app.add_typer(group, name="db")


def upgrade(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Bring the store to the newest schema (a SQLite file is copied first)."""
    from cli.output import emit
    from settings import load_settings
    from store.deployment import settle_profile
    from store.engine import open_store, writing
    from store.schema import upgrade_schema

    settings = load_settings()
    engine = open_store(settings.database_url)
    before, after = upgrade_schema(engine)
    with writing(engine) as session:
        settle_profile(session, settings.profile)
    emit({"before": before, "after": after}, as_json=as_json)


def check(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Exit 1 when the tables in the store differ from those in the code."""
    from cli.output import emit
    from settings import load_settings
    from store.engine import open_store
    from store.schema import schema_differences

    differences = schema_differences(open_store(load_settings().database_url))
    emit({"differences": [str(item) for item in differences]}, as_json=as_json)
    if differences:
        raise typer.Exit(1)


def reindex(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Make the search index of the notices anew; whoever writes or, on PostgreSQL, searches waits meanwhile."""
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import writing
    from store.search_index import rebuild_index

    with writing(open_place(load=False).engine) as session:
        notices = rebuild_index(session)
    emit({"notices": notices}, as_json=as_json)
