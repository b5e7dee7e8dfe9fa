"""The foot of every page: whose service it is, from the settings, in words alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine
from starlette.testclient import TestClient

from settings import Settings
from store.clock import fixed_clock
from tests.web.conftest import Browser
from web.app import create_app


def test_the_foot_says_whose_service_it_is_where_that_is_set(
    browser: Browser, loaded: Engine, settings: Settings, now: datetime
) -> None:
    assert "主办单位" not in browser().get("/").text
    looks = {
        "organiser": "广东省<测试>单位",
        "icp": "粤ICP备00000000号",
        "public_security_record": "粤公网安备 00000000000000号",
        "site_code": "4400000000",
        "party_government_mark": "https://mark.example/sitename?method=show",
    }
    official = create_app(settings.model_copy(update=looks), loaded, fixed_clock(now), sources=[], demo_accounts=[])
    page = TestClient(official).get("/").text.partition('<footer class="foot">')[2]
    for said in ("主办单位：广东省&lt;测试&gt;单位", "网站标识码：4400000000", "粤ICP备00000000号", "粤公网安备"):
        assert said in page, said
    assert '<a href="https://mark.example/sitename?method=show" rel="noopener">党政机关网站标识</a>' in page
    assert "<img" not in page
