"""`tbtwatch officers`: accounts of the people at the desks."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cli import officer_deeds


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The officers (工作人员) of the bureaus.")
    group.callback()(_group)
    group.command("add")(add)
    group.command("list")(list_officers)
    officer_deeds.add_to(group)
    app.add_typer(group, name="officers")


def _group() -> None:
    """The officers (工作人员) of the bureaus."""


def add(
    sign_in: Annotated[str, typer.Argument(help="the name to sign in with")],
    bureau: Annotated[str, typer.Option(metavar="CODE", help="jurisdiction of the bureau, e.g. 440515")],
    name: Annotated[str, typer.Option(help="as shown to colleagues; the sign-in when left out")] = "",
    email: Annotated[str, typer.Option(help="where the officer's own summaries go")] = "",
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="read it from standard input")] = False,
    generate: Annotated[bool, typer.Option("--generate", help="make a password and print it once")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Add an officer. At a terminal the password is asked for; elsewhere it is generated and printed once.

    A generated password must be changed at the first sign-in.
    """
    from alerts.accounts import add_officer, bureau_by_code, new_password
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import writing

    place = open_place()
    is_made = generate or not (password_stdin or sys.stdin.isatty())
    password = new_password() if is_made else _given_password(password_stdin)
    with writing(place.engine) as session:
        officer = add_officer(
            session,
            place.now,
            sign_in=sign_in,
            name=name,
            email=email,
            bureau_code=bureau,
            password=password,
            must_change=is_made,
        )
        row = {
            "id": officer.public_id,
            "sign_in": sign_in,
            "name": officer.name,
            "bureau": bureau,
            "bureau_name": bureau_by_code(session, bureau).name_zh,
        }
    emit(row | ({"password": password} if is_made else {}), as_json=as_json)


def list_officers(
    bureau: Annotated[str, typer.Option(metavar="CODE", help="of this bureau alone")] = "",
    ended: Annotated[bool, typer.Option("--ended", help="those who have left too")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """The accounts, in the order of their places."""
    from sqlmodel import col, select

    from alerts.accounts import bureau_by_code
    from cli.opening import open_place
    from cli.output import emit
    from store.bureau import Bureau, Officer
    from store.engine import reading
    from store.jurisdiction import Jurisdiction

    with reading(open_place().engine) as session:
        rows = (
            select(Officer, Jurisdiction.code)
            .join(Bureau, col(Bureau.id) == Officer.bureau_id)
            .join(Jurisdiction, col(Jurisdiction.id) == Bureau.jurisdiction_id)
            .order_by(Jurisdiction.code, Officer.id)  # type: ignore[arg-type]
        )
        if bureau:
            rows = rows.where(Officer.bureau_id == bureau_by_code(session, bureau).id)
        if not ended:
            rows = rows.where(col(Officer.ended_at).is_(None))
        found = [officer_deeds.officer_row(officer, code) for officer, code in session.exec(rows)]
    emit(found, as_json=as_json, columns=officer_deeds.COLUMNS)


def _given_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
