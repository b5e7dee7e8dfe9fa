"""Group robots over a real server: each version once to who asks for it, signed, paced, tried again, parked."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col, select

from alerts.robot_sending import MOST_A_MINUTE, TooSoon, post_messages, try_out
from alerts.robot_telling import tell_robots
from alerts.robots import add_robot, address_of, end_robot, pause_robot, resume_robot, secret_of
from scheduler import run_stages
from settings import Settings
from store.clock import system_clock
from store.email import ACCEPTED, CAPTURED, FAILED, PENDING
from store.engine import reading, writing
from store.operator_mail import OperatorMail
from store.robot import WITHDRAWN, GroupRobot, RobotMessage
from store.warning import EXERCISE, ISSUED, TradeWarning, WarningVersion
from store.work import MAX_ATTEMPTS, retry_parked
from tests.alerts.raised import SURE, put, run
from tests.cast import CERAMICS, CHENGHAI, TOYS, bureau_at
from tests.webhook_server import receiving

DAY = timedelta(days=1)
SECRET = "SEConly-for-tests"
YES = (200, b'{"errcode": 0, "code": 0}')


def settings_for(var: Path, address: str = "", **fields: Any) -> Settings:
    hosts = urlsplit(address).netloc
    return Settings(profile="live", var=var, base_url="https://w.example", robot_hosts=hosts, _env_file=None, **fields)


def add(engine: Engine, now: datetime, settings: Settings, address: str, **fields: Any) -> GroupRobot:
    with writing(engine) as session:
        given = {"by": None, "name": "玩具群", "kind": "webhook", "secret": SECRET} | fields
        return add_robot(session, now, settings, bureau_at(session, CHENGHAI), address=address, **given)


def messages(engine: Engine) -> list[RobotMessage]:
    with reading(engine) as session:
        return list(session.exec(select(RobotMessage).order_by(col(RobotMessage.id))))


def issue(engine: Engine, now: datetime, symbol: str = "G/TBT/N/USA/1234", **fields: Any) -> WarningVersion:
    """A warning that goes out by itself at `now`."""
    put(engine, now, symbol, SURE, **fields)
    run(engine, now)
    with writing(engine) as session:
        version = session.exec(select(WarningVersion).order_by(col(WarningVersion.id).desc())).first()
        assert version is not None
        version.state, version.issued_at, version.severity = ISSUED, now, "orange"
        session.add(version)
    return version


def next_version(engine: Engine, first: WarningVersion, at: datetime, **changed: Any) -> None:
    with writing(engine) as session:
        values = first.model_dump(exclude={"id", "public_id"}) | {"references_id": first.id, "robots_told_at": None}
        session.add(WarningVersion(**values | {"issued_at": at} | changed))


def let_time_pass(engine: Engine) -> None:
    """What was given back may be tried again, and no robot rests."""
    with writing(engine) as session:
        session.execute(update(RobotMessage).values(claimed_until=None))
        session.execute(update(GroupRobot).values(rests_until=None))


def test_each_version_goes_once_to_the_robots_that_ask_for_it(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    with receiving() as receiver:
        settings, before = settings_for(tmp_path, receiver.address), now - timedelta(days=1)
        issue(loaded, before, "G/TBT/N/USA/1")  # history for every robot below
        toys = add(loaded, now, settings, receiver.address, industries=[TOYS], markets=["USA"])
        add(loaded, now, settings, receiver.address, name="陶瓷群", industries=[CERAMICS])
        add(loaded, now, settings, receiver.address, name="日本群", markets=["JPN"])
        red = add(loaded, now, settings, receiver.address, name="红色群", severity_floor="red")
        version = issue(loaded, now)
        drill = issue(loaded, now, "G/TBT/N/USA/99")
        with writing(loaded) as session:
            session.get_one(TradeWarning, drill.warning_id).status = EXERCISE
        while tell_robots(loaded, now, settings):
            pass
        assert [(m.robot_id, m.version_id) for m in messages(loaded)] == [(toys.id, version.id)]
        next_version(loaded, version, now, number=2, kind="update", severity="red")
        next_version(loaded, version, now, number=3, kind="cancel", severity="blue")
        assert (tell_robots(loaded, now, settings), tell_robots(loaded, now, settings)) == (2, 0)
        assert [m.robot_id for m in messages(loaded)] == [toys.id, toys.id, red.id, toys.id, red.id]
        assert [post_messages(loaded, now, settings) for _ in range(6)] == [1, 1, 1, 1, 1, 0]
    headers, body = receiver.came[0]
    told = json.loads(body)
    assert told["title"].startswith("【橙色预警】美国：玩具") and told["url"].startswith("https://w.example/warnings/")
    signed = headers["X-Tbtwatch-Timestamp"].encode() + b"." + body
    assert headers["X-Tbtwatch-Signature"] == "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert json.loads(receiver.came[-1][1])["title"].startswith("【已撤销】")
    assert {m.state for m in messages(loaded)} == {ACCEPTED}


def test_a_paused_robot_gets_nothing_afterwards_and_an_ended_one_forgets(
    loaded: Engine, now: datetime, tmp_path: Path
) -> None:
    with receiving() as receiver:
        settings = settings_for(tmp_path, receiver.address)
        robot = add(loaded, now, settings, receiver.address)
        assert receiver.address not in robot.sealed_address and SECRET not in robot.sealed_secret
        assert (address_of(robot, settings), secret_of(robot, settings)) == (receiver.address, SECRET)
        issue(loaded, now, "G/TBT/N/USA/1")
        tell_robots(loaded, now, settings)
        with writing(loaded) as session:
            pause_robot(session, session.get_one(GroupRobot, robot.id), now, None)
        issue(loaded, now, "G/TBT/N/USA/2")
        tell_robots(loaded, now, settings)
        later = now + timedelta(hours=1)
        with writing(loaded) as session:
            resume_robot(session, session.get_one(GroupRobot, robot.id), later, None)
        issue(loaded, later, "G/TBT/N/USA/3")
        tell_robots(loaded, later, settings)
        assert [m.state for m in messages(loaded)] == [WITHDRAWN, PENDING]
        with writing(loaded) as session:
            end_robot(session, session.get_one(GroupRobot, robot.id), later, None)
        assert post_messages(loaded, later, settings) == 0 and receiver.came == []
    with reading(loaded) as session:
        ended = session.get_one(GroupRobot, robot.id)
    assert (ended.sealed_address, ended.sealed_secret, messages(loaded)[-1].state) == ("", "", WITHDRAWN)


def test_a_failing_robot_rests_is_parked_and_told_of_once(
    loaded: Engine, now: datetime, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    refused = (200, b'{"errcode": 310000, "errmsg": "keywords not in content"}')
    with receiving([refused] * 2 * MAX_ATTEMPTS + [YES]) as receiver, caplog.at_level(logging.DEBUG):
        settings = settings_for(tmp_path, receiver.address)
        add(loaded, now, settings, receiver.address, kind="dingtalk")
        for number in (1, 2):
            issue(loaded, now, f"G/TBT/N/USA/{number}")
        tell_robots(loaded, now, settings)
        assert [post_messages(loaded, now, settings) for _ in range(3)] == [0, 0, 0]
        assert len(receiver.came) == 1, "the robot rests after a failure, also for its other messages"
        for _ in range(2 * MAX_ATTEMPTS - 1):
            let_time_pass(loaded)
            assert post_messages(loaded, now, settings) == 0
        assert [m.answer for m in messages(loaded)] == ["code:310000"] * 2
        assert all(m.parked_at is not None for m in messages(loaded))
        with writing(loaded) as session:
            (mail,) = session.exec(select(OperatorMail)).all()
            assert retry_parked(session, RobotMessage) == 2
        let_time_pass(loaded)
        assert post_messages(loaded, now, settings) == 1
    kept = caplog.text + mail.text + "".join(m.last_error or "" for m in messages(loaded))
    assert "very-secret-key" not in kept and SECRET not in kept and "310000" in mail.text
    with reading(loaded) as session:
        assert session.exec(select(GroupRobot.told_failing_at)).one() is None, "well again: the next spell is told of"


def test_a_robot_gets_no_more_than_it_takes_in_a_minute(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    with receiving([YES]) as receiver:
        settings = settings_for(tmp_path, receiver.address)
        robot = add(loaded, now, settings, receiver.address, kind="wecom", secret="")
        other = add(loaded, now, settings, receiver.address, kind="feishu")
        with writing(loaded) as session:
            session.add_all(
                RobotMessage(robot_id=robot.id or 0, title="", text="", created_at=now, state=state, tried_at=at)
                for state, at in [(ACCEPTED, system_clock())] * MOST_A_MINUTE + [(PENDING, None)]
            )
            session.add(RobotMessage(robot_id=other.id or 0, title="", text="", created_at=now))
        assert [post_messages(loaded, now, settings) for _ in range(2)] == [1, 0]
        with pytest.raises(TooSoon):
            try_out(loaded, robot.id or 0, now, settings)
        with writing(loaded) as session:
            session.execute(update(RobotMessage).values(tried_at=system_clock() - timedelta(minutes=2)))
        assert post_messages(loaded, now, settings) == 1
        assert try_out(loaded, robot.id or 0, now, settings).state == ACCEPTED


def test_a_process_killed_after_the_post_repeats_one_message_at_most(
    loaded: Engine, loaded_url: str, now: datetime, tmp_path: Path
) -> None:
    from alerts.recovery import release_claims

    with receiving() as receiver:
        settings = settings_for(tmp_path, receiver.address, secret="only-for-tests")
        add(loaded, now, settings, receiver.address)
        for number in (1, 2):
            issue(loaded, now, f"G/TBT/N/USA/{number}")
        tell_robots(loaded, now, settings)
        killed = f"""
