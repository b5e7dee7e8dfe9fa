"""Who may open what: the whole set, written down once; everything else is refused."""

from __future__ import annotations

from datetime import datetime

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import Engine
from starlette.routing import BaseRoute, Mount

from store.bureau import ASSOCIATION
from store.engine import writing
from tests.cast import insert_officer
from tests.web.conftest import Browser, form_token_of
from tests.web.matrix import MATRIX, PEOPLE, UNKNOWN
from tests.web.scene import Scene
from web.access import ROUTES


def _name(route: BaseRoute) -> str:
    assert isinstance(route, (APIRoute, Mount)), f"{route} is no kind of route that access.py knows"
    return str(route.name)


def all_routes(app: FastAPI) -> list[str]:
    """The names of all routes, those of included routers too."""
    names: list[str] = []
    pending: list[BaseRoute] = list(app.routes)
    while pending:
        route = pending.pop()
        nested = getattr(route, "original_router", None) or getattr(route, "router", None)
        if nested is not None and not isinstance(route, (APIRoute, Mount)):
            pending += nested.routes
        else:
            names.append(_name(route))
    return names


def test_every_route_has_a_permission_and_a_row_in_the_matrix(app: FastAPI) -> None:
    names = all_routes(app)
    assert len(names) == len(set(names))
    assert set(names) == set(ROUTES) == set(MATRIX)


@pytest.mark.parametrize("person", PEOPLE)
def test_the_allowed_set_is_exactly_this(person: str, browser: Browser, scene: Scene) -> None:
    client = browser(PEOPLE[person])
    token = form_token_of(client.get("/desk").text) if PEOPLE[person] else ""
    cases = {case: answers for name, rows in MATRIX.items() if name != "sign_out" for case, answers in rows.items()}
    given = {}
    for method, path in cases:
        form = {"form_token": token, "revision": "1"} if method == "POST" else None
        given[method, path] = client.request(method, path.format(**vars(scene)), data=form).status_code
    assert given == {case: answers[list(PEOPLE).index(person)] for case, answers in cases.items()}


def test_another_city_is_to_its_county_what_shantou_is_to_chenghai(
    browser: Browser, scene: Scene, loaded: Engine, now: datetime
) -> None:
    """Meizhou, above Dabu: what names an object of Chenghai is refused as to Dabu, and the other way round."""
    with writing(loaded) as session:
        insert_officer(session, "441400", "meizhou", "梅州市测试账号", now)
    client = browser("meizhou")
    token = form_token_of(client.get("/desk").text)
    wrong = {}
    for (method, path), (_, county, stranger, city, _) in _cases():
        if "440515" in path or "440500" in path or "{officer}" in path or "{bureau}" in path:
            continue  # places and people by name: see test_officers.py and test_network.py
        expected = 404 if (county, stranger, city) == (404,) * 3 else stranger if county != stranger else city
        form = {"form_token": token, "revision": "1"} if method == "POST" else None
        given = client.request(method, path.format(**vars(scene)), data=form).status_code
        if given != expected:
            wrong[method, path] = (given, expected)
    assert wrong == {}


# What a bureau's officer may do at a county's desk and an association's person there may not.
NOT_ASSOCIATIONS = frozenset(
    "calls enrolment enrolment_sent review_decided review_answered officers officer_invited officer_managed".split()
    + "comment_screened comment_joined comment_data comment_concern trade_concern_withdrawn bureau bureau_kept".split(),
)


def test_an_association_reads_and_comments_and_does_nothing_else(
    browser: Browser, scene: Scene, loaded: Engine, now: datetime
) -> None:
    with writing(loaded) as session:
        person = insert_officer(session, "440515", "association", "玩具协会测试账号", now)
        person.kind = ASSOCIATION
        session.add(person)
    client = browser("association")
    token = form_token_of(client.get("/desk").text)
    let_in: dict[str, set[int]] = {}
    for name, rows in MATRIX.items():
        for (method, path), answers in rows.items():
            if name == "sign_out" or answers[1] in (403, 404):
                continue
            form = {"form_token": token, "revision": "1"} if method == "POST" else None
            let_in.setdefault(name, set()).add(
                client.request(method, path.format(**vars(scene)), data=form).status_code
            )
    refused = {name for name, given in let_in.items() if given <= {403, 404}}
    assert refused == NOT_ASSOCIATIONS & set(let_in)


def _cases() -> list[tuple[tuple[str, str], tuple[int, ...]]]:
    return [row for name, rows in MATRIX.items() if name != "sign_out" for row in rows.items()]


def test_a_foreign_review_looks_like_none(browser: Browser, scene: Scene) -> None:
    county = browser("chenghai")
    foreign = county.get(f"/desk/reviews/{scene.foreign_review}")
    unknown = county.get(f"/desk/reviews/{UNKNOWN}")
    assert (foreign.status_code, foreign.text) == (unknown.status_code, unknown.text)
    assert foreign.headers.keys() == unknown.headers.keys()


def test_the_queue_holds_only_the_own_line(browser: Browser, scene: Scene) -> None:
    pages = {name: browser(name).get("/desk").text for name in ("chenghai", "dabu", "shantou", "guangdong")}
    seen = {name: {r for r in (scene.review, scene.foreign_review) if r in page} for name, page in pages.items()}
    own, foreign = {scene.review}, {scene.foreign_review}
    assert seen == {"chenghai": own, "dabu": foreign, "shantou": own, "guangdong": own | foreign}


def test_a_foreign_decision_is_not_told_after_the_redirect(browser: Browser, scene: Scene) -> None:
    page = browser("chenghai").get(f"/desk?done={scene.foreign_review}").text
    assert "Ceramic" not in page


def test_the_demo_opens_the_outbox_to_each_officer_and_nothing_else(
    browser: Browser, demo_app: FastAPI, scene: Scene
) -> None:
    county = browser("chenghai", of=demo_app)
    assert county.get("/outbox").status_code == 200
    assert county.get("/operations").status_code == 403
    assert county.get(f"/desk/reviews/{scene.foreign_review}").status_code == 404
