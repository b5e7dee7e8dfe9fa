"""`tbtwatch officers invite|unlock|recover|end|erase`: what the tier above does on a page, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sqlmodel import Session

    from cli.opening import Place
    from store.bureau import Invitation, Officer

Account = Annotated[str, typer.Argument(metavar="OFFICER", help="sign-in, or the id")]
AsJson = Annotated[bool, typer.Option("--json")]
COLUMNS = ("id", "sign_in", "name", "bureau", "kind", "role", "on_duty", "state")


def add_to(group: typer.Typer) -> None:
    """Add these commands to `tbtwatch officers`."""
    group.command("invite")(invite)
    group.command("unlock")(unlock)
    group.command("recover")(recover)
    group.command("end")(end)
    group.command("erase")(erase)


def invite(
    sign_in: Annotated[str, typer.Argument(help="the name to sign in with")],
    bureau: Annotated[str, typer.Option(metavar="CODE", help="jurisdiction of the bureau, e.g. 440515")],
    name: Annotated[str, typer.Option(help="as shown to colleagues; the sign-in when left out")] = "",
    email: Annotated[str, typer.Option(help="the link goes there; without it, hand the printed link over")] = "",
    kind: Annotated[str, typer.Option(help="officer or association")] = "officer",
    role: Annotated[str, typer.Option(help="A answers, B stands in")] = "A",
    as_json: AsJson = False,
) -> None:
    """Open an account without a password; its link, printed and mailed, sets one within seven days."""
    from alerts import inviting
    from alerts.accounts import bureau_by_code
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import writing

    place = open_place()
    given: dict[str, Any] = {"sign_in": sign_in, "name": name, "email": email, "kind": kind, "role": role}
    with writing(place.engine) as session:
        found = bureau_by_code(session, bureau)
        row = _link_row(session, place, inviting.invite(session, place.now, by=None, bureau=found, **given))
    emit(row, as_json=as_json)


def recover(officer: Account, as_json: AsJson = False) -> None:
    """Take password, one-time codes, lock and sessions away, and print the link that sets a new password."""
    from alerts import inviting
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import writing

    place = open_place()
    with writing(place.engine) as session:
        found = account_called(session, officer, in_office=True)
        row = _link_row(session, place, inviting.recover(session, found, place.now, by=None))
    emit(row, as_json=as_json)


def unlock(officer: Account, as_json: AsJson = False) -> None:
    """Let a locked account sign in again."""
    from alerts import managing

    _act(officer, as_json, lambda session, found, place: managing.unlock(session, found, place.now, by=None))


def end(officer: Account, as_json: AsJson = False) -> None:
    """End an account: no sign-in, no session, no open link. What its officer decided stays."""
    from alerts import managing

    _act(officer, as_json, lambda session, found, place: managing.end(session, found, place.now, by=None))


def erase(officer: Account, as_json: AsJson = False) -> None:
    """Blank name, address and sign-in of somebody who has left; the audit trail stays whole."""
    from alerts import managing

    def act(session: Session, found: Officer, place: Place) -> None:
        managing.erase(session, found, place.now)

    _act(officer, as_json, act, in_office=False)


def officer_row(officer: Officer, bureau: str) -> dict[str, Any]:
    """An account as a script reads it; `bureau` is the jurisdiction's code."""
    state = "active" if officer.password_hash else "invited"
    state = "locked" if officer.locked_at else state
    return {
        "id": officer.public_id,
        "sign_in": officer.sign_in,
        "name": officer.name,
        "email": officer.email,
        "bureau": bureau,
        "kind": officer.kind,
        "role": officer.role,
        "on_duty": officer.on_duty,
        "one_time_codes": officer.totp_confirmed_at is not None,
        "absent_until": officer.absent_until,
        "state": "ended" if officer.ended_at else state,
    }


def account_called(session: Session, name: str, *, in_office: bool) -> Officer:
    """The account with this sign-in or public id; raises UnknownOfficer."""
    from sqlmodel import select

    from cli.lookups import UnknownOfficer
    from store.bureau import Officer

    found = session.exec(select(Officer).where((Officer.sign_in == name) | (Officer.public_id == name))).first()
    if found is None or (in_office and found.ended_at is not None):
        raise UnknownOfficer(f"no officer '{name}': `tbtwatch officers list --ended` shows sign-ins and ids")
    return found


def _act(officer: str, as_json: bool, act: Any, *, in_office: bool = True) -> None:
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import writing

    place = open_place()
    with writing(place.engine) as session:
        found = account_called(session, officer, in_office=in_office)
        act(session, found, place)
        session.flush()
        row = officer_row(found, _code_of(session, found))
    emit(row, as_json=as_json, columns=COLUMNS)


def _code_of(session: Session, officer: Officer) -> str:
    from alerts.reviewing import bureau_line

    return bureau_line(session, officer.bureau_id)[0]


def _link_row(session: Session, place: Place, made: Invitation) -> dict[str, Any]:
    from alerts.welcome_links import signed_path, welcome_path
    from store.bureau import Officer

    officer = session.get_one(Officer, made.officer_id)
    path = signed_path(welcome_path(made.public_id), place.settings.secret_bytes())
    link = {"link": place.settings.base_url + path, "expires_at": made.expires_at}
    return officer_row(officer, _code_of(session, officer)) | link
