"""The pages of drills: the province's form, each line's own report, and nothing of it before the public."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from alerts.reviewing import accept
from classifier.due import notices_in_store
from store.bureau import Officer
from store.drill import Drill
from store.engine import reading, writing
from store.notice import Notice
from store.review import OPEN, Review
from store.search import search
from store.search_index import rebuild_index
from store.warning import TradeWarning, WarningVersion
from tests.alerts.drilled import start
from tests.web.conftest import Browser, form_token_of
from tests.web.scene import Scene
from web.reading.operations import waiting

TITLE = "儿童推车中限制使用某类阻燃剂"


@pytest.fixture
def drill(loaded: Engine, scene: Scene, now: datetime) -> Drill:
    return start(loaded, scene.cast.province, now, title=TITLE)


def reviews(engine: Engine, drill: Drill, officer: Officer | None = None) -> list[Review]:
    with reading(engine) as session:
        rows = session.exec(
            select(Review)
            .join(WarningVersion, WarningVersion.id == Review.version_id)  # type: ignore[arg-type]
            .where(WarningVersion.warning_id == drill.warning_id)
        ).all()
    return [row for row in rows if officer is None or row.bureau_id == officer.bureau_id]


def test_the_province_starts_and_ends_one_by_form(browser: Browser, loaded: Engine, scene: Scene) -> None:
    province = browser("guangdong")
    token = form_token_of(province.get("/drills").text)
    form = {"form_token": token, "title": TITLE, "severity": "orange", "industries": ["toys"]}
    assert province.post("/drills", data={**form, "title": ""}).status_code == 422
    begun = province.post("/drills", data=form)
    assert begun.status_code == 303
    page = province.get(begun.headers["location"]).text
    for said in ("进行中", "【演练】" + TITLE, "澄海", "尚未研判", "结束演练"):
        assert said in page, said
    assert province.post(begun.headers["location"] + "/end", data={"form_token": token}).status_code == 303
    assert province.post(begun.headers["location"] + "/end", data={"form_token": token}).status_code == 409
    page = province.get(begun.headers["location"]).text
    assert "已结束" in page and "尚未研判" not in page and "<button class" not in page.partition("<main")[2]


def test_a_mistake_keeps_what_was_filled_in(browser: Browser) -> None:
    province = browser("guangdong")
    token = form_token_of(province.get("/drills").text)
    answer = province.post("/drills", data={"form_token": token, "title": TITLE, "severity": "blue"})
    assert answer.status_code == 422
    assert TITLE in answer.text and "至少勾选一个行业" in answer.text
    assert re.search(r'value="blue" selected', answer.text)


def test_each_officer_sees_the_own_line(
    browser: Browser, drill: Drill, loaded: Engine, scene: Scene, now: datetime
) -> None:
    (own,) = reviews(loaded, drill, scene.cast.county)
    others = [row for row in reviews(loaded, drill) if row.id != own.id]
    address = f"/drills/{drill.public_id}"
    assert browser().get(address).status_code == 303
    stranger = browser("dabu")
    assert stranger.get(address).status_code == 404  # no toys there: no desk of that line had it
    assert TITLE not in stranger.get("/drills").text
    for name in ("chenghai", "shantou"):
        page = browser(name).get(address).text
        assert own.public_id in page
        assert "结束演练" not in page
    county = browser("chenghai")
    assert not [row for row in others if row.public_id in county.get(address).text]
    whole = browser("guangdong").get(address).text
    assert all(row.public_id in whole for row in (own, *others))


def test_the_desk_says_that_it_is_a_drill(browser: Browser, drill: Drill, loaded: Engine, scene: Scene) -> None:
    (own,) = reviews(loaded, drill, scene.cast.county)
    county = browser("chenghai")
    queue, page = county.get("/desk").text, county.get(f"/desk/reviews/{own.public_id}").text
    assert queue.count("公告为虚构") == 1  # the real one beside it is not marked
    assert "【演练】演练虚构来源" in queue
    assert "【演练】演练虚构来源" in page and "演练没有原文" in page and "/notices/" not in page.partition("<main")[2]
    assert "演练没有原文" not in county.get(f"/desk/reviews/{scene.review}").text


@pytest.mark.parametrize("name", ["", "dabu", "chenghai", "guangdong"])
def test_no_public_page_shows_it(
    browser: Browser, drill: Drill, loaded: Engine, scene: Scene, now: datetime, name: str
) -> None:
    (own,) = reviews(loaded, drill, scene.cast.county)
    with writing(loaded) as session:
        accept(session, session.get_one(Review, own.id), scene.cast.county, now)
        rebuild_index(session)
    with reading(loaded) as session:
        warning = session.get_one(TradeWarning, drill.warning_id).public_id
        notice = session.exec(select(Notice).where(Notice.admitted == "drill")).one().public_id
        assert search(session, "阻燃剂") == []
    client = browser(name)
    for address in ("/", "/warnings", "/warnings?severity=orange", "/notices", "/notices?q=阻燃剂", "/industries"):
        page = client.get(address).text
        found = [words for words in (TITLE, warning, notice, "演练虚构来源") if words in page]
        assert found == [], address
    assert client.get(f"/warnings/{warning}").status_code == 404
    assert client.get(f"/notices/{notice}").status_code == 404


def test_no_count_and_no_training_holds_it(loaded: Engine, scene: Scene, now: datetime) -> None:
    with reading(loaded) as session:
        before = notices_in_store(session), {row.stage: row.rows for row in waiting(session, now)}
    drill = start(loaded, scene.cast.province, now)
    assert len([row for row in reviews(loaded, drill) if row.state == OPEN]) > 0
    with reading(loaded) as session:
        assert (notices_in_store(session), {row.stage: row.rows for row in waiting(session, now)}) == before
