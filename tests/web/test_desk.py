"""The desk without JavaScript: accept, correct, dismiss, advice; once, and whoever is second is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select
from starlette.testclient import TestClient

from store.audit import AuditEntry
from store.engine import reading, writing
from store.industry import Industry
from store.review import Decision, Review
from store.warning import ISSUED, UNDER_REVIEW, WarningIndustry, WarningVersion
from tests.web.conftest import Browser, form_token_of
from tests.web.scene import LIGHTING, TOYS, Scene


def decide(client: TestClient, review: str, action: str, industries: list[str], **fields: Any) -> Any:
    """Open the review as a browser does and send its form."""
    page = client.get(f"/desk/reviews/{review}").text
    form = {
        "form_token": form_token_of(page),
        "revision": revision_of(page),
        "action": action,
        "industries": industries,
        **fields,
    }
    return client.post(f"/desk/reviews/{review}", data=form)


def revision_of(page: str) -> str:
    return page.split('name="revision" value="')[1].split('"')[0]


def outcome(engine: Engine, review: str) -> tuple[str, str | None, WarningVersion]:
    """(state of the review, kind of its decision, the warning version)."""
    with reading(engine) as session:
        row = session.exec(select(Review).where(Review.public_id == review)).one()
        decision = session.exec(select(Decision).where(Decision.review_id == row.id)).first()
        return row.state, decision.kind if decision else None, session.get_one(WarningVersion, row.version_id)


def test_the_review_shows_all_that_is_needed_to_decide(browser: Browser, scene: Scene) -> None:
    page = browser("chenghai").get(f"/desk/reviews/{scene.review}").text
    for said in (
        "行业归类存疑",
        "达到须人工签发的预警级别",
        "汕头市澄海区市场监督管理局",
        "还剩4小时",
        "2026年7月30日",
        "<mark>toys</mark>",
        "公告列出 HS 9503.00（玩具）",
        "本级别由本系统按公开规则评定",
        "30 July 2026",
    ):
        assert said in page, said
    for slug in (TOYS, LIGHTING):
        assert f'value="{slug}" checked' in page
    assert page.count('name="industries"') == 116, "each industry can be ticked, once"


def test_accepting_issues_the_warning_with_the_advice(browser: Browser, scene: Scene, loaded: Engine) -> None:
    client = browser("chenghai")
    answer = decide(client, scene.review, "accept", [TOYS, LIGHTING], advice=" 请先送检。 ", note="已电话核实")
    assert answer.headers["location"] == f"/desk?done={scene.review}"
    state, kind, version = outcome(loaded, scene.review)
    assert (state, kind, version.state) == ("decided", "accept", UNDER_REVIEW), "red waits for a second signature"
    with reading(loaded) as session:
        decision = session.exec(select(Decision)).one()
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "review.accept")).one()
    assert (decision.advice, decision.note) == ("请先送检。", "已电话核实")
    assert entry.officer_id == scene.cast.county.id
    assert "已记录：采纳。红色预警还须另一位工作人员签字后发出。" in client.get(answer.headers["location"]).text
    assert scene.review in client.get("/desk").text, "it stands under the last decisions"


def test_correcting_keeps_the_suggestion_beside_the_decision(browser: Browser, scene: Scene, loaded: Engine) -> None:
    client = browser("chenghai")
    assert decide(client, scene.review, "correct", [TOYS, "gifts-crafts"]).status_code == 422, "no such industry"
    assert decide(client, scene.review, "correct", [TOYS, "ceramics-daily"]).status_code == 303
    with reading(loaded) as session:
        decision = session.exec(select(Decision)).one()
        named = session.exec(
            select(Industry.slug, WarningIndustry.state)
            .join(WarningIndustry, col(WarningIndustry.industry_id) == Industry.id)
            .where(WarningIndustry.version_id == outcome(loaded, scene.review)[2].id)
        ).all()
    assert (set(decision.industries_before), set(decision.industries_after)) == (
        {TOYS, LIGHTING},
        {TOYS, "ceramics-daily"},
    )
    assert dict(named) == {TOYS: "accepted", LIGHTING: "removed", "ceramics-daily": "given"}
    page = client.get(f"/desk/reviews/{scene.review}").text
    assert "更正行业" in page and "日用与艺术陶瓷" in page


def test_dismissing_sends_nothing(browser: Browser, scene: Scene, loaded: Engine) -> None:
    assert decide(browser("chenghai"), scene.review, "dismiss", []).status_code == 303
    state, kind, version = outcome(loaded, scene.review)
    assert (state, kind) == ("decided", "dismiss")
    assert version.state != ISSUED


@pytest.mark.parametrize(
    ("action", "industries", "told"),
    [
        ("accept", [TOYS], "您改动了行业勾选"),
        ("correct", [], "请至少勾选一个行业"),
        ("correct", [TOYS, LIGHTING], "没有更正"),
        ("correct", ["no-such-industry"], "不在行业清单中"),
        ("", [TOYS, LIGHTING], "三个按钮"),
    ],
)
def test_an_unclear_form_is_asked_about_and_keeps_what_was_typed(
    action: str, industries: list[str], told: str, browser: Browser, scene: Scene, loaded: Engine
) -> None:
    answer = decide(browser("chenghai"), scene.review, action, industries, advice="写了很久的建议")
    assert answer.status_code == 422 and told in answer.text and "写了很久的建议" in answer.text
    assert outcome(loaded, scene.review)[2].state == UNDER_REVIEW


def test_the_second_decision_is_told_who_was_first(browser: Browser, scene: Scene, loaded: Engine) -> None:
    county, city = browser("chenghai"), browser("shantou")
    page = city.get(f"/desk/reviews/{scene.review}").text  # opened before the county decides
    assert decide(county, scene.review, "dismiss", []).status_code == 303
    late = city.post(
        f"/desk/reviews/{scene.review}",
        data={
            "form_token": form_token_of(page),
            "revision": revision_of(page),
            "action": "accept",
            "industries": [TOYS, LIGHTING],
        },
    )
    assert late.status_code == 409
    assert "已由澄海区市场监管局先行处理" in late.text
    assert outcome(loaded, scene.review)[1] == "dismiss"


def test_a_double_click_decides_once(browser: Browser, scene: Scene, loaded: Engine) -> None:
    client = browser("chenghai")
    page = client.get(f"/desk/reviews/{scene.review}").text
    form = {
        "form_token": form_token_of(page),
        "revision": revision_of(page),
        "action": "accept",
        "industries": [TOYS, LIGHTING],
    }
    answers = [client.post(f"/desk/reviews/{scene.review}", data=form).status_code for _ in range(2)]
    assert answers == [303, 409]
    with reading(loaded) as session:
        assert len(session.exec(select(Decision)).all()) == 1


def test_a_stale_page_decides_nothing(browser: Browser, scene: Scene, loaded: Engine) -> None:
    client = browser("chenghai")
    page = client.get(f"/desk/reviews/{scene.review}").text
    with writing(loaded) as session:
        row = session.exec(select(Review).where(Review.public_id == scene.review)).one()
        row.revision += 1
        session.add(row)
    answer = client.post(
        f"/desk/reviews/{scene.review}",
        data={"form_token": form_token_of(page), "revision": revision_of(page), "action": "dismiss"},
    )
    assert answer.status_code == 409 and "页面已过期" in answer.text
    assert outcome(loaded, scene.review)[0] == "open"


def test_the_city_decides_for_its_county(browser: Browser, scene: Scene, loaded: Engine) -> None:
    assert decide(browser("shantou"), scene.review, "accept", [TOYS, LIGHTING]).status_code == 303
    assert outcome(loaded, scene.review)[2].state == UNDER_REVIEW


def answer_to(client: TestClient, review: str, action: str, **fields: Any) -> Any:
    """Send one of the forms that stand on a review's page after a decision."""
    page = client.get(f"/desk/reviews/{review}").text
    form = {"form_token": form_token_of(page), "action": action, **fields}
    return client.post(f"/desk/reviews/{review}/answer", data=form)


