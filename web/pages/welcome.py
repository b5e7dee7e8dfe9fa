"""The link by which an officer sets a password: opening it changes nothing, the form's POST uses it up."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response

from alerts.accounts import SHORTEST, hash_password
from alerts.inviting import BadInvitation, invitation_of_link, take_invitation
from store.bureau import Officer
from store.engine import reading, writing
from web.pages.routing import get_page
from web.rendering import render
from web.site import site_of

router = APIRouter()
WORTHLESS = "链接不完整、已经用过或已过期：请从邮件里完整复制；仍打不开的，请联系上级主管部门重发。"
MOST = 200  # characters of a password


@get_page(router, "/welcome/{public_id}", "welcome")
async def welcome(request: Request, public_id: str, token: str = "") -> Response:
    """The form for the password."""
    return _page(request, _officer(request, public_id, token))


@router.post("/welcome/{public_id}", name="welcome_sent")
def welcome_sent(
    request: Request,
    public_id: str,
    token: str = "",
    password: Annotated[str, Form(max_length=MOST)] = "",
    again: Annotated[str, Form(max_length=MOST)] = "",
) -> Response:
    """Set the password. The link's token is the authority."""
    site = site_of(request)
    officer = _officer(request, public_id, token)
    if told := password_mistake(password, again):
        return _page(request, officer, 422, mistake=told)
    hashed = hash_password(password)  # before the transaction: it takes a fifth of a second
    with writing(site.engine) as session:
        try:
            take_invitation(session, public_id, token, hashed, site.now, site.settings.secret_bytes())
        except BadInvitation:
            raise HTTPException(404, WORTHLESS) from None
    return _page(request, officer, done=True)


def password_mistake(password: str, again: str) -> str:
    """What is wrong with a new password typed twice, in words; "" when nothing is."""
    if len(password) < SHORTEST:
        return f"密码至少{SHORTEST}个字符。"
    return "" if password == again else "两次输入的密码不一样，请重新输入。"


def _officer(request: Request, public_id: str, token: str) -> Officer:
    site = site_of(request)
    with reading(site.engine) as session:
        try:
            return invitation_of_link(session, public_id, token, site.now, site.settings.secret_bytes())[1]
        except BadInvitation:
            raise HTTPException(404, WORTHLESS) from None


def _page(request: Request, officer: Officer, status: int = 200, *, mistake: str = "", done: bool = False) -> Response:
    values = {"sign_in": officer.sign_in, "mistake": mistake, "done": done, "shortest": SHORTEST}
    return render(request, "welcome.html", status, **values)
