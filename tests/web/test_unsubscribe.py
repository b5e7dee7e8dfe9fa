"""Unsubscribing: opening the link changes nothing, the button does, one click without cookies does."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from alerts.unsubscribing import unsubscribe_link
from settings import Settings
from store.engine import reading
from store.subscription import Subscriber, Subscription
from tests.web.conftest import Browser
from tests.web.scene import Scene


@pytest.fixture
def link(settings: Settings, scene: Scene) -> str:
    """The address as the mail carries it."""
    return unsubscribe_link(settings.base_url, settings.secret_bytes(), scene.email).removeprefix(settings.base_url)


def open_subscriptions(engine: Engine, scene: Scene) -> int:
    with reading(engine) as session:
        subscriber = session.get_one(Subscriber, scene.cast.toys.id)
        rows = session.exec(select(Subscription).where(Subscription.subscriber_id == subscriber.id)).all()
        assert (subscriber.ended_at is None) == any(row.ended_at is None for row in rows)
        return sum(row.ended_at is None for row in rows)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_gateway_that_opens_every_link_changes_nothing(
    method: str, browser: Browser, link: str, scene: Scene, loaded: Engine
) -> None:
    answer = browser().request(method, link)
    assert answer.status_code == 200
    assert open_subscriptions(loaded, scene) == 1


def test_the_page_has_one_button_that_ends_it(browser: Browser, link: str, scene: Scene, loaded: Engine) -> None:
    client = browser()
    page = client.get(link).text
    assert page.count("<button") == 1 and '<form method="post">' in page
    answer = client.post(link)
    assert answer.status_code == 200 and "已退订" in answer.text
    assert open_subscriptions(loaded, scene) == 0
    assert "此前已经退订" in client.get(link).text


def test_one_click_of_rfc_8058_needs_no_cookie_and_no_form(
    browser: Browser, link: str, scene: Scene, loaded: Engine
) -> None:
    answer = browser().post(link, data={"List-Unsubscribe": "One-Click"}, headers={"Origin": "https://mail.example"})
    assert answer.status_code == 200
    assert open_subscriptions(loaded, scene) == 0


def test_twice_is_once(browser: Browser, link: str, scene: Scene, loaded: Engine) -> None:
    assert [browser().post(link).status_code for _ in range(2)] == [200, 200]
    assert open_subscriptions(loaded, scene) == 0


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_cut_or_foreign_link_does_nothing_and_says_so(
    method: str, browser: Browser, link: str, scene: Scene, loaded: Engine
) -> None:
    flipped = link[:-1] + ("0" if link[-1] != "0" else "1")
    for broken in (link[:-1], flipped, link.split("?")[0], link.replace(scene.email, scene.review)):
        answer = browser().request(method, broken)
        assert answer.status_code == 404 and "退订链接不完整" in answer.text
    assert open_subscriptions(loaded, scene) == 1
