"""What guards the forms: the form token, the origin, the size, and the headers of every answer."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from store.engine import reading
from store.review import OPEN, Review
from tests.web.conftest import Browser, form_token_of
from tests.web.scene import Scene
from web.guard import MOST_BODY_BYTES

DISMISS = {"action": "dismiss", "revision": "1"}


def state_of(engine: Engine, public_id: str) -> str:
    with reading(engine) as session:
        return session.exec(select(Review).where(Review.public_id == public_id)).one().state


@pytest.mark.parametrize("token", [None, "", "0" * 64, "中文"])
def test_without_its_token_a_form_does_nothing(
    token: str | None, browser: Browser, scene: Scene, loaded: Engine
) -> None:
    form = DISMISS if token is None else {**DISMISS, "form_token": token}
    answer = browser("chenghai").post(f"/desk/reviews/{scene.review}", data=form)
    assert (answer.status_code, state_of(loaded, scene.review)) == (403, OPEN)
    assert "表单已失效" in answer.text


def test_another_browsers_token_does_nothing(browser: Browser, scene: Scene, loaded: Engine) -> None:
    stolen = form_token_of(browser("dabu").get("/desk").text)
    answer = browser("chenghai").post(f"/desk/reviews/{scene.review}", data={**DISMISS, "form_token": stolen})
    assert (answer.status_code, state_of(loaded, scene.review)) == (403, OPEN)


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "http://testserver"}, True),
        ({"Origin": "http://elsewhere.example"}, False),
        ({"Origin": "null"}, False),
        ({}, True),  # browsers of long ago say nothing: the form token alone decides
    ],
)
def test_a_form_sent_from_another_site_does_nothing(
    headers: dict[str, str], passes: bool, browser: Browser, scene: Scene, loaded: Engine
) -> None:
    client = browser("chenghai")
    form = {**DISMISS, "form_token": form_token_of(client.get("/desk").text)}
    answer = client.post(f"/desk/reviews/{scene.review}", data=form, headers=headers)
    assert answer.status_code == (303 if passes else 403)
    assert (state_of(loaded, scene.review) == OPEN) is not passes


def test_nobody_is_signed_in_by_a_foreign_page(browser: Browser) -> None:
    client = browser()
    answer = client.post("/sign-in", data={"name": "chenghai", "password": "only-for-tests"})
    assert answer.status_code == 403
    assert "tbtwatch_session" not in client.cookies


def test_a_huge_form_is_refused_in_words(browser: Browser, scene: Scene) -> None:
    client = browser("chenghai")
    form = {**DISMISS, "form_token": form_token_of(client.get("/desk").text), "note": "长" * MOST_BODY_BYTES}
    assert client.post(f"/desk/reviews/{scene.review}", data=form).status_code == 413


def test_a_note_over_its_length_is_refused_in_words(browser: Browser, scene: Scene) -> None:
    client = browser("chenghai")
    form = {**DISMISS, "form_token": form_token_of(client.get("/desk").text), "note": "长" * 5000}
    answer = client.post(f"/desk/reviews/{scene.review}", data=form)
    assert answer.status_code == 422 and "填写有误" in answer.text


@pytest.mark.parametrize("path", ["/", "/desk", "/nothing", "/static/pages.css", "/healthz"])
def test_every_answer_carries_the_headers(path: str, browser: Browser) -> None:
    headers = browser().get(path).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_own_files_are_kept_by_browsers_and_pages_are_not(browser: Browser) -> None:
    client = browser()
    assert "immutable" in client.get("/static/pages.css").headers["cache-control"]
    assert client.get("/").headers["cache-control"] == "no-store"
