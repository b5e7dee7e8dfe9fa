"""`tbtwatch stages`: all pending stages by hand."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The stages between a notice and a mail.")
    group.command("run")(run)
    group.command("retry")(retry)
    app.add_typer(group, name="stages")


def run(
    now: Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Run all pending stages once and print counts per stage; a second run finds nothing to do."""
    from alerts.match_index import index_of
    from cli.opening import open_place
    from cli.output import emit
    from cli.train import ensure_model
    from scheduler import run_stages

    place = open_place(now)
    ensure_model(place)
    index_of(place.engine).keep_in(place.settings.var)
    emit(run_stages(place.engine, place.now, place.settings), as_json=as_json)


def retry(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Take up again what was parked after five attempts, once its cause is mended; prints counts per kind of row."""
    from cli.opening import open_place
    from cli.output import emit
    from store.columns import Claimable
    from store.digest import Digest
    from store.document import Document
    from store.email import Email
    from store.engine import writing
    from store.join import HeldBack
    from store.notice import Notice
    from store.officer_mail import OfficerMail
    from store.operator_mail import OperatorMail
    from store.robot import RobotMessage
    from store.slot import PlannedSlot
    from store.warning import WarningVersion
    from store.webhook_call import WebhookCall
    from store.work import retry_parked

    tables: dict[str, type[Claimable]] = {
        "notices": Notice,
        "warnings": WarningVersion,
        "mails": Email,
        "officer_mails": OfficerMail,
        "operator_mails": OperatorMail,
        "webhook_calls": WebhookCall,
        "robot_messages": RobotMessage,
        "held_back": HeldBack,
        "digests": Digest,
        "slots": PlannedSlot,
        "documents": Document,
    }
    with writing(open_place().engine) as session:
        emit({name: retry_parked(session, table) for name, table in tables.items()}, as_json=as_json)
