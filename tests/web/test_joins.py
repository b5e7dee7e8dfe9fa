"""The page 疑似同一事项 and what notices and warnings show of joins; without JavaScript."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from store.engine import reading
from store.join import NoticeJoin
from store.warning import TradeWarning
from tests.alerts.joined import CITING, joins, put_recall, put_rule, run_all
from tests.alerts.mailed import settings_at
from tests.alerts.raised import put
from tests.web.conftest import Browser, form_token_of
from tests.web.scene import Scene


@pytest.fixture
def proposed(loaded: Engine, scene: Scene, now: datetime, tmp_path: Path) -> NoticeJoin:
    """Two recalls that look alike."""
    put_recall(loaded, now, "us_cpsc_recalls", "USA")
    put_recall(loaded, now, "ca_recalls", "CAN")
    run_all(loaded, now, settings_at(tmp_path))
    (one,) = joins(loaded)
    return one


def test_both_stand_side_by_side_and_an_officer_joins_and_parts_them(
    loaded: Engine, browser: Browser, proposed: NoticeJoin
) -> None:
    client = browser("shantou")
    page = client.get("/joins").text
    assert page.count("Brightstar Musical Crib Mobiles") >= 2
    assert "美国" in page and "加拿大" in page and "品牌 100" in page
    fields = {"form_token": form_token_of(page)}
    address = f"/joins/{proposed.public_id}"
    assert client.post(address, data=fields | {"deed": "join"}).headers["location"] == "/joins?done=join"
    assert client.post(address, data=fields | {"deed": "refuse"}).status_code == 409
    assert client.post(address, data=fields | {"deed": "burn"}).status_code == 422
    assert "没有待确认的公告" in client.get("/joins").text
    assert "汕头市测试账号" in client.get("/joins?state=joined").text
    assert client.post(address, data=fields | {"deed": "undo"}).status_code == 303
    assert [one.state for one in joins(loaded)] == ["undone"]


def test_a_county_is_refused_and_a_form_without_its_token_too(browser: Browser, proposed: NoticeJoin) -> None:
    assert browser("chenghai").get("/joins").status_code == 403
    answer = browser("guangdong").post(f"/joins/{proposed.public_id}", data={"deed": "join"})
    assert answer.status_code == 403


def test_notices_and_the_warning_show_the_other_source(
    loaded: Engine, browser: Browser, scene: Scene, now: datetime, tmp_path: Path
) -> None:
    notification = put(loaded, now, description=CITING)
    rule = put_rule(loaded, now)
    run_all(loaded, now, settings_at(tmp_path))
    client = browser()
    page = client.get(f"/notices/{rule.public_id}").text
    assert "同一事项的其他来源" in page and f"/notices/{notification.public_id}" in page
    assert "未单独发出预警" in page
    other = client.get(f"/notices/{notification.public_id}").text
    assert "https://www.federalregister.gov/d/2026-12345" in other and "未单独发出预警" not in other
    with reading(loaded) as session:
        warning = session.exec(
            select(TradeWarning.public_id).where(TradeWarning.thread_id == notification.thread_id)
        ).one()
    assert f"/warnings/{warning}" in page
    assert f"/notices/{rule.public_id}" in client.get(f"/warnings/{warning}").text