import os
import alerts.robot_sending as stage
from scheduler import run_stages
from settings import Settings
from store.clock import parse_instant
from store.engine import make_engine
stage.finish = lambda *_: os._exit(9)
settings = Settings(profile="live", var={str(tmp_path)!r}, base_url="https://w.example", secret="only-for-tests",
                    robot_hosts={urlsplit(receiver.address).netloc!r}, _env_file=None)
stage.post_messages(make_engine({loaded_url!r}), parse_instant("2026-06-03T09:00+08:00"), settings)
"""
        assert subprocess.run([sys.executable, "-c", killed], check=False).returncode == 9
        assert len(receiver.came) == 1 and release_claims(loaded) == 1
        while post_messages(loaded, now, settings):
            pass
    ids = [json.loads(body)["id"] for _, body in receiver.came]
    assert ids == [ids[0], ids[0], ids[2]] and len(set(ids)) == 2


def test_a_trial_says_how_it_ended_and_the_demo_calls_nobody(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    settings = settings_for(tmp_path, secret="only-for-tests")
    robot = add(
        loaded, now, settings, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=very-secret-key", kind="wecom"
    )
    demo = Settings(profile="demo", var=tmp_path, secret="only-for-tests", _env_file=None)
    assert try_out(loaded, robot.id or 0, now, demo).state == CAPTURED
    lost = try_out(loaded, robot.id or 0, now, settings_for(tmp_path, secret="another"))
    assert (lost.state, lost.answer) == (FAILED, "lost")


def test_no_room_reads_of_a_cancel_before_the_warning(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    with receiving([(500, b"")] * (MAX_ATTEMPTS + 1) + [YES]) as receiver:
        settings = settings_for(tmp_path, receiver.address)
        add(loaded, now, settings, receiver.address)
        version = issue(loaded, now)
        next_version(loaded, version, now, number=2, kind="cancel")
        tell_robots(loaded, now, settings)
        assert post_messages(loaded, now, settings) == 0
        with writing(loaded) as session:
            session.execute(update(GroupRobot).values(rests_until=None))
            session.execute(
                update(RobotMessage).where(col(RobotMessage.id) == 1).values(claimed_until=system_clock() + DAY)
            )
        assert post_messages(loaded, now, settings) == 0 and len(receiver.came) == 1, "the issue is tried again later"
        for _ in range(MAX_ATTEMPTS):
            let_time_pass(loaded)
            post_messages(loaded, now, settings)
        let_time_pass(loaded)
        while post_messages(loaded, now, settings) == 0:
            let_time_pass(loaded)
        with writing(loaded) as session:
            retry_parked(session, RobotMessage)
        assert post_messages(loaded, now, settings) == 1
    assert [m.state for m in messages(loaded)] == [WITHDRAWN, ACCEPTED], "what was overtaken is no news any more"


def test_the_services_stages_keep_and_post(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    with receiving() as receiver:
        settings = settings_for(tmp_path, receiver.address)
        add(loaded, now, settings, receiver.address)
        issue(loaded, now)
        counts = run_stages(loaded, now, settings)
        assert (counts["robots"], counts["post"], len(receiver.came)) == (1, 1, 1)
