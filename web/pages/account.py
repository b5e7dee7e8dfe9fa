"""账号: what officers do with their own account: password, one-time codes, sessions, absence."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from alerts.accounts import SHORTEST, end_sessions, hash_password, set_password
from alerts.managing import BadAbsence, set_absence
from alerts.one_time_codes import LostSecret, in_groups, otpauth_address
from alerts.second_step import WrongCode, asks_code, begin_codes, confirm_codes, drop_codes, pending_secret
from store.audit import write_audit
from store.bureau import Officer, OfficerSession
from store.clock import SHANGHAI
from store.engine import reading, writing
from web.pages.routing import get_page
from web.pages.welcome import MOST, password_mistake
from web.passwords import check_password
from web.reading.account import account_of
from web.rendering import render
from web.sessions import end_session
from web.sign_in_record import held_officer, note_failure
from web.site import site_of
from web.throttle import begin_attempt, count_as_success, keyed

router = APIRouter()
DONE = {
    "password": "密码已更改，其他地方的登录已全部退出。",
    "codes_off": "已停用动态码。",
    "sessions": "已退出。",
    "absence": "已保存。",
}
NOT_RIGHT = "现在的密码不正确。"
TOO_OFTEN = "尝试次数过多，请稍后再试。"


@get_page(router, "/account", "account")
async def account(request: Request) -> Response:
    """The account of whoever is signed in."""
    with reading(site_of(request).engine) as session:
        return _page(request, session, done=DONE.get(request.query_params.get("done", ""), ""))


@router.post("/account/password", name="account_password")
def account_password(
    request: Request,
    present: Annotated[str, Form(max_length=MOST)] = "",
    password: Annotated[str, Form(max_length=MOST)] = "",
    again: Annotated[str, Form(max_length=MOST)] = "",
) -> Response:
    """Change the password; every other session ends."""
    site, who = site_of(request), request.state.who
    mistake = password_mistake(password, again) or ("新密码与现在的相同，请换一个。" if password == present else "")
    mistake = mistake or _password_told_wrong(request, present)
    if mistake:
        with reading(site.engine) as session:
            return _page(request, session, 422, mistake=mistake)
    hashed = hash_password(password)
    with writing(site.engine) as session:
        officer = held_officer(session, who.officer_id)
        set_password(session, officer, hashed, site.now, action="officer.password", keep_session=who.session_id)
    return _back("password")


@router.post("/account/codes", name="account_codes")
def account_codes(
    request: Request,
    deed: Annotated[str, Form()] = "",
    code: Annotated[str, Form(max_length=40)] = "",
    present: Annotated[str, Form(max_length=MOST)] = "",
) -> Response:
    """Begin, confirm or give up the one-time codes; beginning and giving up ask for the password again."""
    site, key = site_of(request), site_of(request).settings.secret_bytes()
    if deed not in ("begin", "confirm", "drop"):
        raise HTTPException(422)
    mistake = "" if deed == "confirm" else _password_told_wrong(request, present)
    codes: list[str] = []
    with writing(site.engine) as session:
        officer = held_officer(session, request.state.who.officer_id)
        if mistake or (deed == "begin" and asks_code(officer)):
            return _page(request, session, 422, mistake=mistake or "动态码已经启用；要换手机，请先停用。")
        if deed == "drop":
            drop_codes(session, officer, site.now)
            return _back("codes_off")
        if deed == "begin":
            begin_codes(session, officer, key)
        else:
            try:
                codes = confirm_codes(session, officer, code, site.now, key)
            except WrongCode:
                return _page(request, session, 422, mistake="动态码不正确：请核对手机时间，输入下一个动态码。")
        session.flush()
        return _page(request, session, codes=codes)


@router.post("/account/sessions", name="account_sessions")
def account_sessions(request: Request, ended: Annotated[str, Form(alias="session")] = "") -> Response:
    """End one of the own sessions by its number, or all others."""
    site, who = site_of(request), request.state.who
    with writing(site.engine) as session:
        officer = session.get_one(Officer, who.officer_id)
        if ended == "others":
            count = end_sessions(session, officer, site.now, keep=who.session_id)
        else:
            row = (
                session.get(OfficerSession, int(ended))
                if ended.isascii() and ended.isdigit() and len(ended) < 10
                else None
            )
            if row is None or row.officer_id != who.officer_id:
                raise HTTPException(404)
            end_session(session, row.id or 0, site.now)
            count = 1
        _note_sessions(session, officer, site.now, count)
    return _back("sessions")


@router.post("/account/absence", name="account_absence")
def account_absence(
    request: Request,
    begins: Annotated[str, Form(alias="from", max_length=10)] = "",
    last: Annotated[str, Form(alias="to", max_length=10)] = "",
) -> Response:
    """Say from which day to which one is away; two empty fields take it back."""
    site = site_of(request)
    try:
        since, until = _midnight(begins), _midnight(last)
        with writing(site.engine) as session:
            officer = session.get_one(Officer, request.state.who.officer_id)
            set_absence(session, officer, site.now, since, until + timedelta(days=1) if until else None)
    except (BadAbsence, ValueError, OverflowError):
        told = "请填写起止日期：结束日期不能早于开始日期，也不能早于今天。"
        with reading(site.engine) as session:
            return _page(request, session, 422, mistake=told)
    return _back("absence")


def _midnight(day: str) -> datetime | None:
    return datetime.combine(date.fromisoformat(day), time(), SHANGHAI) if day else None


def _password_told_wrong(request: Request, password: str) -> str:
    """Why the present password is not accepted, "" when it is; tries count and lock as at the sign-in."""
    site, who = site_of(request), request.state.who
    secret = site.settings.secret_bytes()
    from_where = keyed(secret, "address", request.client.host if request.client else "")
    with reading(site.engine) as session:
        officer = session.get_one(Officer, who.officer_id)
    attempts = begin_attempt(site.engine, site.now, keyed(secret, "name", officer.sign_in), from_where)
    if attempts is None:
        return TOO_OFTEN
    right, _newer = check_password(password, officer.password_hash)
    with writing(site.engine) as session:
        if right:
            count_as_success(session, attempts)
            return ""
        note_failure(session, held_officer(session, who.officer_id), site.now, from_where)
    return NOT_RIGHT


def _note_sessions(session: Session, officer: Officer, now: datetime, count: int) -> None:
    write_audit(
        session,
        now,
        action="officer.sessions",
        object_kind="officer",
        object_id=officer.public_id,
        officer_id=officer.id,
        details={"sessions_ended": count},
    )


def _page(request: Request, session: Session, status: int = 200, **told: Any) -> Response:
    site = site_of(request)
    shown = account_of(session, request.state.who, site.now)
    try:
        secret = pending_secret(shown.officer, site.settings.secret_bytes())
    except LostSecret:  # begun under another key and never confirmed: it can be begun anew
        secret = ""
    values = {"mistake": "", "done": "", "codes": []} | told
    return render(
        request,
        "account.html",
        status,
        account=shown,
        shortest=SHORTEST,
        secret=in_groups(secret),
        otpauth=otpauth_address(secret, shown.officer.sign_in) if secret else "",
        **values,
    )


def _back(done: str) -> Response:
    return RedirectResponse(f"/account?done={done}", 303)
