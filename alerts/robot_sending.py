"""The stage post: the robots' messages leave one by one, paced, tried again, parked after five tries; and trials."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Engine, exists, func, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from alerts.one_time_codes import LostSecret
from alerts.rendering import render_note
from alerts.robot_posting import OK, RobotRefused, call_of, post_call
from alerts.robots import UnknownRobot, address_of, secret_of
from alerts.webhook_posting import Message
from alerts.wording import DEMO_PREFIX
from settings import LOOPBACK, Settings, TbtwatchError
from store.clock import system_clock
from store.email import ACCEPTED, CAPTURED, FAILED, PENDING
from store.engine import reading, writing
from store.operator_mail import OperatorMail
from store.robot import WITHDRAWN, GroupRobot, RobotMessage
from store.work import claim, fail, finish

log = logging.getLogger(__name__)

MINUTE = timedelta(minutes=1)
MOST_A_MINUTE = 18  # 企业微信 and 钉钉 take 20 a minute; a second process may claim in the same moment
REST = timedelta(minutes=1)  # after a failure: one try of a dead robot a minute, ten seconds long at most
LOST, BROKEN = "lost", "broken"  # answers beside those of alerts/robot_posting.py
OPERATOR_KIND = "robot_failing"


class TooSoon(TbtwatchError):
    """Raised when a trial would be one message too many in this minute."""


def post_messages(engine: Engine, now: datetime, settings: Settings) -> int:
    """Post the oldest message whose robot may get one; 1 when it was settled, 0 when there is none or it failed.

    A process that dies between the answer and its stamp repeats one message: a receiver of ours knows it by its id.
    """
    with reading(engine) as session:
        if session.exec(select(RobotMessage.id).where(RobotMessage.state == PENDING).limit(1)).first() is None:
            return 0
    with writing(engine) as session:
        taken = claim(session, RobotMessage, _may_leave(system_clock()), limit=1)
        _stamp(session, taken, tried_at=system_clock())
    if not taken:
        return 0
    with reading(engine) as session:
        message = session.get_one(RobotMessage, taken[0])
        robot = session.get_one(GroupRobot, message.robot_id)
        is_late = _is_overtaken(session, message)
    try:
        state = WITHDRAWN if is_late else deliver(robot, message, settings)
    except Exception as error:  # one bad message must not hold up the stages; the row keeps the reason
        _give_back(engine, robot, message, error, now, settings)
        return 0
    with writing(engine) as session:
        finish(session, RobotMessage, taken)
        _stamp(session, taken, state=state, settled_at=now, **({} if is_late else {"answer": OK}))
        if not is_late:
            _rest(session, robot, None, told_failing_at=None)
    return 1


def try_out(engine: Engine, robot_id: int, now: datetime, settings: Settings) -> RobotMessage:
    """Post a trial at once and return its row: accepted, captured (the demo posts nothing outside) or failed.

    Raises TooSoon, UnknownRobot; a trial is never tried again.
    """
    with writing(engine) as session:
        robot = session.exec(select(GroupRobot).where(GroupRobot.id == robot_id).with_for_update()).one()
        if robot.ended_at is not None:
            raise UnknownRobot(f"the robot {robot.public_id} has ended: add it anew")
        if _tried_in_last_minute(session, robot_id, system_clock()) >= MOST_A_MINUTE:
            raise TooSoon(f"the robot got {MOST_A_MINUTE} messages in a minute: wait for one")
        title = (DEMO_PREFIX if settings.is_demo else "") + "预警测试消息"
        words = f"“{robot.name}”已连接到广东技术性贸易措施预警。收到本消息，说明设置正确。"
        trial = RobotMessage(
            robot_id=robot_id, title=title, text=words, path="/warnings", state=FAILED, created_at=now,
            tried_at=system_clock(), settled_at=now,
        )  # fmt: skip
        session.add(trial)
    try:
        trial.state, trial.answer = deliver(robot, trial, settings), OK
    except (RobotRefused, LostSecret) as error:
        trial.answer, trial.last_error = answer_of(error), str(error)
    with writing(engine) as session:
        _stamp(session, [trial.id or 0], state=trial.state, answer=trial.answer, last_error=trial.last_error)
        if trial.answer == OK:
            _rest(session, robot, None, told_failing_at=None)
    return trial


def deliver(robot: GroupRobot, message: RobotMessage, settings: Settings) -> str:
    """Post one message and return its state. Raises RobotRefused, LostSecret."""
    address = address_of(robot, settings)
    if settings.is_demo and urlsplit(address).hostname not in LOOPBACK:
        return CAPTURED
    url = settings.base_url + message.path if message.path else ""
    kind = "warning" if message.version_id else "trial"
    told = Message(message.public_id, kind, message.title, message.text, url, "", message.created_at)
    call = call_of(robot.kind, address, secret_of(robot, settings), told, system_clock())
    post_call(robot.kind, call, settings.allowed_robot_hosts)
    return ACCEPTED


def answer_of(error: Exception) -> str:
    """The code kept of how a try ended."""
    if isinstance(error, RobotRefused):
        return error.answer
    return LOST if isinstance(error, LostSecret) else BROKEN


def _may_leave(at: datetime) -> ColumnElement[bool]:
    """Pending, for a robot that is on, does not rest, and got fewer than MOST_A_MINUTE in the last minute.

    While an earlier message about the same warning is tried again, the later ones wait: no room may read of a cancel
    before it reads of the warning.
    """
    busy = (
        select(RobotMessage.robot_id)
        .where(col(RobotMessage.tried_at) > at - MINUTE)
        .group_by(col(RobotMessage.robot_id))
        .having(func.count() >= MOST_A_MINUTE)
    )
    awake = or_(col(GroupRobot.rests_until).is_(None), col(GroupRobot.rests_until) <= at)
    ready = select(GroupRobot.id).where(col(GroupRobot.is_on), awake, col(GroupRobot.id).not_in(busy))
    earlier = aliased(RobotMessage)
    waits = exists().where(
        col(earlier.robot_id) == RobotMessage.robot_id,
        col(earlier.warning_id) == RobotMessage.warning_id,
        col(earlier.id) < col(RobotMessage.id),
        col(earlier.state) == PENDING,
        col(earlier.parked_at).is_(None),
    )
    return (col(RobotMessage.state) == PENDING) & col(RobotMessage.robot_id).in_(ready) & ~waits


def _is_overtaken(session: Session, message: RobotMessage) -> bool:
    """Whether the room read of a later version already, as when a parked message is taken up again."""
    later = select(RobotMessage.id).where(
        RobotMessage.robot_id == message.robot_id,
        RobotMessage.warning_id == message.warning_id,
        col(RobotMessage.id) > message.id,
        col(RobotMessage.state).in_((ACCEPTED, CAPTURED)),
    )
    return message.warning_id is not None and session.exec(later.limit(1)).first() is not None


def _tried_in_last_minute(session: Session, robot_id: int, at: datetime) -> int:
    tried = select(func.count()).where(RobotMessage.robot_id == robot_id, col(RobotMessage.tried_at) > at - MINUTE)
    return int(session.exec(tried).one())


def _give_back(
    engine: Engine, robot: GroupRobot, message: RobotMessage, error: Exception, now: datetime, settings: Settings
) -> None:
    known = isinstance(error, (RobotRefused, LostSecret))
    why = str(error) if known else type(error).__name__  # an unknown error's words may hold the address
    log.error("the message %s of the group robot %s did not leave: %s", message.public_id, robot.public_id, why)
    with writing(engine) as session:
        fail(session, RobotMessage, message.id or 0, why)
        _stamp(session, [message.id or 0], answer=answer_of(error))
        _rest(session, robot, system_clock() + REST)
        row = session.exec(select(GroupRobot).where(GroupRobot.id == robot.id).with_for_update()).one()
        parked = session.exec(select(RobotMessage.parked_at).where(RobotMessage.id == message.id)).one()
        if parked is not None and row.told_failing_at is None:
            _rest(session, robot, row.rests_until, told_failing_at=now)
            session.add(_mail(robot, why, now, settings))


def _mail(robot: GroupRobot, why: str, now: datetime, settings: Settings) -> OperatorMail:
    """One mail to the operators when a robot begins to fail; the next only after it worked again."""
    lines = [
        f"群机器人 {robot.public_id}（{robot.kind}）五次都没有收下消息，这条消息已搁置。",
        f"原因：{why}",
        "排除原因后，用 tbtwatch robots test 试发，用 tbtwatch stages retry 补发搁置的消息。",
    ]
    told = render_note(
        "群机器人发不出消息", lines, page_url=f"{settings.base_url}/operations", now=now, is_demo=settings.is_demo,
        to_officer=True,
    )  # fmt: skip
    return OperatorMail(kind=OPERATOR_KIND, subject=told.subject, text=told.text, html=told.html, created_at=now)


def _rest(session: Session, robot: GroupRobot, until: datetime | None, **values: object) -> None:
    changed = update(GroupRobot).where(col(GroupRobot.id) == robot.id).values(rests_until=until, **values)
    session.execute(changed.execution_options(synchronize_session=False))


def _stamp(session: Session, ids: list[int], **values: object) -> None:
    changed = update(RobotMessage).where(col(RobotMessage.id).in_(ids)).values(**values)
    session.execute(changed.execution_options(synchronize_session=False))
