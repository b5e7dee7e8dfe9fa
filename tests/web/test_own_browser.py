"""A subscriber's pages in a real browser: from the fresh link to one's own data; axe finds nothing grave."""

from __future__ import annotations

from datetime import datetime

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import select

from alerts.own_links import FEWER, RELEVANCE, opened_path, own_path
from alerts.visits import ask_for_link
from settings import Settings
from store.email import Email
from store.engine import reading, writing
from tests.browser import PHONE, WIDE, grave_violations, overflow_of, running_chromium, serving
from tests.web.scene import Scene

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("store_kind", ["sqlite"])]
OPEN_ALL = "document.querySelectorAll('details').forEach(function (one) { one.open = true; })"


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_from_the_fresh_link_to_ones_own_data(
    size: tuple[int, int], app: FastAPI, loaded: Engine, settings: Settings, scene: Scene, now: datetime
) -> None:
    secret = settings.secret_bytes()
    with writing(loaded) as session:
        ask_for_link(session, now, settings, "toys@exporter.example")
    with reading(loaded) as session:
        path = session.exec(select(Email).where(Email.kind == "fresh_link")).one().fields["path"]
    viewport = {"width": size[0], "height": size[1]}
    with running_chromium() as chromium, serving(app) as address, chromium.new_context(viewport=viewport) as window:  # type: ignore[arg-type]
        page = window.new_page()
        for link in (own_path(secret, scene.email, RELEVANCE), own_path(secret, scene.email, FEWER)):
            page.goto(address + link)
            assert (overflow_of(page), grave_violations(page)) == (0, [])
        page.goto(address + opened_path(secret, path))
        page.click("text=打开我的资料")
        page.wait_for_url("**/mine")
        page.click("text=生成日历地址")
        page.wait_for_url("**/mine?done=calendar")
        page.evaluate(OPEN_ALL)
        assert "toys@exporter.example" in page.content() and "/calendar/" in page.content()
        assert (overflow_of(page), grave_violations(page)) == (0, [])


def test_one_press_copies_the_words_to_pass_on(app: FastAPI, scene: Scene) -> None:
    with running_chromium() as chromium, serving(app) as address, chromium.new_context() as window:
        page = window.new_page()
        page.goto(f"{address}/warnings/{scene.warning}")
        page.click("#copy-button")
        assert page.inner_text("#copy-button") == "已复制"
        page.set_content("<textarea id='into'></textarea>")
        page.focus("#into")
        page.keyboard.press("Control+V")
        assert f"/w/{scene.short}" in page.input_value("#into")
