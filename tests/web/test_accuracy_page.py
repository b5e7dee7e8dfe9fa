"""The page 准确率: what was measured in words anyone understands, and plainly when nothing was."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser as Chromium
from sqlalchemy import Engine

from classifier.contract import Suggestion
from classifier.evaluation import Gold, evaluate
from store.classification import ModelVersion
from store.engine import writing
from tests.browser import PHONE, WIDE, running_chromium, serving
from tests.web.conftest import Browser
from tests.web.scene import Scene
from tests.web.test_browser import faults_of

NONE_YET = "还没有发布过评估结果"
SYNTHETIC = "合成公告（由项目自行撰写，并非真实公告）"
Publish = Callable[..., None]


def figures_of(*, times: int = 20) -> dict[str, object]:
    """Of five notices: toys right, toys for glass, glass only flagged, nothing for nobody, toys right in Chinese."""
    said: list[list[Suggestion]] = [
        [Suggestion("toys", 0.9, "accepted")],
        [Suggestion("toys", 0.8, "accepted")],
        [Suggestion("glass", 0.4, "flagged")],
        [],
        [Suggestion("toys", 0.7, "accepted")],
    ]
    golds = [Gold(frozenset(labels)) for labels in (["toys"], ["glass"], ["glass"], [], ["toys"])]
    return evaluate(said * times, golds * times, languages=["en", "en", "fr", "", "zh"] * times).as_json()


def told(now: datetime, *, synthetic: bool = True, figures: dict[str, object] | None = None) -> dict[str, Any]:
    """What the JSON column of a published model holds."""
    whole = figures or figures_of()
    bare = whole | {"micro_f1": 0.123, "share_flagged": 0.998}
    baselines = {"codes": {"micro_f1": 0.31, "found_recall": 0.29}, "words": {"micro_f1": 0.5, "found_recall": 0.44}}
    return {
        "evaluated_at": now.isoformat(),
        "set": {"name": "seed", "notices": 100, "synthetic": synthetic, "decisions": 12, "fingerprint": "ab" * 32},
        "mapping_version": 3,
        "with_codes": whole,
        "without_codes": bare,
        "baselines": {"with_codes": baselines, "without_codes": baselines},
    }


@pytest.fixture
def publish(loaded: Engine, now: datetime, scene: Scene) -> Publish:
    """`publish(number, figures)` leaves a model version as training does."""

    def insert(number: int, figures: dict[str, object], state: str = "published") -> None:
        with writing(loaded) as session:
            session.add(ModelVersion(number=number, state=state, created_at=now, figures=figures))

    return insert


def text_of(page: str) -> str:
    """The page without its markup and white space."""
    return re.sub(r"<[^>]*>|\s", "", page)


def test_without_a_published_model_nothing_is_claimed(browser: Browser, publish: Publish, now: datetime) -> None:
    assert NONE_YET in browser().get("/accuracy").text
    publish(1, told(now), state="candidate")
    publish(2, told(now), state="retired")
    publish(3, {})
    assert NONE_YET in browser().get("/accuracy").text


def test_three_sentences_say_what_the_figures_mean(browser: Browser, publish: Publish, now: datetime) -> None:
    publish(1, told(now))
    page = browser().get("/accuracy").text
    assert NONE_YET not in page
    assert "系统不经人工直接通知的行业，每100个中有67个是对的。" in page
    assert "每100个中系统能找到75个" in page
    assert "每100条公告中有20条要由工作人员看过" in page


def test_the_newest_published_version_is_shown_with_its_versions(
    browser: Browser, publish: Publish, now: datetime
) -> None:
    publish(2, told(now) | {"mapping_version": 7})
    publish(1, told(now))
    publish(9, told(now), state="candidate")
    page = text_of(browser().get("/accuracy").text)
    assert "文本模型第2版" in page and "映射规则第7版" in page
    assert "2026年6月3日09:00" in page and "100条已标注行业的公告" in page and "abababababab" in page


def test_with_and_without_codes_and_the_yardsticks_stand_side_by_side(
    browser: Browser, publish: Publish, now: datetime
) -> None:
    publish(1, told(now))
    page = browser().get("/accuracy").text
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in page.split("<tr>")]
    by_name = {text_of(row[0]): [text_of(cell) for cell in row[1:]] for row in rows if row}
    assert by_name["需要研判的公告所有公告中，要请工作人员看的占多少"] == ["20%", "99%"]  # 0.998 is not all
    assert by_name["本系统"] == ["0.75", "0.12", "75%", "75%"]
    assert by_name["只看编码"] == ["0.31", "0.31", "29%", "29%"]
    assert "常见文本分类方法（tf-idf加LinearSVC）" not in by_name  # it was not measured
    assert by_name["英文"] == ["40", "0.50", "50%", "50%"]
    assert by_name["法文公告较少"][0] == "20"
    assert by_name["玩具"] == ["40", "40", "20", "0.80"]


def test_industries_and_their_counts_have_chinese_names_and_few_ones_a_mark(
    browser: Browser, publish: Publish, now: datetime
) -> None:
    publish(1, told(now, figures=figures_of(times=4)))
    page = text_of(browser().get("/accuracy").text)
    assert "玩具公告较少8" in page  # eight notices of toys
    assert "查看2个行业" in page


def test_a_synthetic_set_is_called_so_as_long_as_it_is_one(browser: Browser, publish: Publish, now: datetime) -> None:
    publish(1, told(now, synthetic=True))
    assert SYNTHETIC in browser().get("/accuracy").text
    publish(2, told(now, synthetic=False))
    assert SYNTHETIC not in browser().get("/accuracy").text


def test_the_calibration_error_is_told_only_where_there_is_one(
    browser: Browser, publish: Publish, now: datetime
) -> None:
    publish(1, told(now))
    assert "不足1000个，还不足以判断" in browser().get("/accuracy").text
    publish(2, told(now, figures=figures_of(times=300)))
    page = browser().get("/accuracy").text
    assert "还不足以判断" not in page
    assert "两者相差45个百分点" in page  # 0.1, 0.8, 0.6 and 0.3 from the truth, equally often


def test_the_page_is_linked_from_every_page(browser: Browser, scene: Scene) -> None:
    assert '<a href="/accuracy">准确率</a>' in browser().get("/").text


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """One browser for the module."""
    with running_chromium() as browser:
        yield browser


@pytest.mark.browser
@pytest.mark.parametrize("store_kind", ["sqlite"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1366x768", "390x844"])
def test_it_fits_a_desk_and_a_phone(
    size: tuple[int, int], chromium: Chromium, demo_app: FastAPI, publish: Publish, now: datetime
) -> None:
    publish(1, told(now))
    viewport = {"width": size[0], "height": size[1]}
    with serving(demo_app) as base, chromium.new_context(viewport=viewport, locale="zh-CN") as window:  # type: ignore[arg-type]
        page = window.new_page()
        assert faults_of(page, f"{base}/accuracy") == []
        page.click("summary")
        assert page.locator("details tbody tr").first.is_visible()
