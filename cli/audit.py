"""`tbtwatch audit`: the audit trail, searched and proved unbroken."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from store.audit import AuditEntry
    from store.bureau import Officer

AsJson = Annotated[bool, typer.Option("--json")]
COLUMNS = ("number", "at", "actor", "officer", "action", "object_kind", "object", "details")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The audit trail (操作记录): who did what to what.")
    group.command("verify")(verify)
    group.command("list")(list_entries)
    app.add_typer(group, name="audit")


def verify(
    seen: Annotated[str, typer.Option(metavar="NUMBER:HASH", help="as an earlier run printed it")] = "",
    as_json: AsJson = False,
) -> None:
    """Prove that the trail is unbroken; else name the first number that is wrong, with exit code 1.

    The number and hash it prints, written down outside this machine, prove next time that nobody made the trail anew.
    """
    from dataclasses import asdict

    from cli.opening import open_place
    from cli.output import emit
    from store.audit_proof import prove
    from store.engine import reading

    wanted = _seen(seen)
    with reading(open_place().engine) as session:
        proof = prove(session, seen=wanted)
    emit({"whole": proof.broken is None, **asdict(proof)}, as_json=as_json)
    if proof.broken is not None:
        raise typer.Exit(1)


def list_entries(
    action: Annotated[str, typer.Option(help="e.g. review.accept, or review for all of them")] = "",
    object_id: Annotated[str, typer.Option("--object", metavar="ID", help="public id or code")] = "",
    officer: Annotated[str, typer.Option(metavar="OFFICER", help="sign-in of who acted")] = "",
    since: Annotated[str, typer.Option(metavar="INSTANT", help="e.g. 2026-06-03T00:00+08:00")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="all with --json, the first 200 in a table")] = None,
    as_json: AsJson = False,
) -> None:
    """Entries, the newest first."""
    from cli.lookups import officer_called
    from cli.opening import open_place
    from cli.output import emit_list, rows_to_show
    from store.audit_proof import Wanted, find_entries
    from store.clock import parse_instant
    from store.engine import reading

    limit = rows_to_show(limit, 200, as_json=as_json)
    begun: datetime | None = parse_instant(since) if since else None
    with reading(open_place().engine) as session:
        officers = [officer_called(session, officer).id or 0] if officer else None
        found = find_entries(session, Wanted(action, object_id, officers, begun), limit=limit)
        rows = [entry_row(entry, by) for entry, by in found]
    emit_list(rows, as_json=as_json, columns=COLUMNS, limit=limit)


def entry_row(entry: AuditEntry, by: Officer | None) -> dict[str, Any]:
    """An entry as a script reads it; the officer by public id, since the trail itself knows no names."""
    return {
        "id": entry.public_id,
        "number": entry.number,
        "at": entry.at,
        "actor": entry.actor,
        "officer": by.public_id if by else None,
        "action": entry.action,
        "object_kind": entry.object_kind,
        "object": entry.object_id,
        "details": entry.details,
        "hash": entry.entry_hash,
    }


def _seen(text: str) -> tuple[int, str] | None:
    """NUMBER:HASH; raises UnknownValue for anything else."""
    from cli.lookups import UnknownValue

    if not text:
        return None
    number, _, mark = text.partition(":")
    if not number.isdecimal() or len(mark) != 64:
        raise UnknownValue(f"--seen '{text}' is not NUMBER:HASH: copy both from what `tbtwatch audit verify` printed")
    return int(number), mark
