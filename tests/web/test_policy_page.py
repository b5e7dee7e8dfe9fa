"""研判规则: the province's form, its figures and its refusals; without JavaScript."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import select
from starlette.testclient import TestClient

from alerts.flags import FLAGS
from alerts.policy import DEFAULT, policy_in_force
from store.engine import reading
from store.policy import PolicyTrial
from tests.alerts.raised import SURE, put
from tests.web.conftest import Browser, form_token_of
from tests.web.scene import Scene


def form(client: TestClient, **fields: Any) -> dict[str, Any]:
    """The form as the page shows it, with `fields` changed."""
    shown = {"flags": [name for name in FLAGS if name != "sign_off"], "sign_off_from": "red"}
    wave = {"size": "5", "firms": "3", "days": "30", "number": "0", "note": "", "deed": "save"}
    return {"form_token": form_token_of(client.get("/policy").text)} | shown | wave | fields


def test_only_the_province_sees_and_saves_it(browser: Browser, scene: Scene) -> None:
    assert browser("chenghai").get("/policy").status_code == browser("shantou").get("/policy").status_code == 403
    assert 'href="/policy"' not in browser("shantou").get("/desk").text
    county = browser("chenghai")
    token = form_token_of(county.get("/desk").text)
    assert county.post("/policy", data=form(browser("guangdong")) | {"form_token": token}).status_code == 403
    page = browser("guangdong").get("/policy")
    assert page.status_code == 200 and 'href="/policy"' in page.text
    assert "系统默认" in page.text and "红色预警由人工签发" in page.text
    assert "30天内同类产品因同一危害被召回或拒绝入境5起以上、涉及3个以上品牌或企业" in page.text
    assert "同类产品因同一危害短期内多次被召回或拒绝入境" in page.text  # the severity table
    assert browser("guangdong").get("/policy?trial=nothing").status_code == 404


def test_a_draft_is_tried_and_saved_as_the_next_version(loaded: Engine, browser: Browser, scene: Scene) -> None:
    client = browser("guangdong")
    draft = form(client, deed="try", sign_off_from="orange", size="6")
    draft["flags"] = [name for name in draft["flags"] if name != "doubt"]
    tried = client.post("/policy", data=draft)
    assert tried.status_code == 303
    page = client.get(tried.headers["location"]).text
    assert "按上面表单中的规则" in page and 'value="6"' in page and "不足100条" in page
    assert 'value="doubt">' in page and 'value="no_text" checked>' in page
    with reading(loaded) as session:
        assert policy_in_force(session) == DEFAULT  # trying saves nothing
    saved = client.post("/policy", data=draft | {"deed": "save", "note": "试行一个月"})
    assert saved.headers["location"] == "/policy?saved=1"
    page = client.get("/policy?saved=1").text
    assert "已保存" in page and "第1版" in page and "试行一个月" in page and "省测试账号" in page
    assert "不再提示：行业归类存疑" in page
    with reading(loaded) as session:
        present = policy_in_force(session)
        assert (present.off, present.sign_off_from, present.wave.size) == (frozenset({"doubt"}), "orange", 6)
        assert len(session.exec(select(PolicyTrial)).all()) == 1  # the saving rests on the trial of the same day


def test_above_the_limits_it_is_refused_without_a_note(
    loaded: Engine, browser: Browser, scene: Scene, now: datetime
) -> None:
    for number in range(25):
        put(loaded, now, f"G/TBT/N/USA/70{number}", SURE)
    client = browser("guangdong")
    draft = form(client, sign_off_from="blue")
    refused = client.post("/policy", data=draft)
    assert refused.status_code == 422
    assert "超出上限" in refused.text and "<strong>超出</strong>" in refused.text
    assert '<option value="blue" selected>' in refused.text  # what was filled in is still there
    assert client.post("/policy", data=draft | {"note": "专项行动期间"}).status_code == 303


def test_who_was_second_is_told(browser: Browser, scene: Scene) -> None:
    client = browser("guangdong")
    mine, theirs = form(client), form(client, size="7")
    assert client.post("/policy", data=theirs).status_code == 303
    late = client.post("/policy", data=mine)
    assert late.status_code == 409 and "刚刚保存了新的规则" in late.text and 'name="number" value="1"' in late.text


def test_what_no_form_of_ours_sends_is_refused(browser: Browser, scene: Scene) -> None:
    client = browser("guangdong")
    for wrong in (
        {"size": "0"},
        {"size": "five"},
        {"days": "9999999999"},
        {"firms": "-1"},
        {"flags": ["moon"]},
        {"sign_off_from": "purple"},
        {"number": "x"},
    ):
        answer = client.post("/policy", data=form(client) | wrong)
        assert answer.status_code == 422 and "不在允许范围内" in answer.text, wrong
