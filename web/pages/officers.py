"""工作人员: the tier above invites, unlocks, recovers and ends accounts; role and duty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from alerts.accounts import BadRole, BadSignIn, SignInTaken, UnknownBureau, bureau_by_code
from alerts.enrolling import BadEnrolment
from alerts.inviting import NoAddress, invite, recover
from alerts.managing import end, set_duty, set_role, unlock
from alerts.reviewing import NotAllowed
from store.bureau import Officer
from store.engine import reading, writing
from web.pages.routing import get_page
from web.reading.officers import inviting_to, officer_below, officers_below
from web.rendering import render
from web.site import site_of

router = APIRouter()
MISTAKES: dict[type[Exception], str] = {
    SignInTaken: "这个账号名已经有人用了（包括已离职人员），请换一个。",
    BadSignIn: "账号名最多60个字符，不能有空格。",
    BadEnrolment: "邮箱地址不正确。",
    NoAddress: "这位工作人员没有登记邮箱：链接要发到邮箱里。",
    BadRole: "请选择身份。",
    UnknownBureau: "没有这个单位。",
}
DONE = {
    "invite": "已开通，设定密码的链接已发往其邮箱，七天内有效。",
    "unlock": "已解锁。",
    "recover": "已重设，新链接已发往其邮箱，七天内有效；原密码、动态码和登录都已失效。",
    "end": "账号已停用。",
    "role": "已保存。",
    "duty": "已保存。",
}


@get_page(router, "/officers", "officers")
async def officers(request: Request) -> Response:
    """The accounts of the own line."""
    with reading(site_of(request).engine) as session:
        return _page(request, session, done=DONE.get(request.query_params.get("done", ""), ""))


@router.post("/officers", name="officer_invited")
def officer_invited(
    request: Request,
    bureau: Annotated[str, Form(max_length=20)] = "",
    sign_in: Annotated[str, Form(max_length=60)] = "",
    name: Annotated[str, Form(max_length=60)] = "",
    email: Annotated[str, Form(max_length=254)] = "",
    person: Annotated[str, Form(max_length=20)] = "officer-A",
) -> Response:
    """Open an account and mail its link."""
    site = site_of(request)
    kind, _, role = person.partition("-")
    given = {"sign_in": sign_in.strip(), "name": name.strip(), "email": email.strip()}
    sent = {**given, "bureau": bureau, "person": person}
    try:
        with writing(site.engine) as session:
            by = session.get_one(Officer, request.state.who.officer_id)
            found = bureau_by_code(session, bureau)
            invite(session, site.now, by=by, bureau=found, kind=kind, role=role, **given)
    except NotAllowed:
        raise HTTPException(403, "这个单位的账号由它的上一级开通。") from None
    except tuple(MISTAKES) as mistake:
        with reading(site.engine) as session:
            return _page(request, session, 422, mistake=MISTAKES[type(mistake)], sent=sent)
    return RedirectResponse("/officers?done=invite", 303)


@router.post("/officers/{public_id}", name="officer_managed")
def officer_managed(
    request: Request,
    public_id: str,
    deed: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "",
    duty: Annotated[str, Form()] = "",
) -> Response:
    """Do one thing to one account; that of another line answers as one that does not exist."""
    site = site_of(request)
    try:
        with writing(site.engine) as session:
            about = officer_below(session, request.state.who, public_id)
            if about is None:
                raise HTTPException(404)
            if about.ended_at is not None or deed not in ("unlock", "recover", "end", "role", "duty"):
                raise HTTPException(422)
            by = session.get_one(Officer, request.state.who.officer_id)
            _manage(session, about, site.now, by, deed, role=role, on_duty=duty == "yes")
    except NotAllowed:
        raise HTTPException(403, "这项操作由上级主管部门办理。") from None
    except (NoAddress, BadRole) as mistake:
        with reading(site.engine) as session:
            return _page(request, session, 422, mistake=MISTAKES[type(mistake)])
    return RedirectResponse(f"/officers?done={deed}", 303)


def _manage(
    session: Session, about: Officer, now: datetime, by: Officer, deed: str, *, role: str, on_duty: bool
) -> None:
    if deed == "role":
        set_role(session, about, now, role, by=by)
    elif deed == "duty":
        set_duty(session, about, now, on_duty, by=by)
    else:
        {"unlock": unlock, "recover": recover, "end": end}[deed](session, about, now, by=by)


def _page(
    request: Request,
    session: Session,
    status: int = 200,
    *,
    mistake: str = "",
    done: str = "",
    sent: Mapping[str, Any] | None = None,
) -> Response:
    rows, bureaus = officers_below(session, request.state.who), inviting_to(session, request.state.who)
    values = {"mistake": mistake, "done": done, "sent": dict(sent or {})}
    return render(request, "officers.html", status, rows=rows, bureaus=bureaus, **values)
