"""Signing in and out: sessions in the store, the throttle, and what the cookies are worth."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import select

from settings import Settings
from store.audit import AuditEntry
from store.bureau import Officer, OfficerSession, SignInAttempt
from store.clock import fixed_clock
from store.engine import reading, writing
from tests.web.conftest import Browser, form_token_of, sign_in_with
from tests.web.scene import Scene
from web.app import create_app
from web.guard import safe_next
from web.sessions import COOKIE, LIFETIME
from web.throttle import MOST_PER_ADDRESS, MOST_PER_NAME, WINDOW


def sessions(engine: Engine) -> list[OfficerSession]:
    with reading(engine) as session:
        return list(session.exec(select(OfficerSession)))


def test_the_store_keeps_no_token(browser: Browser, loaded: Engine) -> None:
    client = browser()
    assert sign_in_with(client, "chenghai").status_code == 303
    token = client.cookies[COOKIE]
    (row,) = sessions(loaded)
    assert token not in str(vars(row))
    assert len(token) >= 43  # 256 bit
    with reading(loaded) as session:
        assert [entry.action for entry in session.exec(select(AuditEntry))][-1] == "sign_in"


def test_the_cookie_is_closed_to_scripts_and_foreign_pages(browser: Browser) -> None:
    answer = sign_in_with(browser(), "chenghai")
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith(COOKIE)]
    assert "httponly" in cookie.lower() and "samesite=lax" in cookie.lower()
    assert "secure" not in cookie.lower()


def test_over_https_the_cookie_is_secure(
    browser: Browser, loaded: Engine, scene: Scene, settings: Settings, now: datetime
) -> None:
    settings.base_url = "https://testserver"
    answer = sign_in_with(browser(of=create_app(settings, loaded, fixed_clock(now)), over="https"), "chenghai")
    cookies = answer.headers.get_list("set-cookie")
    assert [c for c in cookies if c.startswith(COOKIE) and "secure" in c.lower()]


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(browser: Browser) -> None:
    client = browser()
    sign_in_with(client, "chenghai")
    token = client.cookies[COOKIE]
    answer = client.post("/sign-out", data={"form_token": form_token_of(client.get("/desk").text)})
    assert answer.status_code == 303
    thief = browser()
    thief.cookies.set(COOKIE, token)
    assert thief.get("/desk").headers["location"].startswith("/sign-in")


def test_a_session_ends_by_itself(
    browser: Browser, loaded: Engine, settings: Settings, app: FastAPI, now: datetime
) -> None:
    token = browser("chenghai").cookies[COOKIE]
    for later, status in ((LIFETIME - timedelta(minutes=1), 200), (LIFETIME, 303)):
        client = browser(of=create_app(settings, loaded, fixed_clock(now + later)))
        client.cookies.set(COOKIE, token)
        assert client.get("/desk").status_code == status


def test_an_officer_who_has_left_is_out_at_once(browser: Browser, loaded: Engine, now: datetime) -> None:
    client = browser("chenghai")
    with writing(loaded) as session:
        officer = session.exec(select(Officer).where(Officer.sign_in == "chenghai")).one()
        officer.ended_at = now
        session.add(officer)
    assert client.get("/desk").status_code == 303
    assert sign_in_with(browser(), "chenghai").status_code == 403


@pytest.mark.parametrize("name", ["chenghai", "nobody-of-that-name"])
def test_a_wrong_password_and_a_wrong_name_read_the_same(name: str, browser: Browser) -> None:
    answer = sign_in_with(browser(), name, "wrong-password")
    assert answer.status_code == 403
    assert "账号或密码不正确" in answer.text


def attempt_often(loaded: Engine, now: datetime, hashes: list[str], times: int) -> None:
    with writing(loaded) as session:
        session.add_all(SignInAttempt(at=now, sign_in_hash=key) for key in hashes for _ in range(times))


def kept_hashes(loaded: Engine) -> list[str]:
    with reading(loaded) as session:
        return list(session.exec(select(SignInAttempt.sign_in_hash).order_by(SignInAttempt.id)))  # type: ignore[arg-type]


def test_after_eight_failures_the_right_password_waits_too(
    browser: Browser, loaded: Engine, settings: Settings, now: datetime
) -> None:
    assert sign_in_with(browser(), "chenghai", "wrong-password").status_code == 403
    by_name, _by_address = kept_hashes(loaded)
    attempt_often(loaded, now, [by_name], MOST_PER_NAME - 1)
    assert sign_in_with(browser(), "chenghai").status_code == 429
    assert sign_in_with(browser(), "dabu").status_code == 303, "another name is not held up"
    later = create_app(settings, loaded, fixed_clock(now + WINDOW))
    assert sign_in_with(browser(of=later), "chenghai").status_code == 303


def test_one_address_cannot_try_many_names(browser: Browser, loaded: Engine, now: datetime) -> None:
    assert sign_in_with(browser(), "someone", "wrong-password").status_code == 403
    _by_name, by_address = kept_hashes(loaded)
    attempt_often(loaded, now, [by_address], MOST_PER_ADDRESS - 1)
    assert sign_in_with(browser(), "chenghai").status_code == 429


def test_a_name_is_not_kept_as_typed(browser: Browser, loaded: Engine) -> None:
    sign_in_with(browser(), "a-password-typed-into-the-wrong-box", "x")
    with reading(loaded) as session:
        rows = session.exec(select(SignInAttempt)).all()
    assert rows and not any("a-password" in str(vars(row)) for row in rows)


def test_signing_in_leads_back_to_the_page_that_asked(browser: Browser, scene: Scene) -> None:
    client = browser()
    asked = client.get(f"/desk/reviews/{scene.review}").headers["location"]
    page = client.get(asked).text
    answer = client.post(
        "/sign-in",
        data={
            "form_token": form_token_of(page),
            "name": "chenghai",
            "password": "only-for-tests",
            "next": f"/desk/reviews/{scene.review}",
        },
    )
    assert f'name="next" value="/desk/reviews/{scene.review}"' in page
    assert answer.headers["location"] == f"/desk/reviews/{scene.review}"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://elsewhere.example",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "javascript:alert(1)",
        "desk",
        "/desk\r\nSet-Cookie: x",
    ],
)
def test_nobody_is_led_to_a_foreign_page(address: str) -> None:
    assert safe_next(address) == "/desk"


def test_a_new_sign_in_ends_the_old_session(browser: Browser, loaded: Engine) -> None:
    client = browser("chenghai")
    token = form_token_of(client.get("/desk").text)
    again = {"form_token": token, "name": "shantou", "password": "only-for-tests"}
    assert client.post("/sign-in", data=again).status_code == 303
    first, second = sorted(sessions(loaded), key=lambda row: row.id or 0)
    assert first.revoked_at is not None and second.revoked_at is None


def test_demo_accounts_are_shown_in_the_demo_only(browser: Browser, demo_app: FastAPI) -> None:
    shown, hidden = browser(of=demo_app).get("/sign-in").text, browser().get("/sign-in").text
    assert "演示账号" in shown and "汕头市澄海区市场监督管理局" in shown
    assert "演示" not in hidden and "only-for-tests" not in hidden