def test_red_leaves_on_the_second_officers_signature(browser: Browser, scene: Scene, loaded: Engine) -> None:
    county, city = browser("chenghai"), browser("shantou")
    decide(county, scene.review, "accept", [TOYS, LIGHTING])
    assert "签字并立即发出" not in county.get(f"/desk/reviews/{scene.review}").text
    assert answer_to(county, scene.review, "countersign", confirmed="yes").status_code == 409, "not the same officer"
    assert "等待第二人签字" in city.get(f"/desk/reviews/{scene.review}").text
    assert answer_to(city, scene.review, "countersign").status_code == 422, "not without a plain confirmation"
    assert outcome(loaded, scene.review)[2].state == UNDER_REVIEW
    assert answer_to(city, scene.review, "countersign", confirmed="yes").status_code == 303
    assert outcome(loaded, scene.review)[2].state == ISSUED
    assert answer_to(city, scene.review, "countersign", confirmed="yes").status_code == 409


def test_what_is_out_is_amended_or_cancelled_by_a_new_version(browser: Browser, scene: Scene, loaded: Engine) -> None:
    county, city = browser("chenghai"), browser("shantou")
    decide(county, scene.review, "accept", [TOYS, LIGHTING])
    answer_to(city, scene.review, "countersign", confirmed="yes")
    assert answer_to(county, scene.review, "amend", industries=[TOYS]).status_code == 403, "a county may only add"
    assert answer_to(county, scene.review, "cancel", note="误报").status_code == 403
    assert answer_to(county, scene.review, "amend", industries=[TOYS, LIGHTING, "ceramics-daily"]).status_code == 303
    assert answer_to(city, scene.review, "cancel", note="").status_code == 403, "no cancel without a reason"
    assert answer_to(city, scene.review, "cancel", note="与原文不符").status_code == 303
    with reading(loaded) as session:
        warning_id = outcome(loaded, scene.review)[2].warning_id
        rows = session.exec(select(WarningVersion).where(WarningVersion.warning_id == warning_id))
        assert [(v.number, v.kind, v.state) for v in sorted(rows, key=lambda v: v.number)] == [
            (1, "issue", ISSUED),
            (2, "update", ISSUED),
            (3, "cancel", ISSUED),
        ]


