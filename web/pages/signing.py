"""Signing in and out."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import col, select

from store.bureau import Bureau
from store.engine import reading, writing
from store.jurisdiction import Jurisdiction
from web.guard import safe_next
from web.pages.routing import get_page
from web.rendering import render
from web.sessions import (
    CODE_LIFETIME,
    COOKIE,
    GUEST_COOKIE,
    LIFETIME,
    end_session,
    form_token,
    halfway,
    new_token,
)
from web.signing import SignedIn, give_code, sign_in
from web.site import Site, site_of
from web.throttle import WINDOW

router = APIRouter()
TOO_OFTEN = f"尝试次数过多，请{int(WINDOW.total_seconds() // 60)}分钟后再试；忘记密码请联系上级主管部门。"
LOCKED = "账号已锁定：一天之内连续多次输错。请联系上级主管部门解锁。"


@get_page(router, "/sign-in", "sign_in")
async def sign_in_page(request: Request) -> Response:
    """The form; in the demo with the ready-made accounts beside it."""
    if request.state.who:
        return RedirectResponse(safe_next(request.query_params.get("next", "")), 303)
    return _form(request, next_address=request.query_params.get("next", ""))


@router.post("/sign-in", name="sign_in_sent")
def sign_in_sent(
    request: Request,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
    next_address: Annotated[str, Form(alias="next", max_length=2000)] = "",
) -> Response:
    """Try the password; a new session's token goes into the cookie, an old session of this browser ends."""
    site = site_of(request)
    secret = site.settings.secret_bytes()
    answer = sign_in(site.engine, site.now, name=name, password=password, address=_address(request), secret=secret)
    if answer.token is None:
        status, told = _refusal(answer, "账号或密码不正确。")
        return _form(request, status, told=told, name=name, next_address=next_address)
    if request.state.who:
        with writing(site.engine) as session:
            end_session(session, request.state.who.session_id, site.now)
    if answer.awaits_code:
        onward = f"/sign-in/code?next={quote(safe_next(next_address), safe='')}"
        done = RedirectResponse(onward, 303)
        _set_cookie(site, done, COOKIE, answer.token, int(CODE_LIFETIME.total_seconds()))
        return done
    return _signed_in(site, answer.token, next_address)


@get_page(router, "/sign-in/code", "sign_in_code")
async def sign_in_code(request: Request) -> Response:
    """The second step: the one-time code."""
    site = site_of(request)
    with reading(site.engine) as session:
        awaits = halfway(session, request.cookies.get(COOKIE), site.now) is not None
    if not awaits:
        return RedirectResponse("/sign-in", 303)
    return _form(request, template="sign_in_code.html", next_address=request.query_params.get("next", ""))


@router.post("/sign-in/code", name="sign_in_code_sent")
def sign_in_code_sent(
    request: Request,
    code: Annotated[str, Form(max_length=40)] = "",
    next_address: Annotated[str, Form(alias="next", max_length=2000)] = "",
) -> Response:
    """Try the code; the session that awaited it is replaced by a whole one."""
    site, token = site_of(request), request.cookies.get(COOKIE)
    secret = site.settings.secret_bytes()
    answer = give_code(site.engine, site.now, token=token, code=code, address=_address(request), secret=secret)
    if answer is None:
        return RedirectResponse("/sign-in", 303)
    if answer.token is None:
        status, told = _refusal(answer, "动态码不正确，或已经用过。请输入手机上显示的下一个动态码。")
        return _form(request, status, template="sign_in_code.html", told=told, next_address=next_address)
    return _signed_in(site, answer.token, next_address)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _refusal(answer: SignedIn, wrong: str) -> tuple[int, str]:
    if answer.throttled:
        return 429, TOO_OFTEN
    return 403, LOCKED if answer.locked else wrong


def _signed_in(site: Site, token: str, next_address: str) -> Response:
    done = RedirectResponse(safe_next(next_address), 303)
    _set_cookie(site, done, COOKIE, token, int(LIFETIME.total_seconds()))
    done.delete_cookie(GUEST_COOKIE)
    return done


@router.post("/sign-out", name="sign_out")
def sign_out(request: Request) -> Response:
    """End the session in the store, not only in the browser."""
    site = site_of(request)
    with writing(site.engine) as session:
        end_session(session, request.state.who.session_id, site.now)
    done = RedirectResponse("/", 303)
    done.delete_cookie(COOKIE)
    return done


def _form(
    request: Request,
    status: int = 200,
    *,
    template: str = "sign_in.html",
    told: str = "",
    name: str = "",
    next_address: str = "",
) -> Response:
    site = site_of(request)
    guest = request.cookies.get(GUEST_COOKIE) or new_token()
    page = render(
        request,
        template,
        status,
        told=told,
        name=name,
        next_address=next_address,
        guest_form_token=form_token(guest),
        accounts=_demo_accounts(site),
    )
    _set_cookie(site, page, GUEST_COOKIE, guest, None)
    return page


def _demo_accounts(site: Site) -> list[dict[str, str]]:
    """The ready-made accounts with the name and tier of their bureau."""
    codes = [account["bureau"] for account in site.demo_accounts]
    with reading(site.engine) as session:
        rows = (
            session.exec(
                select(Jurisdiction.code, Jurisdiction.tier, Bureau.name_zh)
                .join(Bureau, col(Bureau.jurisdiction_id) == Jurisdiction.id)
                .where(col(Jurisdiction.code).in_(codes))
            ).all()
            if codes
            else []
        )
    places = {code: (tier, name) for code, tier, name in rows}
    told = []
    for account in site.demo_accounts:
        tier, bureau_name = places.get(account["bureau"], ("", account["bureau"]))
        told.append({**account, "tier": tier, "bureau_name": bureau_name})
    return told


def _set_cookie(site: Site, answer: Response, name: str, value: str, lifetime_s: int | None) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=lifetime_s,
        path="/",
        httponly=True,
        samesite="lax",
        secure=site.settings.base_url.startswith("https://"),
    )
