"""Everything a page for everybody leads to is open to everybody: each link from the home page, followed by nobody."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

from starlette.testclient import TestClient

from tests.web.conftest import Browser
from tests.web.scene import Scene
from web.access import ROUTES, Permission

LINK = re.compile(r'href="([^"#]+)')
MOST = 400
PAGES = (
    "/notices",
    "/warnings",
    "/industries",
    "/sources",
    "/accuracy",
    "/bureaus",
    "/feeds",
    "/subscribe",
    "/sign-in",
)


def walk(client: TestClient, start: str) -> dict[str, int]:
    """Address -> the answer, of all that is reached within the service from `start`."""
    waiting, answers = [start], dict[str, int]()
    while waiting and len(answers) < MOST:
        address = waiting.pop(0)
        if address in answers:
            continue
        answer = client.get(address)
        answers[address] = answer.status_code
        if answer.headers.get("content-type", "").startswith("text/html"):
            for link in LINK.findall(answer.text):
                parts = urlsplit(urljoin(f"http://testserver{address}", unescape(link)))
                if parts.scheme == "http" and parts.netloc == "testserver":
                    waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    assert not [address for address in waiting if address not in answers], "the walk ended early"
    return answers


def test_no_link_of_an_open_page_is_closed(browser: Browser, scene: Scene) -> None:
    answers = walk(browser(), "/")
    assert {address: code for address, code in answers.items() if code != 200} == {}
    assert set(PAGES) <= set(answers)
    assert {f"/warnings/{scene.warning}", f"/warnings/{scene.warning}/cap.xml", f"/notices/{scene.notice}"} <= set(
        answers
    )


def test_what_the_pages_for_everybody_need_is_public() -> None:
    for name in ("home", "notices", "warnings", "industries", "sources", "accuracy", "bureaus", "feeds"):
        assert ROUTES[name] is Permission.PUBLIC