def test_a_county_passes_up_what_it_cannot_settle(browser: Browser, scene: Scene, loaded: Engine) -> None:
    assert answer_to(browser("chenghai"), scene.review, "escalate", note="看不懂原文").status_code == 303
    assert outcome(loaded, scene.review)[0] == "escalated"
    assert "看不懂原文" in browser("shantou").get("/desk").text


def test_those_above_see_a_warning_once_however_many_desks_have_it(
    browser: Browser, scene: Scene, loaded: Engine, now: datetime
) -> None:
    with writing(loaded) as session:
        own = session.exec(select(Review).where(Review.public_id == scene.review)).one()
        second = Review(
            version_id=own.version_id, bureau_id=scene.cast.stranger.bureau_id, opened_at=now, due_at=own.due_at
        )
        session.add(second)
    page = browser("guangdong").get("/desk").text
    assert page.count("Safety requirements for toys") == 1
    assert "研判单位（2个）" in page and scene.review in page and second.public_id in page
    county = browser("chenghai").get("/desk").text
    assert scene.review in county and second.public_id not in county


def test_the_queue_can_be_narrowed_to_one_bureau(browser: Browser, scene: Scene) -> None:
    client = browser("guangdong")
    page = client.get("/desk").text
    assert page.index(scene.review) < page.index(scene.foreign_review), "what is due first stands first"
    dabu = next(line for line in page.split("<option") if "大埔" in line).split('value="')[1].split('"')[0]
    narrowed = client.get(f"/desk?bureau={dabu}").text
    assert scene.foreign_review in narrowed and scene.review not in narrowed
