"""The page of the network: the tile map, what each tier sees, counties without a desk, the download."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, update
from sqlmodel import col, select

from alerts.oversight_rows import COLUMNS_ZH
from settings import DATA
from store.bureau import Officer
from store.clock import fixed_clock
from store.engine import writing
from store.jurisdiction import Jurisdiction
from store.reference import read_reference
from tests.cast import CHENGHAI, SHANTOU
from tests.web.conftest import Browser
from tests.web.scene import Scene
from web.tiles import TILES


def test_every_city_has_a_tile_of_its_own() -> None:
    cities = {region.code for region in read_reference(DATA).regions if region.tier == "city"}
    assert set(TILES) == cities and len(set(TILES.values())) == len(cities) == 21


def test_neighbours_of_the_map_stand_as_on_the_map() -> None:
    shaoguan, guangzhou, zhanjiang, shantou = (TILES[code] for code in ("440200", "440100", "440800", "440500"))
    assert shaoguan[0] < guangzhou[0] < zhanjiang[0] and zhanjiang[1] < guangzhou[1] < shantou[1]


def test_the_province_sees_each_city_with_words_for_its_state(
    browser: Browser, app: FastAPI, now: datetime, scene: Scene
) -> None:
    object.__setattr__(app.state.site, "clock", fixed_clock(now + timedelta(hours=5)))  # red is due after four
    page = browser("guangdong").get("/network").text
    assert page.count('class="tile ') == 21 and "style=" not in page
    assert "待研判 1，<b>逾期 1</b>" in page and "无待研判" in page
    assert all(f'href="/network/{code}"' in page for code in TILES)


def test_a_city_sees_its_counties_and_no_others(browser: Browser, scene: Scene) -> None:
    page = browser("shantou").get("/network").text
    assert "工作网络：汕头市" in page and "澄海区" in page and "大埔县" not in page
    assert 'href="/network/440000"' not in page and "tiles" not in page


def test_a_county_sees_itself_with_officers_clusters_and_reviews(
    browser: Browser, loaded: Engine, now: datetime, scene: Scene
) -> None:
    with writing(loaded) as session:
        leave = now + timedelta(days=2)
        officer = update(Officer).where(col(Officer.sign_in) == "chenghai")
        session.execute(officer.values(absent_until=leave, role="B", on_duty=True))
    page = browser("chenghai").get("/network").text
    assert "澄海区测试账号" in page and "B角" in page and "值班" in page and "外出至 2026年6月5日" in page
    assert f"/desk/reviews/{scene.review}" in page and scene.foreign_review not in page
    assert "未覆盖" in page and "有订阅企业" in page


def test_a_county_without_a_desk_says_who_does_its_work(browser: Browser, loaded: Engine, scene: Scene) -> None:
    with writing(loaded) as session:
        session.execute(update(Jurisdiction).where(col(Jurisdiction.code) == CHENGHAI).values(is_node=False))
    assert "由市级代管" in browser("shantou").get("/network").text
    assert "由市级（汕头市）代管" in browser("shantou").get(f"/network/{CHENGHAI}").text


@pytest.mark.parametrize(("who", "rows"), [("guangdong", 200), ("shantou", 8), ("chenghai", 1)])
def test_the_download_holds_what_may_be_seen(who: str, rows: int, browser: Browser, scene: Scene) -> None:
    answer = browser(who).get("/network.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf") and "attachment" in answer.headers["Content-Disposition"]
    table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(table) == rows and list(table[0]) == list(COLUMNS_ZH.values())
    assert next(row for row in table if row["代码"] == CHENGHAI)["待研判"] == "1"


def test_the_places_of_the_store_are_those_of_the_page(loaded: Engine, browser: Browser, scene: Scene) -> None:
    with writing(loaded) as session:
        counties = session.exec(select(Jurisdiction.name_zh).where(col(Jurisdiction.code).startswith("4405"))).all()
    page = browser("guangdong").get(f"/network/{SHANTOU}").text
    assert all(name in page for name in counties)
