"""账号: the own password, one-time codes, sessions, the record of sign-ins, absence; lock-out and forced change."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import select

from alerts.managing import unlock
from settings import Settings
from store.bureau import Officer, SignInAttempt, SignInRecord, is_absent
from store.clock import fixed_clock
from store.engine import reading, writing
from tests.web.accounts import actions, change, code_at, newest_mail, officer, send, turn_codes_on
from tests.web.conftest import Browser, form_token_of, sign_in_with
from tests.web.scene import PASSWORD, Scene
from web.app import create_app
from web.sessions import COOKIE
from web.sign_in_record import MOST_IN_A_ROW, WITHIN

NEW = "quite-another-one"
CHANGE = {"password": NEW, "again": NEW}


def fail(engine: Engine, sign_in: str, times: int, at: datetime) -> None:
    """Failures as the sign-in writes them down."""
    with writing(engine) as session:
        key = session.exec(select(Officer.id).where(Officer.sign_in == sign_in)).one() or 0
        session.add_all(SignInRecord(officer_id=key, at=at, succeeded=False) for _ in range(times))


def test_a_password_that_was_made_must_be_changed_first(browser: Browser, loaded: Engine, scene: Scene) -> None:
    change(loaded, "chenghai", must_change=True)
    client = browser()
    assert sign_in_with(client, "chenghai").status_code == 303
    for path in ("/desk", f"/desk/reviews/{scene.review}", "/comments", "/officers"):
        assert client.get(path).headers["location"] == "/account", path
    assert client.get("/notices").status_code == 200, "what anybody reads stays open"
    token = form_token_of(client.get("/account").text)
    forced = {"form_token": token, "action": "accept", "revision": "1"}
    assert client.post(f"/desk/reviews/{scene.review}", data=forced).headers["location"] == "/account"
    assert client.post("/account/absence", data={"form_token": token}).headers["location"] == "/account"
    assert send(client, "/account", "/account/password", present=PASSWORD, **CHANGE).status_code == 303
    assert client.get("/desk").status_code == 200
    assert sign_in_with(browser(), "chenghai").status_code == 403
    assert sign_in_with(browser(), "chenghai", NEW).status_code == 303


@pytest.mark.parametrize(
    "fields",
    [
        {"present": "wrong-password", **CHANGE},
        {"present": PASSWORD, "password": NEW, "again": NEW + "x"},
        {"present": PASSWORD, "password": "short", "again": "short"},
        {"present": PASSWORD, "password": PASSWORD, "again": PASSWORD},
    ],
)
def test_a_change_that_is_refused_changes_nothing(fields: dict[str, str], browser: Browser, loaded: Engine) -> None:
    before = officer(loaded, "chenghai").password_hash
    answer = send(browser("chenghai"), "/account", "/account/password", **fields)
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert officer(loaded, "chenghai").password_hash == before


def test_a_new_password_ends_the_other_sessions(browser: Browser, loaded: Engine) -> None:
    here, elsewhere = browser("chenghai"), browser("chenghai")
    assert send(here, "/account", "/account/password", present=PASSWORD, **CHANGE).status_code == 303
    assert (here.get("/desk").status_code, elsewhere.get("/desk").status_code) == (200, 303)
    assert actions(loaded, officer(loaded, "chenghai").public_id) == ["officer.password"]


def test_sessions_are_ended_one_by_one_and_only_the_own(browser: Browser, loaded: Engine) -> None:
    foreign = browser("dabu")
    here, second, third = browser("chenghai"), browser("chenghai"), browser("chenghai")
    assert send(here, "/account", "/account/sessions", session="1").status_code == 404, "the first is of Dabu"
    assert foreign.get("/desk").status_code == 200
    for bad in ("x", "99999", ""):
        assert send(here, "/account", "/account/sessions", session=bad).status_code == 404
    assert send(here, "/account", "/account/sessions", session="3").status_code == 303
    assert (second.get("/desk").status_code, third.get("/desk").status_code) == (303, 200)
    assert send(here, "/account", "/account/sessions", session="others").status_code == 303
    assert (here.get("/desk").status_code, third.get("/desk").status_code) == (200, 303)


def test_the_second_step_asks_for_a_code_that_counts_once(
    browser: Browser, loaded: Engine, settings: Settings, now: datetime, app: FastAPI
) -> None:
    secret, _codes = turn_codes_on(browser("chenghai"), now)
    assert secret not in officer(loaded, "chenghai").totp_secret, "it is kept encrypted"
    later = now + timedelta(minutes=2)
    app = create_app(settings, loaded, fixed_clock(later))
    client = browser(of=app)
    answer = sign_in_with(client, "chenghai", next="/comments")
    assert answer.headers["location"] == "/sign-in/code?next=%2Fcomments"
    halfway = client.cookies[COOKIE]
    assert client.get("/desk").status_code == 303, "the password alone opens nothing"
    assert send(client, answer.headers["location"], "/sign-in/code", code="000000").status_code == 403
    right = code_at(secret, later)
    done = send(client, answer.headers["location"], "/sign-in/code", code=right, next="/comments")
    assert (done.status_code, done.headers["location"]) == (303, "/comments")
    assert client.get("/desk").status_code == 200 and client.cookies[COOKIE] != halfway
    second = browser(of=app)
    sign_in_with(second, "chenghai")
    assert send(second, "/sign-in/code", "/sign-in/code", code=right).status_code == 403, "used already"
    with reading(loaded) as session:
        rows = session.exec(select(SignInRecord.succeeded).order_by(SignInRecord.id)).all()  # type: ignore[arg-type]
    assert rows == [False, True, False]


def test_a_recovery_code_stands_in_once(browser: Browser, loaded: Engine, now: datetime) -> None:
    _secret, codes = turn_codes_on(browser("chenghai"), now)
    assert len(set(codes)) == 10
    for status in (303, 403):
        client = browser()
        sign_in_with(client, "chenghai")
        assert send(client, "/sign-in/code", "/sign-in/code", code=codes[0].upper()).status_code == status
    assert "备用码还剩9个" in browser("chenghai").get("/account").text


def test_codes_are_confirmed_by_one_and_given_up_with_the_password(
    browser: Browser, loaded: Engine, now: datetime
) -> None:
    client = browser("chenghai")
    assert send(client, "/account", "/account/codes", deed="begin", present="wrong").status_code == 422
    assert send(client, "/account", "/account/codes", deed="confirm", code="123456").status_code == 422
    send(client, "/account", "/account/codes", deed="begin", present=PASSWORD)
    assert send(client, "/account", "/account/codes", deed="confirm", code="000000").status_code == 422
    assert sign_in_with(browser(), "chenghai").headers["location"] == "/desk", "not confirmed: not asked"
    turn_codes_on(client, now)
    assert send(client, "/account", "/account/codes", deed="begin", present=PASSWORD).status_code == 422
    assert send(client, "/account", "/account/codes", deed="drop", present="wrong").status_code == 422
    assert sign_in_with(browser(), "chenghai").headers["location"].startswith("/sign-in/code")
    assert send(client, "/account", "/account/codes", deed="drop", present=PASSWORD).status_code == 303
    assert sign_in_with(browser(), "chenghai").headers["location"] == "/desk"
    assert send(client, "/account", "/account/codes", deed="anything").status_code == 422


def test_a_session_that_awaits_its_code_ends_after_ten_minutes(
    browser: Browser, loaded: Engine, settings: Settings, now: datetime
) -> None:
    secret, _codes = turn_codes_on(browser("chenghai"), now)
    client = browser()
    sign_in_with(client, "chenghai")
    token = form_token_of(client.get("/sign-in/code").text)
    later = now + timedelta(minutes=10)
    late = browser(of=create_app(settings, loaded, fixed_clock(later)))
    late.cookies.update(client.cookies)
    answer = late.post("/sign-in/code", data={"form_token": token, "code": code_at(secret, later)})
    assert answer.headers["location"] == "/sign-in" and late.get("/desk").status_code == 303


def test_wrong_codes_are_throttled_too(browser: Browser, loaded: Engine, now: datetime) -> None:
    turn_codes_on(browser("chenghai"), now)
    client = browser()
    sign_in_with(client, "chenghai")
    given = [send(client, "/sign-in/code", "/sign-in/code", code="000000").status_code for _ in range(9)]
    assert given == [403] * 8 + [429]


def test_too_many_failures_in_a_row_lock_until_somebody_unlocks(
    browser: Browser, loaded: Engine, settings: Settings, now: datetime
) -> None:
    fail(loaded, "chenghai", MOST_IN_A_ROW - 1, now - timedelta(hours=3))
    assert sign_in_with(browser(), "chenghai", "wrong-password").status_code == 403
    assert officer(loaded, "chenghai").locked_at == now
    assert "已锁定" in newest_mail(loaded, settings, now, "chenghai")
    tomorrow = now + timedelta(days=2)
    later = create_app(settings, loaded, fixed_clock(tomorrow))
    right, wrong = (sign_in_with(browser(of=later), "chenghai", *given) for given in ((), ("wrong-password",)))
    assert (right.status_code, wrong.status_code) == (403, 403)
    assert "已锁定" in right.text and "已锁定" not in wrong.text, "only who knows the password is told"
    with writing(loaded) as session:
        unlock(session, session.get_one(Officer, officer(loaded, "chenghai").id), tomorrow, by=None)
    assert sign_in_with(browser(of=later), "chenghai").status_code == 303
    assert actions(loaded, officer(loaded, "chenghai").public_id) == ["officer.lock", "officer.unlock", "sign_in"]


@pytest.mark.parametrize("what", ["success", "yesterday", "unlocked"])
def test_failures_that_are_over_count_no_more(what: str, browser: Browser, loaded: Engine, now: datetime) -> None:
    fail(loaded, "chenghai", MOST_IN_A_ROW - 1, now - (WITHIN if what == "yesterday" else timedelta(hours=3)))
    if what == "success":
        assert sign_in_with(browser(), "chenghai").status_code == 303
    if what == "unlocked":
        change(loaded, "chenghai", unlocked_at=now - timedelta(hours=1))
    assert sign_in_with(browser(), "chenghai", "wrong-password").status_code == 403
    assert officer(loaded, "chenghai").locked_at is None


def test_the_record_shows_sign_ins_and_keeps_no_address(browser: Browser, loaded: Engine) -> None:
    client = browser()
    sign_in_with(client, "chenghai", "wrong-password")
    sign_in_with(client, "chenghai")
    page = client.get("/account").text
    assert page.index("<span>成功</span>") < page.index("<span>失败</span>")
    with reading(loaded) as session:
        hashes = {row.address_hash for row in session.exec(select(SignInRecord))}
        attempts = set(session.exec(select(SignInAttempt.sign_in_hash)))
    assert len(hashes) == 1 and hashes < attempts and "testclient" not in str(hashes)


def test_an_absence_is_said_by_days_and_taken_back(browser: Browser, loaded: Engine, now: datetime) -> None:
    client = browser("chenghai")
    away = {"from": "2026-06-05", "to": "2026-06-06"}
    assert send(client, "/account", "/account/absence", **away).status_code == 303
    row = officer(loaded, "chenghai")
    seen = [is_absent(row, now + timedelta(days=days)) for days in range(5)]
    assert seen == [False, False, True, True, False]
    assert 'value="2026-06-05"' in client.get("/account").text and 'value="2026-06-06"' in client.get("/account").text
    for bad in ({"from": "2026-06-05"}, {"to": "2026-06-01"}, {"from": "x", "to": "y"}, {"to": "9999-12-31"}):
        assert send(client, "/account", "/account/absence", **bad).status_code == 422, bad
    assert send(client, "/account", "/account/absence").status_code == 303
    assert officer(loaded, "chenghai").absent_until is None
