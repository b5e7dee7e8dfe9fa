"""`tbtwatch robots`: group robots by hand. Addresses and secrets come from standard input and are never printed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from store.robot import GroupRobot

RobotId = Annotated[str, typer.Argument(metavar="ID")]
AsJson = Annotated[bool, typer.Option("--json")]
COLUMNS = ("id", "name", "kind", "bureau", "state", "last_answer", "sent", "waiting", "parked")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Group robots (群机器人) of bureaus and associations.")
    group.command("add")(add)
    group.command("list")(list_robots)
    group.command("test")(test)
    group.command("end")(end)
    app.add_typer(group, name="robots")


def add(
    name: Annotated[str, typer.Argument(help="what the bureau calls it")],
    bureau: Annotated[str, typer.Option(metavar="CODE", help="jurisdiction of the bureau, e.g. 440515")],
    kind: Annotated[str, typer.Option(help="wecom, dingtalk, feishu or webhook")],
    industry: Annotated[list[str] | None, typer.Option(metavar="SLUG", help="of these alone; repeat it")] = None,
    market: Annotated[list[str] | None, typer.Option(metavar="SYMBOL", help="of these alone; repeat it")] = None,
    severity: Annotated[str, typer.Option(help="nothing below this colour")] = "",
    now: Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a robot. The first line of standard input is its address, the second its secret, if it has one.

    A webhook without a secret gets one made, which is printed once.
    """
    from alerts.accounts import bureau_by_code
    from alerts.robots import add_robot, secret_of
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import writing

    place = open_place(now)
    address, secret = _given("Address"), _given("Secret (empty for none)")
    with writing(place.engine) as session:
        robot = add_robot(
            session,
            place.now,
            place.settings,
            bureau_by_code(session, bureau),
            by=None,
            name=name,
            kind=kind,
            address=address,
            secret=secret,
            industries=industry or (),
            markets=market or (),
            severity_floor=severity,
        )
        made = {"secret": secret_of(robot, place.settings)} if kind == "webhook" and not secret.strip() else {}
        row = _row(robot, bureau) | made
    emit(row, as_json=as_json)


def list_robots(
    ended: Annotated[bool, typer.Option("--ended", help="those that ended too")] = False,
    as_json: AsJson = False,
) -> None:
    """The robots with how their messages fared; no address."""
    from sqlmodel import col, select

    from cli.opening import open_place
    from cli.output import emit
    from store.bureau import Bureau
    from store.engine import reading
    from store.jurisdiction import Jurisdiction
    from store.robot import GroupRobot

    with reading(open_place().engine) as session:
        wanted = (
            select(GroupRobot, Jurisdiction.code)
            .join(Bureau, col(Bureau.id) == GroupRobot.bureau_id)
            .join(Jurisdiction, col(Jurisdiction.id) == Bureau.jurisdiction_id)
            .order_by(col(GroupRobot.id))
        )
        if not ended:
            wanted = wanted.where(col(GroupRobot.ended_at).is_(None))
        rows = [_row(robot, code) | _fared(session, robot) for robot, code in session.exec(wanted)]
    emit(rows, as_json=as_json, columns=COLUMNS)


def test(robot: RobotId, as_json: AsJson = False) -> None:
    """Post a trial at once and say how it ended; exit code 3 when the robot did not take it."""
    from alerts.robot_sending import try_out
    from alerts.robots import robot_by_id
    from cli.opening import open_place
    from cli.output import emit
    from store.email import FAILED
    from store.engine import reading

    place = open_place()
    with reading(place.engine) as session:
        found = robot_by_id(session, robot)
    trial = try_out(place.engine, found.id or 0, place.now, place.settings)
    emit({"id": robot, "state": trial.state, "answer": trial.answer, "error": trial.last_error}, as_json=as_json)
    if trial.state == FAILED:
        raise typer.Exit(3)


def end(
    robot: RobotId,
    now: Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")] = None,
    as_json: AsJson = False,
) -> None:
    """End a robot, and forget its address and secret."""
    from alerts.robots import end_robot, robot_by_id
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import writing

    place = open_place(now)
    with writing(place.engine) as session:
        found = robot_by_id(session, robot)
        if found.ended_at is None:
            end_robot(session, found, place.now, None)
        row = {"id": found.public_id, "state": "ended", "ended_at": found.ended_at}
    emit(row, as_json=as_json)


def _given(what: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(what, default="", hide_input=True, show_default=False, err=True))
    return sys.stdin.readline().strip()


def _row(robot: GroupRobot, code: str) -> dict[str, Any]:
    return {
        "id": robot.public_id,
        "name": robot.name,
        "kind": robot.kind,
        "bureau": code,
        "state": "ended" if robot.ended_at else "on" if robot.is_on else "paused",
        "industries": robot.industries,
        "markets": robot.markets,
        "severity_floor": robot.severity_floor,
        "created_at": robot.created_at,
    }


def _fared(session: Any, robot: GroupRobot) -> dict[str, Any]:
    from sqlmodel import select

    from store.email import ACCEPTED, CAPTURED, PENDING
    from store.robot import RobotMessage

    mine = session.exec(select(RobotMessage).where(RobotMessage.robot_id == robot.id)).all()
    tried = [m for m in mine if m.answer]
    about = [m for m in mine if m.version_id is not None]
    return {
        "last_answer": max(tried, key=lambda m: m.tried_at).answer if tried else None,
        "sent": sum(m.state in (ACCEPTED, CAPTURED) for m in about),
        "waiting": sum(m.state == PENDING and m.parked_at is None for m in about),
        "parked": sum(m.state == PENDING and m.parked_at is not None for m in about),
    }
