"""工作人员: who invites, unlocks, recovers and ends whose account; the link that sets a password; associations."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import select

from settings import Settings
from store.bureau import ASSOCIATION, Officer
from store.clock import fixed_clock
from store.engine import reading, writing
from tests.cast import CHENGHAI, SHANTOU, insert_officer
from tests.web.accounts import actions, change, newest_mail, officer, send, turn_codes_on
from tests.web.conftest import Browser, sign_in_with
from tests.web.scene import PASSWORD, Scene, password_hash
from tests.web.test_access import MATRIX, PEOPLE
from web.access import ROUTES, Permission
from web.app import create_app

NEW = "a-password-of-my-own"
LINK = re.compile(r"http://testserver(/welcome/[0-9a-f]{32}\?token=[0-9a-f]{64})")
INVITED = {"sign_in": "newcomer", "name": "", "email": "newcomer@desk.example", "person": "officer-B"}


def link_to(loaded: Engine, settings: Settings, now: datetime, sign_in: str) -> str:
    found = LINK.search(newest_mail(loaded, settings, now, sign_in))
    assert found, "the mail has no link"
    return found.group(1)


def test_an_invitation_becomes_an_account_by_its_link(
    browser: Browser, loaded: Engine, settings: Settings, now: datetime
) -> None:
    city = browser("shantou")
    assert send(city, "/officers", "/officers", bureau=CHENGHAI, **INVITED).status_code == 303
    assert "尚未设定密码" in city.get("/officers").text
    assert sign_in_with(browser(), "newcomer", "").status_code == 403
    link, client = link_to(loaded, settings, now, "newcomer"), browser()
    for _ in range(2):
        assert "newcomer" in client.get(link).text, "opening it uses nothing up"
    assert client.post(link, data={"password": "short", "again": "short"}).status_code == 422
    assert client.post(link, data={"password": NEW, "again": NEW + "x"}).status_code == 422
    assert officer(loaded, "newcomer").password_hash == ""
    done = client.post(link, data={"password": NEW, "again": NEW})
    assert (done.status_code, "密码已设定" in done.text) == (200, True)
    assert client.post(link, data={"password": NEW, "again": NEW}).status_code == client.get(link).status_code == 404
    assert sign_in_with(client, "newcomer", NEW).headers["location"] == "/desk"
    assert client.get("/desk").status_code == 200
    told = actions(loaded, officer(loaded, "newcomer").public_id)
    assert told == ["officer.invite", "officer.welcome", "sign_in"]


def test_a_link_is_worth_nothing_when_bent_late_or_replaced(
    browser: Browser, loaded: Engine, settings: Settings, now: datetime
) -> None:
    city, client = browser("shantou"), browser()
    send(city, "/officers", "/officers", bureau=CHENGHAI, **INVITED)
    link = link_to(loaded, settings, now, "newcomer")
    for bent in (link[:-1] + ("0" if link[-1] != "0" else "1"), link.partition("?")[0], link[:-1] + "%E4%B8%AD"):
        assert client.get(bent).status_code == 404, bent
    later = browser(of=create_app(settings, loaded, fixed_clock(now + timedelta(days=7))))
    assert later.get(link).status_code == 404
    about = officer(loaded, "newcomer").public_id
    assert send(city, "/officers", f"/officers/{about}", deed="recover").status_code == 303
    assert client.get(link).status_code == 404
    second = link_to(loaded, settings, now, "newcomer")
    assert second != link and client.get(second).status_code == 200
    assert send(city, "/officers", f"/officers/{about}", deed="end").status_code == 303
    assert client.get(second).status_code == 404


@pytest.mark.parametrize(
    ("by", "bureau", "person", "status"),
    [
        ("chenghai", CHENGHAI, "officer-A", 403),  # role A: by the tier above
        ("chenghai", CHENGHAI, "officer-B", 303),
        ("chenghai", CHENGHAI, "association-B", 303),
        ("chenghai", SHANTOU, "officer-B", 403),
        ("chenghai", "441422", "officer-B", 403),
        ("shantou", CHENGHAI, "officer-A", 303),
        ("shantou", "441422", "officer-A", 403),
        ("guangdong", SHANTOU, "officer-A", 303),
        ("guangdong", CHENGHAI, "officer-A", 403),  # Shantou has a desk
        ("guangdong", "441422", "officer-A", 303),  # Meizhou has none
        ("guangdong", "1", "officer-A", 422),
        ("guangdong", SHANTOU, "officer-C", 422),
    ],
)
def test_who_may_invite_whom(by: str, bureau: str, person: str, status: int, browser: Browser, loaded: Engine) -> None:
    answer = send(browser(by), "/officers", "/officers", bureau=bureau, **{**INVITED, "person": person})
    assert answer.status_code == status
    with reading(loaded) as session:
        made = session.exec(select(Officer).where(Officer.sign_in == "newcomer")).first()
    assert (made is not None) == (status == 303)


@pytest.mark.parametrize("wrong", [{"sign_in": "dabu"}, {"sign_in": "a b"}, {"email": "nowhere"}, {"email": ""}])
def test_a_bad_invitation_is_told_and_writes_nothing(wrong: dict[str, str], browser: Browser, loaded: Engine) -> None:
    answer = send(browser("shantou"), "/officers", "/officers", bureau=CHENGHAI, **{**INVITED, **wrong})
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    with reading(loaded) as session:
        assert len(session.exec(select(Officer)).all()) == 4


def test_recovery_takes_everything_and_gives_a_link(
    browser: Browser, loaded: Engine, settings: Settings, now: datetime
) -> None:
    client, city = browser("chenghai"), browser("shantou")
    turn_codes_on(client, now)
    path = f"/officers/{officer(loaded, 'chenghai').public_id}"
    assert send(city, "/officers", path, deed="recover").status_code == 422, "no address: the link could not arrive"
    assert client.get("/desk").status_code == 200
    change(loaded, "chenghai", email="chenghai@desk.example", locked_at=now)
    assert send(city, "/officers", path, deed="recover").status_code == 303
    assert client.get("/desk").status_code == 303
    assert sign_in_with(browser(), "chenghai").status_code == 403
    link = link_to(loaded, settings, now, "chenghai")
    assert client.post(link, data={"password": NEW, "again": NEW}).status_code == 200
    assert sign_in_with(client, "chenghai", NEW).headers["location"] == "/desk", "neither locked nor asked for a code"


def test_an_account_is_unlocked_put_on_duty_given_a_role_and_ended(
    browser: Browser, loaded: Engine, now: datetime
) -> None:
    change(loaded, "chenghai", locked_at=now)
    about, client, city = officer(loaded, "chenghai"), browser("chenghai"), browser("shantou")
    path = f"/officers/{about.public_id}"
    assert "已锁定" in city.get("/officers").text
    for deed in ({"deed": "unlock"}, {"deed": "duty", "duty": "yes"}, {"deed": "role", "role": "B"}):
        assert send(city, "/officers", path, **deed).status_code == 303, deed
    row = officer(loaded, "chenghai")
    assert (row.locked_at, row.on_duty, row.role) == (None, True, "B")
    assert send(city, "/officers", path, deed="role", role="C").status_code == 422
    assert send(city, "/officers", path, deed="end").status_code == 303
    assert client.get("/desk").status_code == 303 and sign_in_with(browser(), "chenghai").status_code == 403
    assert send(city, "/officers", path, deed="unlock").status_code == 422, "it has ended"
    told = actions(loaded, about.public_id)
    assert told == ["officer.unlock", "officer.duty", "officer.role", "officer.end"]


def test_nobody_manages_up_sideways_or_the_own_account(browser: Browser, loaded: Engine) -> None:
    county, city = browser("chenghai"), browser("shantou")
    for deed in ("unlock", "recover", "end", "role"):
        for name, status in (("chenghai", 403), ("shantou", 404), ("dabu", 404)):
            path = f"/officers/{officer(loaded, name).public_id}"
            assert send(county, "/officers", path, deed=deed).status_code == status, (deed, name)
        assert send(city, "/officers", f"/officers/{officer(loaded, 'dabu').public_id}", deed=deed).status_code == 404
    page = county.get("/officers").text
    assert "澄海区测试账号" in page and "汕头市测试账号" not in page and "大埔县测试账号" not in page


@pytest.fixture
def association(loaded: Engine, scene: Scene, now: datetime) -> None:
    """An association's person at the desk of Chenghai."""
    with writing(loaded) as session:
        row = insert_officer(session, CHENGHAI, "toy-association", "玩具协会测试账号", now)
        row.kind, row.password_hash = ASSOCIATION, password_hash()
        session.add(row)


