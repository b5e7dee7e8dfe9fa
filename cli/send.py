"""`tbtwatch send`: the sender alone, once or as a process of its own."""

from __future__ import annotations

import sys
import threading
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("send")(send)


def send(
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with every mail to come, until standard input is closed.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Send the mails that wait, the most urgent first. `tbtwatch serve` starts one with --follow for itself."""
    from alerts.sending import send_pending
    from cli.opening import open_place
    from cli.output import emit
    from store.nudged import follow as follow_store

    place = open_place(load=False)
    sent = 0

    def work() -> bool:
        nonlocal sent
        handled = send_pending(place.engine, place.clock(), place.settings)
        sent += handled
        return handled > 0

    if follow:
        follow_store(place.engine, "send", work, _closed_input())
    else:
        while work():
            pass
    emit({"sent": sent}, as_json=as_json)


def _closed_input() -> threading.Event:
    """Set when standard input ends: whoever started this process is gone, or wants it to stop."""
    closed = threading.Event()

    def wait() -> None:
        while sys.stdin.buffer.read(1024):
            pass
        closed.set()

    threading.Thread(target=wait, name="input", daemon=True).start()
    return closed
