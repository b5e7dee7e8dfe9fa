"""A running service for each test: the scene in a store of each kind, and browsers without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from settings import Settings
from store.bureau import officer_by_sign_in
from store.clock import fixed_clock
from store.engine import writing
from tests.web.scene import PASSWORD, Scene, build_scene
from web.app import create_app
from web.sessions import COOKIE, begin_session
from web.site import Site

SOURCES = [
    {"id": f"wto_{d}_notifications", "name_zh": f"世贸组织 {d.upper()} 通报", "kind": "notification", "enabled": True}
    | {"schedule": "20 * * * *", "attribution": "WTO ePing"}
    for d in ("tbt", "sps")
]
ACCOUNTS = [{"sign_in": "chenghai", "password": PASSWORD, "name": "澄海区测试账号", "bureau": "440515"}]
FORM_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')

Browser = Callable[..., TestClient]


@pytest.fixture
def scene(loaded: Engine, now: datetime) -> Scene:
    """The rows the pages show."""
    with writing(loaded) as session:
        return build_scene(session, now)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a live service: the demo's looser rights and banner are asked for by name."""
    return Settings(profile="live", var=tmp_path, base_url="http://testserver", contact="020-00000000")


@pytest.fixture
def app(loaded: Engine, scene: Scene, settings: Settings, now: datetime) -> FastAPI:
    """The live service over the scene."""
    return create_app(settings, loaded, fixed_clock(now), sources=SOURCES, demo_accounts=ACCOUNTS)


@pytest.fixture
def demo_app(loaded: Engine, scene: Scene, tmp_path: Path, now: datetime) -> FastAPI:
    """The same in the demo profile."""
    demo = Settings(profile="demo", var=tmp_path, base_url="http://testserver")
    return create_app(demo, loaded, fixed_clock(now), sources=SOURCES, demo_accounts=ACCOUNTS)


@pytest.fixture
def browser(app: FastAPI) -> Iterator[Browser]:
    """`browser()` is nobody's, `browser("chenghai")` is signed in (without the hashing); each has its own cookies."""
    opened: list[TestClient] = []

    def open_browser(sign_in: str = "", of: FastAPI = app, over: str = "http") -> TestClient:
        client = TestClient(of, base_url=f"{over}://testserver", follow_redirects=False, raise_server_exceptions=False)
        opened.append(client)
        if sign_in:
            client.cookies.set(COOKIE, _begin(of.state.site, sign_in))
        return client

    yield open_browser
    for client in opened:
        client.close()


def _begin(site: Site, sign_in: str) -> str:
    with writing(site.engine) as session:
        officer = officer_by_sign_in(session, sign_in)
        assert officer is not None
        return begin_session(session, officer, site.now)


def form_token_of(page: str) -> str:
    """The form token a page carries."""
    found = FORM_TOKEN.search(page)
    assert found, "the page has no form token"
    return found.group(1)


def sign_in_with(client: TestClient, name: str, password: str = PASSWORD, **fields: str):  # type: ignore[no-untyped-def]
    """Open the sign-in page and send its form, as a browser does."""
    token = form_token_of(client.get("/sign-in").text)
    return client.post("/sign-in", data={"form_token": token, "name": name, "password": password, **fields})
