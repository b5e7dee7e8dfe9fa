"""Group robots: added, paused, taken up again and ended by the desk or the association they belong to."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime

from cryptography.fernet import InvalidToken
from sqlalchemy import update
from sqlmodel import Session, col, select

from alerts.one_time_codes import LostSecret, box_for
from alerts.robot_guard import check_address
from alerts.severity import SEVERITIES
from settings import Settings, TbtwatchError
from store.audit import write_audit
from store.bureau import Bureau, Officer
from store.country import Country
from store.email import PENDING
from store.industry import Industry
from store.robot import ROBOT_KINDS, WEBHOOK, WECOM, WITHDRAWN, GroupRobot, RobotMessage

LONGEST_SECRET = 200
MOST_ROBOTS = 20  # of one bureau
_PURPOSE = b"group-robots"


class BadRobot(TbtwatchError):
    """Raised when a robot's name, kind, industries, markets or floor are none."""


class TooManyRobots(TbtwatchError):
    """Raised when a bureau has MOST_ROBOTS already."""


class UnknownRobot(TbtwatchError):
    """Raised when no robot has this id."""


def add_robot(
    session: Session,
    now: datetime,
    settings: Settings,
    bureau: Bureau,
    *,
    by: Officer | None,
    name: str,
    kind: str,
    address: str,
    secret: str = "",
    industries: Sequence[str] = (),
    markets: Sequence[str] = (),
    severity_floor: str = "",
) -> GroupRobot:
    """Add a robot that gets what is issued from now on; `by` None is the command line.

    A plain webhook without a secret gets one made, which `secret_of` shows. Raises BadRobot, BadAddress, TooManyRobots.
    """
    name, address, secret = name.strip(), address.strip(), secret.strip()
    _check(session, name, kind, secret, industries, markets, severity_floor)
    check_address(kind, address, settings.allowed_robot_hosts)
    own = select(GroupRobot.id).where(GroupRobot.bureau_id == bureau.id, col(GroupRobot.ended_at).is_(None))
    if len(session.exec(own).all()) >= MOST_ROBOTS:
        raise TooManyRobots(f"the bureau has {MOST_ROBOTS} robots: end one first")
    if kind == WEBHOOK and not secret:
        secret = secrets.token_hex(32)
    box = box_for(settings.secret_bytes(), _PURPOSE)
    robot = GroupRobot(
        bureau_id=bureau.id or 0,
        added_by_id=by.id if by else None,
        name=name,
        kind=kind,
        sealed_address=box.encrypt(address.encode()).decode(),
        sealed_secret=box.encrypt(secret.encode()).decode() if secret and kind != WECOM else "",
        industries=sorted(set(industries)),
        markets=sorted(set(markets)),
        severity_floor=severity_floor,
        since=now,
        created_at=now,
    )
    session.add(robot)
    session.flush()
    _note(session, robot, now, by, "robot.add", {"kind": kind})
    return robot


def _check(
    session: Session,
    name: str,
    kind: str,
    secret: str,
    industries: Collection[str],
    markets: Collection[str],
    floor: str,
) -> None:
    if not name or len(name) > 60 or len(secret) > LONGEST_SECRET:
        raise BadRobot("name: give the robot a name of at most 60 characters")
    if kind not in ROBOT_KINDS:
        raise BadRobot(f"kind: choose one of {', '.join(ROBOT_KINDS)}")
    if floor and floor not in SEVERITIES:
        raise BadRobot(f"severity: choose one of {', '.join(SEVERITIES)}")
    slugs: set[str] = set(session.exec(select(Industry.slug)))
    if unknown := set(industries) - slugs:
        raise BadRobot(f"industry: no industry '{min(unknown)[:60]}': data/industries.csv lists the ids")
    symbols: set[str] = set(session.exec(select(Country.wto_symbol)))
    if unknown := set(markets) - symbols:
        raise BadRobot(f"market: no market '{min(unknown)[:20]}': data/countries.csv lists the symbols")


def robot_by_id(session: Session, public_id: str) -> GroupRobot:
    """The robot with this public id; raises UnknownRobot."""
    found = session.exec(select(GroupRobot).where(GroupRobot.public_id == public_id)).first()
    if found is None:
        raise UnknownRobot(f"no robot '{public_id[:40]}': `tbtwatch robots list` shows them")
    return found


def pause_robot(session: Session, robot: GroupRobot, now: datetime, by: Officer | None) -> None:
    """Let it rest: what waits for it does not leave, and what goes out meanwhile is not made up for."""
    robot.is_on = False
    _withdraw(session, robot, now)
    _note(session, robot, now, by, "robot.pause")


def resume_robot(session: Session, robot: GroupRobot, now: datetime, by: Officer | None) -> None:
    """Take it up again: it gets what is issued from now on."""
    robot.is_on, robot.since, robot.rests_until, robot.told_failing_at = True, now, None, None
    _note(session, robot, now, by, "robot.resume")


def end_robot(session: Session, robot: GroupRobot, now: datetime, by: Officer | None) -> None:
    """End it for good, and forget its address and secret."""
    robot.is_on, robot.ended_at, robot.sealed_address, robot.sealed_secret = False, now, "", ""
    _withdraw(session, robot, now)
    _note(session, robot, now, by, "robot.end")


def address_of(robot: GroupRobot, settings: Settings) -> str:
    """The address in clear; raises LostSecret."""
    return _opened(robot.sealed_address, settings)


def secret_of(robot: GroupRobot, settings: Settings) -> str:
    """The secret in clear, "" for none; raises LostSecret."""
    return _opened(robot.sealed_secret, settings) if robot.sealed_secret else ""


def _opened(sealed: str, settings: Settings) -> str:
    try:
        return box_for(settings.secret_bytes(), _PURPOSE).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise LostSecret(
            "the robot's address was encrypted under another TBTWATCH_SECRET: put the old one back, or add it anew"
        ) from None


def _withdraw(session: Session, robot: GroupRobot, now: datetime) -> None:
    session.add(robot)
    waiting = update(RobotMessage).where(col(RobotMessage.robot_id) == robot.id, col(RobotMessage.state) == PENDING)
    gone = waiting.values(state=WITHDRAWN, settled_at=now, parked_at=None)
    session.execute(gone.execution_options(synchronize_session=False))


def _note(
    session: Session,
    robot: GroupRobot,
    now: datetime,
    by: Officer | None,
    action: str,
    details: dict[str, object] | None = None,
) -> None:
    session.add(robot)
    write_audit(
        session,
        now,
        action=action,
        object_kind="robot",
        object_id=robot.public_id,
        officer_id=by.id if by else None,
        actor="" if by else "operator",
        details=details,
    )
