"""The pages in a real browser: they fit a desk and a phone, axe finds nothing grave, the desk works without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine

from tests.browser import PHONE, WIDE, grave_violations, overflow_of, running_chromium, serving
from tests.web.scene import PASSWORD, Scene
from tests.web.test_desk import outcome

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("store_kind", ["sqlite"])]

PUBLIC = (
    "/",
    "/notices",
    "/notices?q=toys&market=USA",
    "/notices/{notice}",
    "/warnings",
    "/warnings/{warning}",
    "/industries",
    "/sources",
    "/accuracy",
    "/bureaus",
    "/feeds?county=440515&severity=red",
    "/sign-in",
    "/subscribe",
    "/mine",
    "/follow?about={warning}",
    "/no-such-page",
)
OFFICERS = (
    "/desk",
    "/desk/reviews/{review}",
    "/network",
    "/network/440500",
    "/network/440515",
    "/bureaus/{bureau}",
    "/outbox",
    "/outbox/{email}",
    "/still-open",
    "/operations",
    "/policy",
    "/channels",
    "/robots",
    "/comments",
    "/drills",
    "/enrolment",
    "/trade-concerns",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the module; each test has its own window."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def address(demo_app: FastAPI) -> Iterator[str]:
    """Where the demo is served."""
    with serving(demo_app) as base:
        yield base


def sign_in(page: Page, base: str, name: str) -> None:
    page.goto(f"{base}/sign-in")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/desk")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1366x768", "390x844"])
def test_every_page_fits_and_is_readable_for_all(
    size: tuple[int, int], chromium: Browser, address: str, scene: Scene
) -> None:
    with chromium.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN") as window:
        page = window.new_page()
        told = {path: faults_of(page, address + path.format(**vars(scene))) for path in PUBLIC}
        sign_in(page, address, "guangdong")
        assert page.url.endswith("/desk")
        told |= {path: faults_of(page, address + path.format(**vars(scene))) for path in OFFICERS}
    assert {path: faults for path, faults in told.items() if faults} == {}


def faults_of(page: Page, url: str) -> list[str]:
    """What is wrong with a page: too wide, letters too small on a phone, no banner, axe's grave findings."""
    page.goto(url)
    faults = grave_violations(page)
    if overflow := overflow_of(page):
        faults.append(f"{overflow} px too wide")
    if page.evaluate("document.documentElement.lang") != "zh-CN" or "演示" not in page.inner_text("body"):
        faults.append("not in Chinese, or without the banner")
    smallest = page.evaluate(SMALLEST_LETTERS)
    if page.viewport_size and page.viewport_size["width"] < 500 and smallest < 16:
        faults.append(f"letters of {smallest} px")
    return faults


# The smallest size of letters that are shown, in px.
SMALLEST_LETTERS = """() => {
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  let smallest = 99;
  while (walker.nextNode()) {
    const box = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !box.offsetWidth) continue;
    smallest = Math.min(smallest, parseFloat(getComputedStyle(box).fontSize));
  }
  return smallest;
}"""


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1366x768", "390x844"])
def test_the_desk_works_with_scripts_off(
    size: tuple[int, int], chromium: Browser, address: str, scene: Scene, loaded: Engine
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    with chromium.new_context(viewport=viewport, java_script_enabled=False) as window:  # type: ignore[arg-type]
        page = window.new_page()
        page.goto(f"{address}/desk")
        page.click("text=以县（市、区）级账号登录")
        page.click(".card-title a")
        page.click("text=从全部行业中勾选")
        page.uncheck("input[value=lighting-led]")
        page.check("input[value=ceramics-daily]")
        page.fill("#advice", "出口前请送检。")
        page.click("text=更正行业并发布")
        assert "已记录：更正行业" in page.inner_text("main")
        page.click("form[action='/sign-out'] button")
        assert page.url.rstrip("/") == address
    state, kind, version = outcome(loaded, scene.review)
    assert (state, kind, version.state) == ("decided", "correct", "issued")


def test_keys_alone_reach_the_decision(chromium: Browser, address: str, scene: Scene) -> None:
    with chromium.new_context() as window:
        page = window.new_page()
        sign_in(page, address, "chenghai")
        page.goto(f"{address}/desk/reviews/{scene.review}")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "跳到正文"
        page.keyboard.press("Enter")
        reached = [tab_to_next(page) for _ in range(40)]
    order = [name for name in ("advice", "note", "accept", "correct", "dismiss") if name in reached]
    assert [reached.index(name) for name in order] == sorted(reached.index(name) for name in order)
    assert len(order) == 5


def tab_to_next(page: Page) -> str:
    page.keyboard.press("Tab")
    return str(page.evaluate("document.activeElement.id || document.activeElement.value || ''"))


def test_the_mail_is_framed_without_power(chromium: Browser, address: str, scene: Scene) -> None:
    with chromium.new_context() as window:
        page = window.new_page()
        sign_in(page, address, "guangdong")
        page.goto(f"{address}/outbox/{scene.email}")
        frame = page.frame_locator("iframe.mail")
        assert "玩具标签要求" in frame.locator("body").inner_text()
        assert page.locator("iframe.mail").get_attribute("sandbox") is not None