# Refused by what they do, not by the route: see NOT_ASSOCIATIONS in test_access.py.
NOT_HERE = ("sign_out", "comment_joined", "comment_data", "comment_concern", "bureau", "bureau_kept")


def test_an_association_reads_what_the_desk_reads_and_decides_nothing(
    association: None, browser: Browser, app: FastAPI, scene: Scene
) -> None:
    client = browser("toy-association")
    county = list(PEOPLE).index("county")
    for name, rows in MATRIX.items():
        is_closed = ROUTES[name] in (Permission.DECIDE, Permission.ACCOUNTS)
        for (method, path), answers in rows.items():
            if name in NOT_HERE:
                continue
            fields = {"action": "accept", "revision": "1"}
            if method == "POST" and not path.startswith(("/unsubscribe", "/opinions", "/welcome")):
                given = send(client, "/account", path.format(**vars(scene)), **fields).status_code
            else:
                given = client.request(method, path.format(**vars(scene))).status_code
            assert given == (403 if is_closed else answers[county]), (name, method, path)
    page = client.get(f"/desk/reviews/{scene.review}").text
    assert "采纳并发布" not in page and "工作人员</a>" not in page


def test_passwords_work_for_associations_too(association: None, browser: Browser) -> None:
    assert sign_in_with(browser(), "toy-association", PASSWORD).status_code == 303
