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
from tests.web.own_matrix import OWN, UNKNOWN
from tests.web.scene import Scene
from web.access import ROUTES

PEOPLE = {"anonymous": "", "county": "chenghai", "stranger": "dabu", "city": "shantou", "province": "guangdong"}

# Route name -> (method, path) -> the answer to each of PEOPLE, in their order; 303 leads to the sign-in page.
# {names} are fields of the Scene.
PUBLIC = (200,) * 5
OFFICERS = (303, 200, 200, 200, 200)
ABOVE_CHENGHAI = (303, 200, 404, 200, 200)
ABOVE_DABU = (303, 404, 200, 404, 200)
ABOVE_CHENGHAI_422 = (303, 422, 404, 422, 422)
NOBODY_KNOWS = (303, 404, 404, 404, 404)
PROVINCE = (303, 403, 403, 403, 200)
UPPER = (303, 403, 403, 200, 200)
MATRIX: dict[str, dict[tuple[str, str], tuple[int, ...]]] = {
    "home": {("GET", "/"): PUBLIC},
    "healthz": {("GET", "/healthz"): PUBLIC},
    "static": {("GET", "/static/pages.css"): PUBLIC, ("GET", "/static/../app.py"): (404,) * 5},
    "notices": {("GET", "/notices"): PUBLIC, ("GET", "/notices?q=toys&market=USA&industry=toys&domain=TBT"): PUBLIC},
    "notice": {("GET", "/notices/{notice}"): PUBLIC, ("GET", f"/notices/{UNKNOWN}"): (404,) * 5},
    "warnings": {("GET", "/warnings"): PUBLIC},
    "warning": {
        ("GET", "/warnings/{warning}"): PUBLIC,
        ("GET", "/warnings/{hidden_warning}"): (404,) * 5,
        ("GET", f"/warnings/{UNKNOWN}"): (404,) * 5,
    },
    "warning_cap": {
        ("GET", "/warnings/{warning}/cap.xml"): PUBLIC,
        ("GET", "/warnings/{hidden_warning}/cap.xml"): (404,) * 5,
    },
    "warning_version_cap": {
        ("GET", "/warnings/{warning}/1/cap.xml"): PUBLIC,
        ("GET", "/warnings/{warning}/2/cap.xml"): (404,) * 5,
        ("GET", "/warnings/{hidden_warning}/1/cap.xml"): (404,) * 5,
    },
    "industries": {("GET", "/industries"): PUBLIC},
    "sources": {("GET", "/sources"): PUBLIC},
    "accuracy": {("GET", "/accuracy"): PUBLIC},
    "bureaus": {("GET", "/bureaus"): PUBLIC},
    "bureau": {
        ("GET", "/bureaus/{bureau}"): (303, 200, 404, 404, 200),
        ("GET", f"/bureaus/{UNKNOWN}"): NOBODY_KNOWS,
    },
    "bureau_kept": {
        ("POST", "/bureaus/{bureau}"): (303, 422, 404, 404, 422),
        ("POST", f"/bureaus/{UNKNOWN}"): NOBODY_KNOWS,
    },
    "network": {("GET", "/network"): OFFICERS},
    "network_csv": {
        ("GET", "/network.csv"): OFFICERS,
        ("GET", "/network.csv?place=440515"): ABOVE_CHENGHAI,
        ("GET", "/network.csv?place=999999"): NOBODY_KNOWS,
    },
    "network_place": {
        ("GET", "/network/440515"): ABOVE_CHENGHAI,
        ("GET", "/network/441422"): ABOVE_DABU,
        ("GET", "/network/440500"): (303, 404, 404, 200, 200),
        ("GET", "/network/440000"): (303, 404, 404, 404, 200),
        ("GET", "/network/999999"): NOBODY_KNOWS,
    },
    "digest": {("GET", "/digests/{digest}"): PUBLIC, ("GET", f"/digests/{UNKNOWN}"): (404,) * 5},
    "unsubscribe": {("GET", "/unsubscribe/{email}?token=0"): (404,) * 5},
    "unsubscribe_confirmed": {("POST", "/unsubscribe/{email}?token=0"): (404,) * 5},
    "sign_in": {("GET", "/sign-in"): (200, 303, 303, 303, 303)},
    "sign_in_sent": {("POST", "/sign-in"): (403,) * 5},
    "sign_in_code": {("GET", "/sign-in/code"): (303,) * 5},  # nobody's password was right: to the sign-in
    "sign_in_code_sent": {("POST", "/sign-in/code"): (403, 303, 303, 303, 303)},
    "welcome": {("GET", f"/welcome/{UNKNOWN}?token=0"): (404,) * 5},
    "welcome_sent": {("POST", f"/welcome/{UNKNOWN}?token=0"): (404,) * 5},
    "account": {("GET", "/account"): OFFICERS},
    "account_password": {("POST", "/account/password"): (303, 422, 422, 422, 422)},
    "account_codes": {("POST", "/account/codes"): (303, 422, 422, 422, 422)},
    "account_sessions": {("POST", "/account/sessions"): NOBODY_KNOWS},
    "account_absence": {("POST", "/account/absence"): (303,) * 5},
    "officers": {("GET", "/officers"): OFFICERS},
    "officer_invited": {("POST", "/officers"): (303, 422, 422, 422, 422)},
    "officer_managed": {
        ("POST", "/officers/{officer}"): ABOVE_CHENGHAI_422,
        ("POST", f"/officers/{UNKNOWN}"): NOBODY_KNOWS,
    },
    "audit": {("GET", "/audit"): UPPER},
    "sign_out": {("POST", "/sign-out"): (303,) * 5},  # ends the session of the rest: see test_sign_in.py
    "desk": {("GET", "/desk"): OFFICERS},
    "review": {
        ("GET", "/desk/reviews/{review}"): ABOVE_CHENGHAI,
        ("GET", "/desk/reviews/{foreign_review}"): ABOVE_DABU,
        ("GET", f"/desk/reviews/{UNKNOWN}"): NOBODY_KNOWS,
    },
    # A form without an action is refused with 422, after the question whether the officer may decide here.
    "review_decided": {
        ("POST", "/desk/reviews/{review}"): (303, 422, 404, 422, 422),
        ("POST", "/desk/reviews/{foreign_review}"): (303, 404, 422, 404, 422),
        ("POST", f"/desk/reviews/{UNKNOWN}"): NOBODY_KNOWS,
    },
    "review_answered": {
        ("POST", "/desk/reviews/{review}/answer"): (303, 422, 404, 422, 422),
        ("POST", "/desk/reviews/{foreign_review}/answer"): (303, 404, 422, 404, 422),
        ("POST", f"/desk/reviews/{UNKNOWN}/answer"): NOBODY_KNOWS,
    },
    "channels": {("GET", "/channels"): PROVINCE},
    "channel_changed": {
        ("POST", "/channels/TBT"): (303, 403, 403, 403, 422),
        ("POST", "/channels/XYZ"): (303, 403, 403, 403, 404),
    },
    "opinion": {("GET", "/opinions/{email}?token=0"): (404,) * 5},
    "opinion_sent": {("POST", "/opinions/{email}?token=0"): (404,) * 5},
    "comments": {("GET", "/comments"): OFFICERS},
    "comment_matter": {
        ("GET", "/comments/{warning}"): OFFICERS,  # what each sees there is its own: see test_comments.py
        ("GET", "/comments/{hidden_warning}"): NOBODY_KNOWS,
    },
    "comment_screened": {("POST", "/comments/{warning}/screen"): NOBODY_KNOWS},
    "comment_joined": {("POST", "/comments/{warning}/opinion"): (303, 422, 422, 422, 422)},
    "comment_data": {("POST", "/comments/{hidden_warning}/data"): NOBODY_KNOWS},
    "comment_concern": {("POST", "/comments/{warning}/concern"): (303, 422, 422, 422, 422)},
    "comment_added": {("POST", "/comments/{warning}/add"): (303, 422, 422, 422, 422)},
    "comment_compiled": {("POST", "/comments/{hidden_warning}/compile"): (303, 403, 403, 403, 404)},
    "comment_document": {("GET", f"/comment-documents/{UNKNOWN}"): (303, 403, 403, 403, 404)},
    "comment_document_edited": {("POST", f"/comment-documents/{UNKNOWN}/edit"): (303, 403, 403, 403, 422)},
    "comment_document_sealed": {("POST", f"/comment-documents/{UNKNOWN}/seal"): (303, 403, 403, 403, 422)},
    "comment_document_moved": {("POST", f"/comment-documents/{UNKNOWN}/move"): (303, 403, 403, 403, 404)},
    "comment_document_file": {("GET", f"/comment-documents/{UNKNOWN}/docx"): (303, 403, 403, 403, 404)},
    "trade_concerns": {("GET", "/trade-concerns"): OFFICERS},
    "trade_concern_withdrawn": {("POST", f"/trade-concerns/{UNKNOWN}"): NOBODY_KNOWS},
    "drills": {("GET", "/drills"): OFFICERS},
    "drill": {("GET", f"/drills/{UNKNOWN}"): NOBODY_KNOWS},  # one's own line alone: see test_drills.py
    "drill_started": {("POST", "/drills"): (303, 403, 403, 403, 422)},
    "drill_ended": {("POST", f"/drills/{UNKNOWN}/end"): (303, 403, 403, 403, 404)},
    "outbox": {("GET", "/outbox"): PROVINCE},
    "email": {("GET", "/outbox/{email}"): PROVINCE, ("GET", f"/outbox/{UNKNOWN}"): (303, 403, 403, 403, 404)},
    "email_html": {
        ("GET", "/outbox/{email}/html"): PROVINCE,
        ("GET", f"/outbox/{UNKNOWN}/html"): (303, 403, 403, 403, 404),
    },
    "joins": {("GET", "/joins"): UPPER, ("GET", "/joins?state=joined"): UPPER},
    "join_decided": {("POST", f"/joins/{UNKNOWN}"): (303, 403, 403, 404, 404)},
    "still_open": {("GET", "/still-open"): PROVINCE},
    "notice_released": {("POST", f"/still-open/{UNKNOWN}"): (303, 403, 403, 403, 404)},
    "operations": {("GET", "/operations"): PROVINCE},
    "policy": {("GET", "/policy"): PROVINCE, ("GET", "/policy?trial=0"): (303, 403, 403, 403, 404)},
    "policy_saved": {("POST", "/policy"): (303, 403, 403, 403, 422)},  # an empty form
    **OWN,
}


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
    "review_decided review_answered officers officer_invited officer_managed".split()
    + "comment_screened comment_joined comment_data comment_concern trade_concern_withdrawn bureau bureau_kept".split()
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
