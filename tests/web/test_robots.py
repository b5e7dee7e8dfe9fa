"""群机器人 in the pages: added, tried out, paused and ended by whose it is; never an address on a page."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import select

from store.bureau import ASSOCIATION
from store.engine import reading, writing
from store.robot import GroupRobot
from tests.cast import CHENGHAI, insert_officer
from tests.web.accounts import actions, send
from tests.web.conftest import Browser
from tests.web.scene import Scene
from tests.webhook_server import receiving

ADDRESS = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=very-secret-key"
GIVEN = {"name": "玩具群", "kind": "wecom", "address": ADDRESS, "industry": "toys", "severity": "orange"}


def robots(engine: Engine) -> list[GroupRobot]:
    with reading(engine) as session:
        return list(session.exec(select(GroupRobot).order_by(GroupRobot.id)))  # type: ignore[arg-type]


def test_a_robot_is_added_paused_and_ended_and_its_address_never_shown(
    browser: Browser, scene: Scene, loaded: Engine
) -> None:
    client = browser("chenghai")
    page = send(client, "/robots", "/robots", **GIVEN).text
    assert "已添加" in page and "玩具群" in page and "橙色及以上" in page
    (robot,) = robots(loaded)
    path = f"/robots/{robot.public_id}"
    for deed in ("pause", "resume", "end"):
        answer = send(client, "/robots", path, deed=deed)
        page += client.get(answer.headers["location"]).text
    assert "已暂停" in page and "还没有群机器人" in page and "very-secret-key" not in page
    assert actions(loaded, robot.public_id) == ["robot.add", "robot.pause", "robot.resume", "robot.end"]
    assert send(client, "/robots", path, deed="pause").status_code == 404, "it has ended"


@pytest.mark.parametrize(
    "wrong",
    [{"name": " "}, {"kind": "pager"}, {"address": "https://10.0.0.1/x", "kind": "webhook"}, {"industry": "no-such"}],
)
def test_a_wrong_form_is_told_and_writes_nothing(
    wrong: dict[str, str], browser: Browser, scene: Scene, loaded: Engine
) -> None:
    answer = send(browser("chenghai"), "/robots", "/robots", **{**GIVEN, **wrong})
    assert answer.status_code == 422 and 'role="alert"' in answer.text and robots(loaded) == []


def test_whose_a_robot_is(browser: Browser, scene: Scene, loaded: Engine, now: datetime) -> None:
    with writing(loaded) as session:
        person = insert_officer(session, CHENGHAI, "toy-association", "玩具协会测试账号", now)
        person.kind = ASSOCIATION
    send(browser("chenghai"), "/robots", "/robots", **GIVEN)
    send(browser("toy-association"), "/robots", "/robots", **{**GIVEN, "name": "会员乙群"})
    seen = {name: browser(name).get("/robots").text for name in ("chenghai", "toy-association", "shantou", "dabu")}
    assert {name: ("玩具群" in page, "会员乙群" in page) for name, page in seen.items()} == {
        "chenghai": (True, True),
        "toy-association": (False, True),
        "shantou": (True, True),
        "dabu": (False, False),
    }
    path = f"/robots/{robots(loaded)[0].public_id}"
    for name, deed, status in (
        ("toy-association", "end", 404),
        ("dabu", "end", 404),
        ("shantou", "try", 403),
        ("shantou", "resume", 403),
        ("chenghai", "burn", 422),
        ("shantou", "pause", 303),
    ):
        assert send(browser(name), "/robots", path, deed=deed).status_code == status, (name, deed)


def test_a_trial_is_posted_at_once_and_its_end_told(
    browser: Browser, scene: Scene, loaded: Engine, app: FastAPI
) -> None:
    client, site = browser("chenghai"), app.state.site
    with receiving([(200, b"ok"), (404, b"")]) as receiver:
        site.settings.robot_hosts = urlsplit(receiver.address).netloc
        given = {**GIVEN, "kind": "webhook", "address": receiver.address}
        assert "只显示这一次" in send(client, "/robots", "/robots", **given).text
        path = f"/robots/{robots(loaded)[0].public_id}"
        assert "测试消息已发出" in send(client, "/robots", path, deed="try").text
        assert "对方服务器回答 404" in send(client, "/robots", path, deed="try").text
    assert len(receiver.came) == 2 and "玩具群" in receiver.came[0][1].decode()
